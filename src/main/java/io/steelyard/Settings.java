package io.steelyard;

import io.steelyard.admin.AdminSettings;
import io.steelyard.control.DrainTimes;
import io.steelyard.telemetry.AccessLogSettings;
import io.steelyard.tls.RsaSigner;
import io.steelyard.tls.TlsEngine;
import io.steelyard.tls.TlsHandling;
import java.nio.file.Path;
import java.util.Optional;

/** Settings that live as long as the process, checked. */
record Settings(
    Optional<Path> config,
    int eventLoops,
    TlsEngine engine,
    TlsHandling handling,
    RsaSigner rsaSigner,
    DrainTimes drain,
    boolean takeover,
    AccessLogSettings accessLog,
    AdminSettings admin,
    int demoPort) {}

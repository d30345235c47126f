package io.steelyard.telemetry;

/**
 * What is running.
 *
 * @param runtime {@code jvm} or {@code native}
 * @param tlsEngine {@code boringssl} or {@code jdk}
 * @param transport {@code epoll}, {@code kqueue} or {@code nio}
 */
public record BuildFacts(String version, String runtime, String tlsEngine, String transport) {}

package io.steelyard.control;

import io.steelyard.backend.ProbeObserver;
import io.steelyard.flow.FlowObserver;
import io.steelyard.listener.Loops;
import io.steelyard.listener.Ports;
import io.steelyard.tls.RsaSigning;
import io.steelyard.tls.TlsEngine;
import io.steelyard.tls.TlsHandling;
import io.vertx.core.Vertx;

/** What stays the same for all revisions of one process. */
public record Machinery(
    Vertx vertx,
    Loops loops,
    Ports ports,
    TlsEngine engine,
    TlsHandling handling,
    RsaSigning signing,
    FlowObserver flows,
    ProbeObserver probes,
    RenewalObserver renewals) {

  /**
   * With ports of its own, our own TLS handler, signatures by BoringSSL, and nobody who hears of
   * renewals.
   *
   * @param takeover see {@link Ports}
   */
  public Machinery(
      Vertx vertx,
      Loops loops,
      boolean takeover,
      TlsEngine engine,
      FlowObserver flows,
      ProbeObserver probes) {
    this(
        vertx,
        loops,
        new Ports(vertx, loops, flows, takeover),
        engine,
        TlsHandling.NATIVE,
        RsaSigning.byBoringSsl(),
        flows,
        probes,
        RenewalObserver.NONE);
  }
}

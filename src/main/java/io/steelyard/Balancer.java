package io.steelyard;

import io.steelyard.command.EngineSetting;
import io.steelyard.command.Product;
import io.steelyard.config.Problems;
import io.steelyard.control.Controller;
import io.steelyard.control.DrainTimes;
import io.steelyard.control.First;
import io.steelyard.control.Machinery;
import io.steelyard.control.Revision;
import io.steelyard.listener.Loops;
import io.steelyard.listener.Ports;
import io.steelyard.machine.Transport;
import io.steelyard.telemetry.AccessLog;
import io.steelyard.telemetry.BuildFacts;
import io.steelyard.telemetry.LoggedFlows;
import io.steelyard.telemetry.Meters;
import io.steelyard.telemetry.SteelyardCollector;
import io.steelyard.tls.RsaSigning;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** The object graph, built once by hand: loops, meters, access log, controller. */
final class Balancer implements AutoCloseable {

  private final AccessLog accessLog;
  private final Controller controller;
  private final SteelyardCollector collector;
  private final RsaSigning signing;

  /** Opens the access log (blocking); nothing else is opened before {@link #start}. */
  Balancer(Vertx vertx, Settings settings) throws IOException {
    Loops loops = Loops.of(vertx, settings.eventLoops());
    Meters meters = new Meters(loops.size());
    AtomicLong revision = new AtomicLong();
    this.signing = new RsaSigning(settings.rsaSigner());
    this.accessLog = AccessLog.open(settings.accessLog());
    LoggedFlows flows = new LoggedFlows(meters, accessLog, revision::get);
    this.controller =
        new Controller(
            new Machinery(
                vertx,
                loops,
                new Ports(vertx, loops, flows, settings.takeover()),
                settings.engine(),
                settings.handling(),
                signing,
                flows,
                meters,
                meters),
            revision::set);
    this.collector =
        new SteelyardCollector(
            meters,
            controller::status,
            accessLog::droppedLines,
            new BuildFacts(
                Product.VERSION,
                Product.runtime(),
                EngineSetting.word(settings.engine()),
                Transport.of(vertx).name()));
  }

  Controller controller() {
    return controller;
  }

  /** Who signs with RSA keys. */
  RsaSigning signing() {
    return signing;
  }

  /** Puts the document into force and joins the metrics; empty where the problems got an error. */
  Future<Optional<Revision>> start(First first, Problems problems) {
    collector.join();
    return controller.start(first, problems);
  }

  Future<Void> shutdown(DrainTimes times) {
    return controller.shutdown(times);
  }

  /** Writes what the access log still holds. */
  @Override
  public void close() {
    collector.leave();
    accessLog.close();
  }
}

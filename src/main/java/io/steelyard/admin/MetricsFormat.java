package io.steelyard.admin;

import io.quarkus.vertx.http.ManagementInterface;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Has metrics answered in Prometheus's text format, whatever the client prefers. */
@Singleton
final class MetricsFormat {

  /* In OpenMetrics a family's name comes without _total, so that the gauge listener_connections and the counter
   * listener_connections_total would be one family of two types, which strict readers refuse. */

  /** Before Quarkus's own routes. */
  private static final int FIRST = -10_000;

  void install(@Observes ManagementInterface management) {
    management
        .router()
        .route("/q/metrics*")
        .order(FIRST)
        .handler(
            context -> {
              HttpServerRequest request = context.request();
              request.headers().set(HttpHeaders.ACCEPT, "text/plain");
              context.next();
            });
  }
}

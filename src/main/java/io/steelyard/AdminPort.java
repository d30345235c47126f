package io.steelyard;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.steelyard.admin.AdminListening;
import io.steelyard.config.Problems;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import jakarta.inject.Singleton;

/**
 * The main HTTP server's options, before it binds: TLS as the settings say, and a start that would
 * leave the admin API open is refused.
 */
@Singleton
final class AdminPort implements HttpServerOptionsCustomizer {

  private final Vertx vertx;
  private final Settings settings;

  AdminPort(Vertx vertx, Settings settings) {
    this.vertx = vertx;
    this.settings = settings;
  }

  @Override
  public void customizeHttpServer(HttpServerOptions options) {
    Problems problems = new Problems("process settings");
    AdminListening.prepare(vertx, settings.admin(), options, problems);
    if (problems.hasErrors()) {
      throw new StartFailure(problems);
    }
  }

  /** Quarkus opens a second port for its own TLS settings; ours make the one speak TLS. */
  @Override
  public void customizeHttpsServer(HttpServerOptions options) {
    if (options.getKeyCertOptions() == null) {
      return;
    }
    Problems problems = new Problems("process settings");
    problems.error(
        "quarkus.http.ssl",
        "a certificate",
        "steelyard.admin.tls.certificate and steelyard.admin.tls.key");
    throw new StartFailure(problems);
  }
}

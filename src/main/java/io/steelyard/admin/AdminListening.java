package io.steelyard.admin;

import io.steelyard.config.Problems;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.stream.Stream;

/** What the admin API's server must be before it may bind. */
public final class AdminListening {

  private AdminListening() {}

  /**
   * Gives the server its TLS, and says what is missing where it would be open to other machines.
   * Reads files (blocking).
   */
  public static void prepare(
      Vertx vertx, AdminSettings settings, HttpServerOptions options, Problems problems) {
    settings.tls().ifPresent(tls -> AdminTlsFiles.open(vertx, tls, problems).applyTo(options));
    Optional<InetAddress> loopback = loopback(options.getHost());
    if (loopback.isPresent()) {
      // A name may mean another address when it is looked up once more.
      options.setHost(loopback.get().getHostAddress());
      return;
    }
    if (!settings.knowsCallers()) {
      problems.error(
          "quarkus.http.host",
          options.getHost() + " with nobody to tell from anybody else",
          "127.0.0.1, or steelyard.admin.tokens-file, or steelyard.admin.tls.client-ca with"
              + " steelyard.admin.tls.client-role");
    }
    if (settings.tls().isEmpty()) {
      problems.error(
          "quarkus.http.host",
          options.getHost() + " without TLS, on which tokens would travel in clear",
          "127.0.0.1, or steelyard.admin.tls.certificate and steelyard.admin.tls.key");
    }
  }

  /** The first of its addresses where all are of this machine alone. */
  private static Optional<InetAddress> loopback(String host) {
    try {
      InetAddress[] all = InetAddress.getAllByName(host);
      return Stream.of(all).allMatch(InetAddress::isLoopbackAddress)
          ? Optional.of(all[0])
          : Optional.empty();
    } catch (UnknownHostException unknown) {
      // The bind will say so; until then it is not known to be loopback.
      return Optional.empty();
    }
  }
}

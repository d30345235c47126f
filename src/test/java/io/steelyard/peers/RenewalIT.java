package io.steelyard.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.AdminClient;
import io.steelyard.testkit.KeptFlows;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.Nginx;
import io.steelyard.testkit.OpensslClient;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TestCertificates;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that are renewed under a running process, seen by clients and by operators. */
class RenewalIT {

  private static final int HELD = 100;

  @TempDir Path directory;

  private final int port = LoopbackPorts.free();

  @Test
  void certificate_renewed_isServedToNewClientsAndNobodyElseNotices() throws Exception {
    TestCertificates.Authority authority = TestCertificates.authority("ca");
    authority.writePem(directory, "ca");
    Path mount = Files.createDirectory(directory.resolve("mount"));
    for (int i = 1; i <= 4; i++) {
      Path version = Files.createDirectory(mount.resolve("..version" + i));
      authority.issueEc("certificate-" + i, "localhost").writePem(version, "web");
    }
    Files.createSymbolicLink(mount.resolve("..data"), Path.of("..version1"));
    Files.createSymbolicLink(mount.resolve("web.crt"), Path.of("..data/web.crt"));
    Files.createSymbolicLink(mount.resolve("web.key"), Path.of("..data/web.key"));
    try (Nginx backend = Nginx.named(directory, "backend");
        AdminClient admin = new AdminClient(directory);
        SteelyardProcess steelyard =
            admin.knownTo(SteelyardProcess.in(directory)).serve(document(backend));
        KeptFlows held = new KeptFlows(directory.resolve("ca.crt"), port)) {
      held.open(HELD);
      assertThat(served()).isEqualTo("certificate-1");

      Path swap = Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of("..version2"));
      Files.move(swap, mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
      awaitServed("certificate-2");

      replaceFiles(mount, "..version3", "web.crt", "web.key");
      awaitServed("certificate-3");

      replaceFiles(mount, "..version4", "web.key", "web.crt");
      awaitServed("certificate-4");

      Files.writeString(mount.resolve("web.crt"), "-----BEGIN CERTIFICATE-----\nbroken\n");
      steelyard.awaitMetric(
          1,
          "steelyard_tls_certificate_reloads_total",
          "certificate=\"web\"",
          "result=\"failure\"");
      assertThat(served()).isEqualTo("certificate-4");
      assertThat(steelyard.log()).contains("certificate").contains("web.crt");
      JsonObject status = new JsonObject(admin.call("GET", "/status", "text/plain", "").body());
      assertThat(status.getJsonArray("renewal-failures")).hasSize(1);
      assertThat(status.getJsonArray("renewal-failures").encode()).contains("web");

      assertThat(steelyard.metrics().sum("steelyard_config_info", "revision=\"1\"")).isEqualTo(1);
      held.askAll();
      assertThat(held.connected()).isEqualTo(HELD);
    }
  }

  /** One after the other, with more than a look of the process in between. */
  private static void replaceFiles(Path mount, String from, String first, String second)
      throws Exception {
    replace(mount, from, first);
    CompletableFuture<Void> later = new CompletableFuture<>();
    CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS).execute(() -> later.complete(null));
    later.get(20, TimeUnit.SECONDS);
    replace(mount, from, second);
  }

  private static void replace(Path mount, String from, String name) throws IOException {
    Path next = mount.resolve(name + ".next");
    Files.copy(mount.resolve(from).resolve(name), next);
    Files.move(
        next,
        mount.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private String served() {
    return new OpensslClient(directory, port).ask("-no_ticket").served();
  }

  private void awaitServed(String name) {
    Patience.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(served()).isEqualTo(name));
  }

  private String document(Nginx backend) {
    return """
        listeners:
          - {name: web, protocol: tcpssl, port: %d, server-group: app, tls: {certificates: [web]}}
        certificates:
          - {name: web, certificate: mount/web.crt, key: mount/web.key}
        server-groups:
          - {name: app, backends: [{address: "%s"}]}
        """
        .formatted(port, backend.address());
  }
}

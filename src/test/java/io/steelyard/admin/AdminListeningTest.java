package io.steelyard.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.admin.AdminSettings.AdminTls;
import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.TestCertificates;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may bind, and what is refused before it does. */
class AdminListeningTest {

  private final Vertx vertx = Vertx.vertx();
  private final Problems problems = new Problems("process settings");

  @TempDir private Path directory;

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "::1", "localhost"})
  void prepare_loopback_mayBeOpen(String host) {
    prepare(host, AdminSettings.DEFAULT);

    assertThat(problems.all()).isEmpty();
  }

  @Test
  void prepare_name_bindsTheAddressThatWasLookedAt() {
    HttpServerOptions options = new HttpServerOptions().setHost("localhost");
    AdminListening.prepare(vertx, AdminSettings.DEFAULT, options, problems);

    assertThat(options.getHost()).isIn("127.0.0.1", "0:0:0:0:0:0:0:1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
  void prepare_otherAddressWithNothing_saysBothThatAreMissing(String host) {
    prepare(host, AdminSettings.DEFAULT);

    assertThat(problems.all()).extracting(Problem::path).containsOnly("quarkus.http.host");
    assertThat(problems.all())
        .extracting(Problem::expected)
        .anyMatch(it -> it.contains("tokens-file"));
    assertThat(problems.all())
        .extracting(Problem::expected)
        .anyMatch(it -> it.contains("steelyard.admin.tls.certificate"));
  }

  @Test
  void prepare_otherAddressWithTokensInClear_isRefused() {
    prepare("0.0.0.0", settings(true, Optional.empty()));

    assertThat(problems.all())
        .singleElement()
        .satisfies(problem -> assertThat(problem.found()).contains("in clear"));
  }

  @Test
  void prepare_otherAddressWithTokensAndTls_mayBind() {
    prepare("0.0.0.0", settings(true, Optional.of(tls(false, Optional.empty()))));

    assertThat(problems.all()).isEmpty();
  }

  @Test
  void prepare_otherAddressWithClientCertificatesAlone_mayBindWhereTheyHaveARole() {
    prepare("0.0.0.0", settings(false, Optional.of(tls(true, Optional.of(Role.OPERATOR)))));
    assertThat(problems.all()).isEmpty();

    prepare("0.0.0.0", settings(false, Optional.of(tls(true, Optional.empty()))));
    assertThat(problems.all()).hasSize(1);
  }

  @Test
  void prepare_anonymousReadingElsewhere_isNoProtection() {
    prepare("0.0.0.0", new AdminSettings(Optional.empty(), true, true, Optional.empty()));

    assertThat(problems.all()).hasSize(2);
  }

  @Test
  void prepare_keyOfAnotherCertificate_isAProblem() {
    AdminTls own = tls(false, Optional.empty());
    IssuedCertificate.Paths other =
        TestCertificates.authority("ca").issueEc("other", "localhost").writePem(directory, "other");

    prepare(
        "127.0.0.1",
        settings(
            true,
            Optional.of(
                new AdminTls(own.certificate(), other.key(), Optional.empty(), Optional.empty()))));

    assertThat(problems.all())
        .singleElement()
        .satisfies(problem -> assertThat(problem.path()).isEqualTo("steelyard.admin.tls"));
  }

  @Test
  void prepare_certificateMissing_namesTheFile() {
    Path missing = directory.resolve("missing.crt");
    prepare(
        "127.0.0.1",
        settings(
            true, Optional.of(new AdminTls(missing, missing, Optional.empty(), Optional.empty()))));

    assertThat(problems.all())
        .singleElement()
        .satisfies(problem -> assertThat(problem.found()).contains("missing.crt"));
  }

  private AdminSettings settings(boolean tokens, Optional<AdminTls> tls) {
    return new AdminSettings(
        tokens ? Optional.of(directory.resolve("tokens")) : Optional.empty(), false, true, tls);
  }

  private AdminTls tls(boolean clientCa, Optional<Role> role) {
    var authority = TestCertificates.authority("ca");
    var pem = authority.issueEc("admin", "localhost").writePem(directory, "admin");
    return new AdminTls(
        pem.chain(),
        pem.key(),
        clientCa ? Optional.of(authority.writePem(directory, "ca")) : Optional.empty(),
        role);
  }

  private void prepare(String host, AdminSettings settings) {
    AdminListening.prepare(vertx, settings, new HttpServerOptions().setHost(host), problems);
  }
}

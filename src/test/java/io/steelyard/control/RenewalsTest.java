package io.steelyard.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ConfigReader;
import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import io.steelyard.tls.ServerTls.ServedCertificate;
import io.steelyard.tls.TlsEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of a document in force get new content, in every order and shape. */
class RenewalsTest {

  private static final Authority SERVERS = TestCertificates.authority("Servers");
  private static final Authority CLIENTS = TestCertificates.authority("Clients");

  private static final IssuedCertificate OLD = web(90);
  private static final IssuedCertificate NEW = web(180);
  private static final IssuedCertificate OTHER = SERVERS.issueEc("other", "other.example");

  private static final String DOCUMENT =
      """
      listeners:
        - name: web
          protocol: tcpssl
          port: 8443
          server-group: app
          access: {mode: allow, ip-groups: office}
          tls:
            certificates: [web, other]
            client-auth: {mode: optional, ca: clients.crt, crl: clients.crl}
            session: {key-file: ticket.keys}
        - name: plain
          protocol: tcpssl
          port: 8444
          server-group: app
          tls: {certificates: [other]}
      certificates:
        - {name: web, certificate: web.crt, key: web.key, ocsp-response: web.ocsp}
        - {name: other, certificate: other.crt, key: other.key}
      ip-groups:
        - {name: office, file: office.txt}
      server-groups:
        - name: app
          backends: [{address: "127.0.0.1:8080"}]
          backend-protocol: tls
          tls: {ca: servers.crt}
      """;

  @TempDir Path directory;
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
  private final List<String> told = new ArrayList<>();
  private final RenewalObserver observer =
      (kind, name, success, problems) -> told.add(kind + " " + name + " " + success);
  private Renewals renewals;
  private LoadedDocument current;

  private static IssuedCertificate web(int days) {
    Instant now = Instant.now();
    return SERVERS
        .leaf("web")
        .sans("web.example")
        .valid(now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(days)))
        .issue();
  }

  @BeforeEach
  void load() throws IOException {
    OLD.writePem(directory, "web");
    OTHER.writePem(directory, "other");
    SERVERS.writePem(directory, "servers");
    CLIENTS.writePem(directory, "clients");
    CLIENTS.writeCrl(directory, "clients");
    staple(OLD);
    Files.writeString(directory.resolve("office.txt"), "192.0.2.0/24\n");
    Files.writeString(
        directory.resolve("ticket.keys"), Base64.getEncoder().encodeToString(new byte[48]));
    renewals = new Renewals(TlsEngine.BORINGSSL, Duration.ZERO, now::get, nanos::get);
    current = loaded(DOCUMENT, Optional.empty());
  }

  @AfterEach
  void release() {
    current.release();
  }

  private void staple(IssuedCertificate certificate) throws IOException {
    Instant tomorrow = Instant.now().plus(Duration.ofDays(1));
    Files.write(directory.resolve("web.ocsp"), SERVERS.ocsp(certificate.leaf(), tomorrow));
  }

  private LoadedDocument loaded(String text, Optional<LoadedDocument> earlier) {
    ConfigReader.Reading reading = ConfigReader.read(text, "f", directory, name -> null);
    Problems problems = reading.problems();
    BalancerDocument document = reading.document().orElseThrow();
    Optional<LoadedDocument> loaded =
        LoadedDocument.load(document, TlsEngine.BORINGSSL, earlier, problems);
    assertThat(problems.hasErrors()).as("%s", problems.all()).isFalse();
    return loaded.orElseThrow();
  }

  /** Whether there was something new, which is in force from now on. */
  private boolean check() {
    Optional<LoadedDocument> renewed = renewals.check(current, observer);
    renewed.ifPresent(
        next -> {
          current.release();
          current = next;
        });
    return renewed.isPresent();
  }

  /** Two looks with that time between them. */
  private void checkAfter(Duration pause) {
    check();
    nanos.addAndGet(pause.toNanos());
    check();
  }

  private Instant servedUntil() {
    return current.serverTls().get("web").certificates().stream()
        .filter(served -> served.name().equals("web"))
        .map(ServedCertificate::notAfter)
        .findFirst()
        .orElseThrow();
  }

  private static Instant end(IssuedCertificate certificate) {
    return certificate.leaf().getNotAfter().toInstant();
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  @Test
  void nothing_changed_isNothingNew() throws IOException {
    assertThat(check()).isFalse();
    write("web.crt", OLD.chainPem());
    assertThat(check()).isFalse();
    assertThat(told).isEmpty();
  }

  @Test
  void file_ofTheSameSizeAndTime_isSeenToHaveChanged() throws IOException {
    Path file = directory.resolve("office.txt");
    FileTime time = Files.getLastModifiedTime(file);
    write("office.txt", "192.0.3.0/24\n");
    Files.setLastModifiedTime(file, time);
    assertThat(check()).isTrue();
    assertThat(told).containsExactly("ip-group office true");
  }

  @Test
  void certificate_beforeItsKey_isServedWithItsKey() throws IOException {
    write("web.crt", NEW.chainPem());
    assertThat(check()).isFalse();
    assertThat(servedUntil()).isEqualTo(end(OLD));
    write("web.key", NEW.keyPem());
    staple(NEW);
    assertThat(check()).isTrue();
    assertThat(servedUntil()).isEqualTo(end(NEW));
    assertThat(told).containsExactly("certificate web true", "ocsp-response web true");
    assertThat(renewals.failures()).isEmpty();
  }

  @Test
  void key_beforeItsCertificate_isServedWithItsCertificate() throws IOException {
    write("web.key", NEW.keyPem());
    checkAfter(Duration.ofSeconds(2));
    assertThat(servedUntil()).isEqualTo(end(OLD));
    assertThat(told).isEmpty();
    write("web.crt", NEW.chainPem());
    assertThat(check()).isTrue();
    assertThat(servedUntil()).isEqualTo(end(NEW));
    assertThat(told).containsExactly("certificate web true");
  }

  /** As the kubelet publishes a Secret: files behind {@code ..data}, which is swapped. */
  @Test
  void certificate_behindASwappedLink_isServed() throws IOException {
    Path first = Files.createDirectory(directory.resolve("..first"));
    Path second = Files.createDirectory(directory.resolve("..second"));
    OLD.writePem(first, "web");
    NEW.writePem(second, "web");
    Path data = Files.createSymbolicLink(directory.resolve("..data"), first);
    for (String name : List.of("web.crt", "web.key")) {
      Files.delete(directory.resolve(name));
      Files.createSymbolicLink(directory.resolve(name), data.resolve(name));
    }
    assertThat(check()).isFalse();
    Path swapped = Files.createSymbolicLink(directory.resolve("..tmp"), second);
    Files.move(swapped, data, StandardCopyOption.ATOMIC_MOVE);
    assertThat(check()).isTrue();
    assertThat(servedUntil()).isEqualTo(end(NEW));
  }

  @Test
  void certificate_broken_keepsTheOldAndIsToldOnceUntilRepaired() throws IOException {
    write("web.key", "nothing of the kind");
    checkAfter(Duration.ofSeconds(3));
    nanos.addAndGet(Duration.ofSeconds(10).toNanos());
    assertThat(check()).isFalse();
    assertThat(told).containsExactly("certificate web false");
    assertThat(servedUntil()).isEqualTo(end(OLD));
    assertThat(renewals.failures())
        .singleElement()
        .satisfies(
            failure -> {
              assertThat(failure.kind()).isEqualTo(Renewals.CERTIFICATE);
              assertThat(failure.name()).isEqualTo("web");
              assertThat(failure.text()).contains("without a private key");
            });
    write("web.key", "another one");
    checkAfter(Duration.ofSeconds(3));
    assertThat(told).hasSize(2);
    write("web.key", OLD.keyPem());
    assertThat(check()).isFalse();
    assertThat(renewals.failures()).isEmpty();
  }

  @Test
  void certificate_brokenBesideAGoodOne_doesNotHoldItUp() throws IOException {
    IssuedCertificate other = SERVERS.issueEc("other", "other.example");
    Files.delete(directory.resolve("other.key"));
    write("web.crt", NEW.chainPem());
    write("web.key", NEW.keyPem());
    staple(NEW);
    write("clients.crl", "garbage");
    assertThat(check()).isTrue();
    assertThat(servedUntil()).isEqualTo(end(NEW));
    other.writePem(directory, "other");
    assertThat(check()).isTrue();
    checkAfter(Duration.ofSeconds(3));
    assertThat(told)
        .containsExactly(
            "certificate web true",
            "ocsp-response web true",
            "certificate other true",
            "crl " + directory.resolve("clients.crl") + " false");
  }

  /** Each is good, but two of one key type now claim the same name. */
  @Test
  void certificates_thatDoNotFitTogether_keepTheOldAndLetOthersPass() throws IOException {
    IssuedCertificate clashing = SERVERS.issueEc("other", "web.example");
    clashing.writePem(directory, "other");
    write("office.txt", "198.51.100.0/24\n");
    assertThat(check()).isTrue();
    checkAfter(Duration.ofSeconds(3));
    assertThat(told).containsExactly("ip-group office true", "certificate other false");
    assertThat(renewals.failures().getFirst().text()).contains("both ECDSA for web.example");
  }

  @Test
  void certificate_renewedBeforeItsResponse_goesWithoutUntilItCame() throws IOException {
    NEW.writePem(directory, "web");
    assertThat(check()).isTrue();
    assertThat(servedUntil()).isEqualTo(end(NEW));
    checkAfter(Duration.ofSeconds(3));
    assertThat(told).containsExactly("certificate web true", "ocsp-response web false");
    LoadedDocument reloaded = loaded(DOCUMENT, Optional.of(current));
    assertThat(reloaded.serverTls()).isEqualTo(current.serverTls());
    current.release();
    current = reloaded;
    staple(NEW);
    assertThat(check()).isTrue();
    assertThat(told).endsWith("ocsp-response web true");
    assertThat(renewals.failures()).isEmpty();
  }

  @Test
  void response_goesStaleWhileInUse_isToldOnce() {
    now.set(Instant.now().plus(Duration.ofDays(2)));
    check();
    check();
    assertThat(told)
        .containsExactlyInAnyOrder(
            "ocsp-response web false", "crl " + directory.resolve("clients.crt") + " false");
    assertThat(renewals.failures()).extracting(RenewalFailure::kind).contains("ocsp-response");
  }

  @Test
  void everyKind_changed_isReplacedAndTheRestStays() throws IOException {
    var plain = current.serverTls().get("plain");
    var web = current.serverTls().get("web");
    var access = current.access().get("web");
    var backends = current.backendTls().get("app");

    write("office.txt", "198.51.100.0/24\n");
    assertThat(check()).isTrue();
    assertThat(current.access().get("web")).isNotSameAs(access);
    assertThat(current.access().get("web").permits(InetAddress.getByName("198.51.100.7"))).isTrue();
    assertThat(current.serverTls().get("web")).isSameAs(web);

    CLIENTS.writeCrl(directory, "clients", CLIENTS.issueClient("alice").leaf());
    assertThat(check()).isTrue();
    assertThat(current.serverTls().get("web")).isNotSameAs(web);
    byte[] key = new byte[48];
    key[0] = 1;
    write("ticket.keys", Base64.getEncoder().encodeToString(key));
    write("clients.crt", CLIENTS.pem() + "\n" + SERVERS.pem());
    write("servers.crt", SERVERS.pem() + CLIENTS.pem());
    assertThat(check()).isTrue();

    assertThat(current.backendTls().get("app")).isNotSameAs(backends);
    assertThat(current.serverTls().get("plain")).isSameAs(plain);
    assertThat(told)
        .containsExactlyInAnyOrder(
            "ip-group office true",
            "crl " + directory.resolve("clients.crl") + " true",
            "ticket-keys " + directory.resolve("ticket.keys") + " true",
            "client-ca " + directory.resolve("clients.crt") + " true",
            "backend-tls app true");
  }

  @Test
  void file_beingWritten_isLeftForTheNextLook() throws IOException {
    renewals = new Renewals(TlsEngine.BORINGSSL, Duration.ofDays(1), now::get, nanos::get);
    write("office.txt", "198.51.100.0/24\n");
    now.set(Instant.now().plusSeconds(1));
    assertThat(check()).isFalse();
    now.set(Instant.now().plus(Duration.ofHours(25)));
    assertThat(check()).isTrue();
    assertThat(told).contains("ip-group office true");
  }

  @Test
  void load_sameFilesOtherDocument_reusesEveryPart() {
    String weighted = DOCUMENT.replace("8080\"}", "8080\", weight: 7}");
    assertThat(weighted).isNotEqualTo(DOCUMENT);
    LoadedDocument next = loaded(weighted, Optional.of(current));
    try {
      assertThat(next.serverTls()).isEqualTo(current.serverTls());
      assertThat(next.backendTls()).isEqualTo(current.backendTls());
      assertThat(next.access()).isEqualTo(current.access());
    } finally {
      next.release();
    }
    assertThat(check()).isFalse();
  }

  @Test
  void load_oneListenerOfOtherSettings_replacesItAlone() {
    String mode = DOCUMENT.replace("mode: optional", "mode: required");
    LoadedDocument next = loaded(mode, Optional.of(current));
    try {
      assertThat(next.serverTls().get("web")).isNotSameAs(current.serverTls().get("web"));
      assertThat(next.serverTls().get("plain")).isSameAs(current.serverTls().get("plain"));
    } finally {
      next.release();
    }
  }

  @Test
  void load_brokenCertificate_isRefusedWithItsPlace() throws IOException {
    write("web.key", NEW.keyPem());
    ConfigReader.Reading reading = ConfigReader.read(DOCUMENT, "f", directory, name -> null);
    assertThat(
            LoadedDocument.load(
                reading.document().orElseThrow(),
                TlsEngine.BORINGSSL,
                Optional.of(current),
                reading.problems()))
        .isEmpty();
    assertThat(reading.problems().all())
        .extracting(Problem::path)
        .contains("certificates[web].key");
  }
}

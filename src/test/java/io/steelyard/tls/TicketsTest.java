package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.TlsConfig.AllowRules;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.ClientAuth.Mode;
import io.steelyard.config.TlsConfig.Policy;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.testkit.HandClient;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.JdkTls;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import io.steelyard.tls.ServerTls.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions resume where they were made, and nowhere else (BoringSSL). */
class TicketsTest {

  private static final Authority SERVERS = TestCertificates.authority("Servers");
  private static final Authority CLIENTS = TestCertificates.authority("Clients");
  private static final IssuedCertificate SERVER = SERVERS.issueEc("www", "www.example.com");
  private static final IssuedCertificate ALICE = CLIENTS.issueClient("alice");

  @TempDir Path directory;
  private ClientAuth mutual;

  @BeforeEach
  void setUp() {
    Path ca = CLIENTS.writePem(directory, "ca");
    mutual = new ClientAuth(Mode.REQUIRED, Optional.of(ca), 3, Optional.empty());
  }

  private TlsDocuments setup() {
    return new TlsDocuments(directory).with("web", SERVER);
  }

  private static ServerTls prepare(TlsDocuments setup) {
    return setup.prepare(TlsEngine.BORINGSSL);
  }

  private static TestClient client(String version) {
    return TestClient.boringSsl(
        builder -> TestClient.certificate(ALICE).accept(builder.protocols(version)));
  }

  private static TlsFacts connect(ServerTls tls, TestClient client) {
    try (Handshake handshake = Handshake.run(tls, client.connect(""))) {
      handshake.exchange();
      TlsFacts facts = handshake.facts();
      assertThat(TestClient.isResumed(handshake.clientSide())).isEqualTo(facts.resumed());
      return facts;
    }
  }

  /** With a client of its own: Netty's clients choose among several sessions by chance. */
  private static boolean resumes(TestClient client, ServerTls from, ServerTls to) {
    try (client) {
      assertThat(connect(from, client).resumed()).isFalse();
      return connect(to, client).resumed();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_sameListener_resumes(String version) {
    try (ServerTls tls = prepare(setup());
        TestClient client = TestClient.version(version)) {
      assertThat(connect(tls, client).resumed()).isFalse();
      assertThat(connect(tls, client).resumed()).isTrue();
    }
  }

  /** Each of the JDK's contexts has keys of its own, so there is nothing to separate. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_onTheJdk_resumesAtItsListenerOnly(String version) {
    try (ServerTls tls = setup().prepare(TlsEngine.JDK);
        ServerTls other = setup().clientAuth(mutual).prepare(TlsEngine.JDK);
        TestClient client = TestClient.version(version)) {
      try (Handshake first = Handshake.run(tls, client.connect(""))) {
        assertThat(first.exchange().facts().resumed()).isFalse();
      }
      try (Handshake second = Handshake.run(tls, client.connect(""))) {
        assertThat(TestClient.isResumed(second.exchange().clientSide())).isTrue();
      }
      try (Handshake third = Handshake.run(other, client.connect(""))) {
        assertThat(third.failure()).isEqualTo(HandshakeFailure.CLIENT_CERT_MISSING);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_mutualListener_resumesWithTheCertificate(String version) {
    try (ServerTls tls = prepare(setup().clientAuth(mutual));
        TestClient client = client(version)) {
      assertThat(connect(tls, client).resumed()).isFalse();
      TlsFacts second = connect(tls, client);
      assertThat(second.resumed()).isTrue();
      assertThat(second.clientCertificate()).contains(ALICE.leaf());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_ofAOneWayListener_doesNotOpenAMutualOne(String version) {
    try (ServerTls oneWay = prepare(setup());
        ServerTls other = prepare(setup().clientAuth(mutual).after(oneWay));
        TestClient client = TestClient.version(version)) {
      assertThat(connect(oneWay, client).resumed()).isFalse();
      assertThat(connect(oneWay, client).resumed()).isTrue();
      try (Handshake handshake = Handshake.run(other, client.connect(""))) {
        assertThat(handshake.failure()).isEqualTo(HandshakeFailure.CLIENT_CERT_MISSING);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_ofAnotherListenerOrOtherRules_isNotTaken(String version) {
    AllowRules rules = new AllowRules(List.of("alice"), List.of(), List.of(), List.of());
    ClientAuth allowing = new ClientAuth(mutual.mode(), mutual.ca(), 3, Optional.of(rules));
    try (ServerTls tls = prepare(setup().clientAuth(mutual));
        ServerTls renamed = prepare(setup().clientAuth(mutual).named("other").after(tls));
        ServerTls restricted = prepare(setup().clientAuth(allowing).after(tls))) {
      assertThat(resumes(client(version), tls, renamed)).isFalse();
      assertThat(resumes(client(version), tls, restricted)).isFalse();
      assertThat(resumes(client(version), tls, tls)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_nextRevision_resumes(String version) {
    try (ServerTls first = prepare(setup());
        ServerTls stranger = prepare(setup());
        ServerTls second = prepare(setup().alpn("h2").after(first))) {
      assertThat(resumes(TestClient.version(version), first, stranger)).isFalse();
      assertThat(resumes(TestClient.version(version), first, second)).isTrue();
    }
  }

  @Test
  void ticket_ofASuiteThatThePolicyNoLongerHas_doesNotBringItBack() {
    String weak = "ECDHE-ECDSA-AES256-SHA";
    String strong = "ECDHE-ECDSA-AES128-GCM-SHA256";
    var before = new Policy.Custom(List.of("TLSv1.2"), List.of(weak, strong), List.of());
    var after = new Policy.Custom(List.of("TLSv1.2"), List.of(strong), List.of());
    try (ServerTls first = prepare(setup().policy(before));
        ServerTls second = prepare(setup().policy(after).after(first));
        TestClient client =
            TestClient.boringSsl(
                TestClient.suites(
                    "TLSv1.2",
                    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
                    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"))) {
      assertThat(connect(first, client).cipher()).contains("CBC");
      assertThat(connect(second, client).cipher()).contains("GCM");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_afterRotation_resumesUntilItsKeyIsGone(String version) {
    try (ServerTls tls = prepare(setup());
        TestClient client = TestClient.version(version)) {
      connect(tls, client);
      tls.rotateTicketKeys();
      assertThat(connect(tls, client).resumed()).isTrue();
    }
    try (ServerTls tls = prepare(setup());
        TestClient client = TestClient.version(version)) {
      connect(tls, client);
      for (int i = 0; i < 3; i++) {
        tls.rotateTicketKeys();
      }
      assertThat(connect(tls, client).resumed()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_olderThanItsLifetime_isNotTaken(String version) {
    AtomicLong nanos = new AtomicLong();
    try (ServerTls tls = prepare(setup().nanoTime(nanos::get));
        TestClient client = TestClient.version(version)) {
      connect(tls, client);
      nanos.addAndGet(Duration.ofSeconds(290).toNanos());
      assertThat(connect(tls, client).resumed()).isTrue();
      nanos.addAndGet(Duration.ofSeconds(600).toNanos());
      assertThat(connect(tls, client).resumed()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void tickets_off_nothingResumes(String version) {
    try (ServerTls tls = prepare(setup().session(false, Duration.ofSeconds(300)));
        TestClient client = TestClient.version(version)) {
      connect(tls, client);
      assertThat(connect(tls, client).resumed()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_secondCertificateOfTheListener_resumesToo(String version) {
    TlsDocuments setup = setup().with("other", SERVERS.issueEc("other", "other.test"));
    try (ServerTls tls = prepare(setup);
        TestClient client = TestClient.version(version)) {
      connect(tls, client);
      try (Handshake handshake = Handshake.run(tls, client.connect("other.test"))) {
        TlsFacts facts = handshake.exchange().facts();
        assertThat(facts.certificate()).isEqualTo("other");
        assertThat(facts.resumed()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void resumption_certificateExpiredSince_isRejected(String version) {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    try (ServerTls tls = prepare(setup().clientAuth(mutual).clock(now::get));
        TestClient client = client(version)) {
      connect(tls, client);
      now.set(ALICE.leaf().getNotAfter().toInstant().plusSeconds(1));
      try (Handshake handshake = Handshake.run(tls, client.connect(""))) {
        assertThat(handshake.outcome())
            .isEqualTo(new Outcome.Rejected(HandshakeFailure.CLIENT_CERT_EXPIRED));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void resumption_rejected_nothingOfItsClientPasses(String version) throws Exception {
    SSLContext alice = JdkTls.presenting(ALICE, SERVERS);
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    TlsDocuments setup = setup().handling(TlsHandling.NATIVE).clientAuth(mutual).clock(now::get);
    try (ServerTls tls = prepare(setup)) {
      HandClient first = new HandClient(alice, version);
      try (ServerEnd server = ServerEnd.connected(tls, first)) {
        server.write(new byte[1]);
        first.take(server.taken());
      }
      now.set(ALICE.leaf().getNotAfter().toInstant().plusSeconds(1));
      HandClient second = new HandClient(alice, version);
      try (ServerEnd server = new ServerEnd(tls, second.hello())) {
        byte[] last = second.take(server.taken());
        server.give(HandClient.concat(last, second.seal(new byte[10]), second.closeNotify()));
        assertThat(server.told).containsExactly(HandshakeFailure.CLIENT_CERT_EXPIRED);
        assertThat(server.received()).isEmpty();
      }
    }
  }

  /** What BoringSSL says to itself about such a ticket must not fail the handshake. */
  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_damagedAnywhere_isAnsweredAsIfThereWereNone(String version) throws Exception {
    SSLContext context = JdkTls.trusting(SERVERS);
    try (ServerTls tls = prepare(setup().handling(TlsHandling.NATIVE))) {
      HandClient first = new HandClient(context, version);
      try (ServerEnd server = ServerEnd.connected(tls, first)) {
        server.write(new byte[1]);
        first.take(server.taken());
      }
      byte[] hello = new HandClient(context, version).hello();
      int start = version.equals("TLSv1.2") ? ticketExtension(hello) : hello.length - 250;
      for (int at = start; at < start + 150; at++) {
        byte[] damaged = hello.clone();
        damaged[at] ^= 1;
        try (ServerEnd server = new ServerEnd(tls, damaged)) {
          assertThat(server.failure()).as("byte %d of %d", at, hello.length).isNull();
          assertThat(server.taken()[0]).isEqualTo((byte) 22);
        }
      }
    }
  }

  /** Where the content of session_ticket begins (RFC 5077 §3.2). */
  private static int ticketExtension(byte[] hello) {
    int at = 43;
    while (hello[at] != 0 || hello[at + 1] != 35 || hello[at + 2] != 0 || hello[at + 3] >= 0) {
      at++;
    }
    return at + 4;
  }

  private Path keyFile(byte... firstBytes) throws IOException {
    StringBuilder text = new StringBuilder("# the first encrypts\n\n");
    for (byte first : firstBytes) {
      byte[] key = new byte[TicketKeys.KEY_BYTES];
      key[0] = first;
      text.append(Base64.getEncoder().encodeToString(key)).append('\n');
    }
    Path file = Files.writeString(directory.resolve(firstBytes[0] + ".keys"), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_ofAnotherProcessWithTheSameKeyFile_resumes(String version) throws IOException {
    try (ServerTls one = prepare(setup().keyFile(keyFile((byte) 1)));
        ServerTls replica = prepare(setup().keyFile(keyFile((byte) 1)));
        ServerTls renewed = prepare(setup().keyFile(keyFile((byte) 2, (byte) 1)));
        ServerTls moved = prepare(setup().keyFile(keyFile((byte) 3)))) {
      assertThat(resumes(TestClient.version(version), one, replica)).isTrue();
      assertThat(resumes(TestClient.version(version), one, renewed)).isTrue();
      assertThat(resumes(TestClient.version(version), renewed, one)).isFalse();
      assertThat(resumes(TestClient.version(version), one, moved)).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void ticket_rotationOfEitherRevision_isSeenByBoth(String version) {
    try (ServerTls first = prepare(setup());
        ServerTls second = prepare(setup().session(true, Duration.ofHours(1)).after(first))) {
      second.rotateTicketKeys();
      assertThat(resumes(TestClient.version(version), second, first)).isTrue();
      first.rotateTicketKeys();
      assertThat(resumes(TestClient.version(version), first, second)).isTrue();
    }
  }
}

package io.steelyard.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.ClientAuth.Mode;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.testkit.HandClient;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.JdkTls;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Handshakes whose RSA signatures the machine's OpenSSL makes: nothing else of them differs. The
 * signer is gone with its last certificate and connection, however they end.
 */
class OpenSslHandshakeIT {

  private static final Authority AUTHORITY = TestCertificates.authority("Test CA");
  private static final Authority CLIENTS = TestCertificates.authority("Clients");
  private static final IssuedCertificate RSA = AUTHORITY.issueRsa("localhost", "localhost");
  private static final IssuedCertificate NEXT = AUTHORITY.issueRsa("localhost", "localhost");
  private static final IssuedCertificate CURVE = AUTHORITY.issueEc("localhost", "localhost");
  private static final SSLContext CLIENT = JdkTls.trusting(AUTHORITY);
  private static final String V2 = "TLSv1.2";
  private static final String V3 = "TLSv1.3";
  private static final String STATIC_RSA = "TLS_RSA_WITH_AES_128_GCM_SHA256";

  @TempDir Path directory;
  private final RsaSigning signing = new RsaSigning(RsaSigner.OPENSSL);

  private TlsDocuments documents() {
    return new TlsDocuments(directory).handling(TlsHandling.NATIVE).signing(signing);
  }

  private ServerTls prepare(IssuedCertificate own) {
    return prepare(documents().with("web", own));
  }

  private static ServerTls prepare(TlsDocuments documents) {
    return documents.prepare(TlsEngine.BORINGSSL);
  }

  private static OpenSslSigner signer(ServerTls tls) {
    return ((SignerCredential) tls.contexts().getFirst().credentials().plain()).signer();
  }

  private static boolean isGone(OpenSslSigner signer) {
    boolean there = signer.tryRetain();
    if (there) {
      signer.release();
    }
    return !there;
  }

  private static boolean asksForKeys(CertificateContext context) {
    return ((BoringSslContext) context.engineContext()).asksForKeys();
  }

  private static TlsFacts connect(ServerTls tls, SslHandler client) {
    try (Handshake handshake = Handshake.run(tls, client)) {
      return handshake.exchange().facts();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TLSv1.3, rsa_pss_rsae_sha256",
    "TLSv1.3, rsa_pss_rsae_sha384",
    "TLSv1.3, rsa_pss_rsae_sha512",
    "TLSv1.2, rsa_pss_rsae_sha256",
    "TLSv1.2, rsa_pss_rsae_sha384",
    "TLSv1.2, rsa_pkcs1_sha256",
    "TLSv1.2, rsa_pkcs1_sha384",
    "TLSv1.2, rsa_pkcs1_sha512"
  })
  void jdkClient_thatOffersOneWayToSign_agrees(String version, String scheme) {
    try (ServerTls tls = prepare(RSA);
        TestClient client = TestClient.jdk(builder -> builder.protocols(version))) {
      SslHandler handler = client.connect("localhost");
      SSLParameters parameters = handler.engine().getSSLParameters();
      parameters.setSignatureSchemes(new String[] {scheme});
      handler.engine().setSSLParameters(parameters);
      assertThat(connect(tls, handler).version()).isEqualTo(version);
      assertThat(signing.inUse().orElseThrow()).startsWith("OpenSSL 3.");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1", "TLSv1.1", V2, V3})
  void boringSslClient_everyVersion_agrees(String version) {
    String policy = version.equals(V3) ? "modern" : "tls-1-0";
    try (ServerTls tls = prepare(documents().with("web", RSA).policy(policy).legacy());
        TestClient client = TestClient.version(version)) {
      assertThat(connect(tls, client.connect("localhost")).version()).isEqualTo(version);
    }
  }

  @Test
  void rsaKeyExchange_isDecrypted() {
    try (ServerTls tls = prepare(documents().with("web", RSA).policy("tls-1-2"));
        TestClient client = TestClient.boringSsl(TestClient.suites(V2, STATIC_RSA))) {
      assertThat(connect(tls, client.connect("localhost")).cipher()).isEqualTo(STATIC_RSA);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void session_resumes(String version) {
    try (ServerTls tls = prepare(RSA);
        TestClient client = TestClient.version(version)) {
      assertThat(connect(tls, client.connect("localhost")).resumed()).isFalse();
      assertThat(connect(tls, client.connect("localhost")).resumed()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3072, 4096})
  void largerKey_worksToo(int bits) {
    IssuedCertificate own = AUTHORITY.leaf("localhost").sans("localhost").rsa(bits).issue();
    try (ServerTls tls = prepare(own);
        TestClient client = TestClient.plain()) {
      assertThat(connect(tls, client.connect("localhost")).version()).isEqualTo(V3);
    }
  }

  private ClientAuth required() {
    Path ca = CLIENTS.writePem(directory, "clients-ca");
    return new ClientAuth(Mode.REQUIRED, Optional.of(ca), 3, Optional.empty());
  }

  private static TestClient presenting(String version, IssuedCertificate own) {
    return TestClient.boringSsl(
        builder -> TestClient.certificate(own).accept(builder.protocols(version)));
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void clientCertificate_required_isVerified(String version) {
    IssuedCertificate alice = CLIENTS.issueClient("alice");
    try (ServerTls tls = prepare(documents().with("web", RSA).clientAuth(required()));
        TestClient client = presenting(version, alice)) {
      TlsFacts first = connect(tls, client.connect("localhost"));
      assertThat(first.clientCertificate()).contains(alice.leaf());
      TlsFacts second = connect(tls, client.connect("localhost"));
      assertThat(second.resumed()).isTrue();
      assertThat(second.clientCertificate()).contains(alice.leaf());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void clientCertificate_refused_failsAsWithBoringSsl(String version) {
    IssuedCertificate stranger = AUTHORITY.issueClient("stranger");
    IssuedCertificate expired = CLIENTS.leaf("old").expired().issue();
    for (IssuedCertificate own : List.of(stranger, expired)) {
      try (ServerTls tls = prepare(documents().with("web", RSA).clientAuth(required()));
          ServerTls other = prepare(documents().with("web", CURVE).clientAuth(required()));
          TestClient client = presenting(version, own);
          Handshake handshake = Handshake.run(tls, client.connect("localhost"));
          Handshake like = Handshake.run(other, client.connect("localhost"))) {
        assertThat(handshake.failure()).isEqualTo(like.failure());
        assertThat(asksForKeys(other.contexts().getFirst())).isFalse();
        if (version.equals(V2)) {
          assertThat(handshake.clientFailure()).isEqualTo(like.clientFailure());
        }
      }
    }
    try (ServerTls tls = prepare(documents().with("web", RSA).clientAuth(required()));
        TestClient client = TestClient.version(version);
        Handshake handshake = Handshake.run(tls, client.connect("localhost"))) {
      assertThat(handshake.failure()).isEqualTo(HandshakeFailure.CLIENT_CERT_MISSING);
    }
  }

  private static Optional<byte[]> stapled(ServerTls tls, String version, boolean asks) {
    try (TestClient client =
            TestClient.boringSsl(builder -> builder.protocols(version).enableOcsp(asks));
        Handshake handshake = Handshake.run(tls, client.connect("localhost"))) {
      handshake.exchange();
      var engine = (ReferenceCountedOpenSslEngine) handshake.clientSide().engine();
      return asks ? Optional.ofNullable(engine.getOcspResponse()) : Optional.empty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void staple_goesToWhoAsksUntilItGoesStale(String version) throws Exception {
    Instant tomorrow = Instant.now().plus(Duration.ofDays(1));
    byte[] good = AUTHORITY.ocsp(RSA.leaf(), tomorrow);
    Path file = Files.write(directory.resolve("web.ocsp"), good);
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    OpenSslSigner signer;
    try (ServerTls tls = prepare(documents().stapled("web", RSA, file).clock(now::get))) {
      signer = signer(tls);
      assertThat(stapled(tls, version, true)).contains(good);
      assertThat(stapled(tls, version, false)).isEmpty();
      now.set(tomorrow.plusSeconds(1));
      assertThat(stapled(tls, version, true)).isEmpty();
    }
    assertThat(isGone(signer)).isTrue();
  }

  @Test
  void bothKinds_eachClientGetsItsOwn() {
    TlsDocuments both = documents().with("rsa", RSA).with("curve", CURVE);
    try (ServerTls tls = prepare(both);
        TestClient rsa =
            TestClient.boringSsl(TestClient.suites(V2, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
        TestClient curve =
            TestClient.boringSsl(
                TestClient.suites(V2, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"))) {
      assertThat(asksForKeys(tls.contexts().getFirst())).isTrue();
      assertThat(asksForKeys(tls.contexts().getLast())).isFalse();
      for (int i = 0; i < 3; i++) {
        assertThat(connect(tls, rsa.connect("localhost")).certificate()).isEqualTo("rsa");
        assertThat(connect(tls, curve.connect("localhost")).certificate()).isEqualTo("curve");
      }
    }
  }

  @Test
  void reload_otherKey_keepsContextAndTickets() {
    ServerTls before = prepare(documents().with("web", RSA).with("curve", CURVE));
    OpenSslSigner old = signer(before);
    ServerTls after = prepare(documents().with("web", NEXT).with("curve", CURVE).after(before));
    assertThat(after.contexts().getFirst().engineContext())
        .isSameAs(before.contexts().getFirst().engineContext());
    assertThat(after.contexts().getLast()).isSameAs(before.contexts().getLast());
    try (TestClient client =
        TestClient.boringSsl(TestClient.suites(V2, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"))) {
      assertThat(connect(before, client.connect("localhost")).resumed()).isFalse();
      before.release();
      assertThat(isGone(old)).isTrue();
      assertThat(connect(after, client.connect("localhost")).resumed()).isTrue();
    }
    OpenSslSigner own = signer(after);
    ServerTls last = prepare(documents().with("curve", CURVE).after(after));
    after.release();
    assertThat(isGone(own)).isTrue();
    assertThat(asksForKeys(last.contexts().getFirst())).isFalse();
    ServerTls again = prepare(documents().with("curve", CURVE).with("web", RSA).after(last));
    last.release();
    assertThat(asksForKeys(again.contexts().getLast())).isTrue();
    assertThat(again.contexts().getFirst()).isSameAs(last.contexts().getFirst());
    again.release();
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void reload_inTheMiddleOfTheHello_signsWithTheKeyBefore(String version) throws Exception {
    ServerTls before = prepare(RSA);
    OpenSslSigner signer = signer(before);
    HandClient client = new HandClient(CLIENT, version);
    byte[] hello = client.hello();
    try (ServerEnd server = new ServerEnd(before, hello, PooledByteBufAllocator.DEFAULT)) {
      server.give(hello, 0, hello.length / 2);
      ServerTls after = prepare(documents().with("web", NEXT).after(before));
      before.release();
      after.release();
      assertThat(isGone(signer)).as("while a handshake needs it").isFalse();
      server.give(hello, hello.length / 2, hello.length);
      server.finish(client);
      assertThat(isGone(signer)).as("while a connection is open").isTrue();
      server.give(client.seal("question".getBytes(UTF_8)));
      assertThat(server.received()).isEqualTo("question".getBytes(UTF_8));
    }
  }

  @Test
  void reloads_whileClientsShakeHands_disturbNobody() throws Exception {
    AtomicReference<ServerTls> current = new AtomicReference<>(prepare(RSA));
    AtomicBoolean ends = new AtomicBoolean();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<Integer>> clients =
          List.of(
              threads.submit(() -> shakeHands(current, V2, ends)),
              threads.submit(() -> shakeHands(current, V3, ends)));
      for (int i = 0; i < 40; i++) {
        ServerTls before = current.get();
        IssuedCertificate own = i % 2 == 0 ? NEXT : RSA;
        current.set(prepare(documents().with("web", own).after(before)));
        before.release();
      }
      ends.set(true);
      for (Future<Integer> client : clients) {
        assertThat(client.get()).isPositive();
      }
    }
    ServerTls last = current.get();
    OpenSslSigner signer = signer(last);
    last.release();
    assertThat(isGone(signer)).isTrue();
  }

  private static int shakeHands(
      AtomicReference<ServerTls> current, String version, AtomicBoolean ends) throws Exception {
    int done = 0;
    while (!ends.get() || done == 0) {
      ServerTls tls = current.get();
      if (!tls.tryRetain()) {
        continue;
      }
      HandClient client = new HandClient(CLIENT, version);
      byte[] hello = client.hello();
      try (ServerEnd server = new ServerEnd(tls, hello, PooledByteBufAllocator.DEFAULT)) {
        // What has begun goes on without its revision.
        tls.release();
        server.give(hello);
        server.finish(client);
        done++;
      }
    }
    return done;
  }

  @Test
  void rsaKeyExchange_certificateGoneBetweenTheFlights_isDecrypted() throws Exception {
    ServerTls tls = prepare(documents().with("web", RSA).policy("tls-1-2"));
    OpenSslSigner signer = signer(tls);
    try (TestClient client = TestClient.boringSsl(TestClient.suites(V2, STATIC_RSA));
        Handshake handshake = Handshake.run(tls, client.connect("localhost"))) {
      tls.release();
      handshake.exchange();
      assertThat(isGone(signer)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void clientLeaves_anywhere_leavesNothing(String version) throws Exception {
    ServerTls tls = prepare(RSA);
    OpenSslSigner signer = signer(tls);
    int length = new HandClient(CLIENT, version).hello().length;
    for (int cut = 0; cut <= length; cut += 40) {
      HandClient client = new HandClient(CLIENT, version);
      byte[] hello = client.hello();
      try (ServerEnd server = new ServerEnd(tls, hello, PooledByteBufAllocator.DEFAULT)) {
        server.give(hello, 0, Math.min(cut, hello.length));
        server.closeChannel();
        assertThat(server.failure()).isEqualTo(HandshakeFailure.DISCONNECT);
      }
    }
    HandClient client = new HandClient(CLIENT, version);
    ServerEnd afterItsFlight = new ServerEnd(tls, client.hello());
    assertThat(client.take(afterItsFlight.taken())).isNotEmpty();
    tls.release();
    assertThat(isGone(signer)).isFalse();
    afterItsFlight.close();
    assertThat(isGone(signer)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void brokenHandshakes_allEndAndLeaveNothing(String version) throws Exception {
    ServerTls tls = prepare(RSA);
    OpenSslSigner signer = signer(tls);
    Random random = new Random(4711);
    for (int round = 0; round < 300; round++) {
      HandClient client = new HandClient(CLIENT, version);
      byte[] hello = client.hello();
      try (ServerEnd server = new ServerEnd(tls, hello, PooledByteBufAllocator.DEFAULT)) {
        boolean helloBroken = random.nextBoolean();
        server.give(helloBroken ? broken(hello, random) : hello);
        if (!helloBroken) {
          server.give(broken(client.take(server.taken()), random));
        }
        server.give(new byte[40_000]);
        boolean ended = server.isDone() ? !server.failures().isEmpty() : server.failure() != null;
        assertThat(ended).as("round %d", round).isTrue();
      }
    }
    tls.release();
    assertThat(isGone(signer)).isTrue();
  }

  private static byte[] broken(byte[] bytes, Random random) {
    byte[] changed = bytes.clone();
    changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
    return changed;
  }

  @Test
  void signatureThatDoesNotFit_failsTheHandshake() throws Exception {
    ServerTls tls = prepare(RSA);
    CertificateContext own = tls.contexts().getFirst();
    OpenSslSigner larger =
        signing.signer(TestCertificates.rsaKeys(4096).getPrivate()).orElseThrow();
    NativeCredential wrong = SignerCredential.of(RSA.chain(), larger, Optional.empty());
    larger.release();
    own.engineContext().retain();
    CertificateContext context =
        new CertificateContext(
            own.served(),
            own.engineContext(),
            new CertificateContext.Credentials(wrong, null),
            null,
            null,
            Instant::now);
    ServerTls broken = new ServerTls(tls.config(), tls.settings(), List.of(context));
    tls.release();
    HandClient client = new HandClient(CLIENT, V3);
    try (ServerEnd server = new ServerEnd(broken, client.hello())) {
      assertThat(server.failure()).isNotNull();
      assertThat(server.taken()).as("a flight without its signature").isEmpty();
    }
    broken.release();
    assertThat(isGone(larger)).isTrue();
  }

  @Test
  void boringSsl_asked_keepsTheKey() {
    TlsDocuments documents =
        documents().with("web", RSA).signing(new RsaSigning(RsaSigner.BORINGSSL));
    try (ServerTls tls = prepare(documents);
        TestClient client = TestClient.plain()) {
      assertThat(asksForKeys(tls.contexts().getFirst())).isFalse();
      assertThat(connect(tls, client.connect("localhost")).version()).isEqualTo(V3);
    }
  }

  @ParameterizedTest
  @CsvSource({"BORINGSSL, NETTY", "JDK, NETTY", "JDK, NATIVE"})
  void otherHandlings_nothingChanges(TlsEngine engine, TlsHandling handling) {
    try (ServerTls tls = documents().with("web", RSA).handling(handling).prepare(engine);
        TestClient client = TestClient.plain()) {
      assertThat(connect(tls, client.connect("localhost")).version()).isEqualTo(V3);
      assertThat(signing.inUse()).isEmpty();
    }
  }
}

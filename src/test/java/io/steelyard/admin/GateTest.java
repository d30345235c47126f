package io.steelyard.admin;

import static io.steelyard.admin.AdminApiTest.assertProblem;
import static io.steelyard.admin.AdminScene.bearer;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.admin.AdminSettings.AdminTls;
import io.steelyard.config.Sha256;
import io.steelyard.testkit.CapturedLog;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in: by token, by client certificate over TLS, or from this machine. */
class GateTest {

  private AdminScene scene;

  @TempDir private Path directory;

  @BeforeEach
  void make() throws IOException {
    scene = new AdminScene(directory);
  }

  @AfterEach
  void close() {
    scene.close();
  }

  @Test
  void request_withoutAToken_is401AndSaysHow() throws Exception {
    scene.serve();

    HttpResponse<String> answer = scene.sendAs(request -> {}, "GET", "/status");

    assertProblem(answer, 401, "no-token");
    assertThat(answer.headers().firstValue("WWW-Authenticate"))
        .get()
        .asString()
        .startsWith("Bearer");
  }

  @Test
  void request_withAWrongToken_is401() throws Exception {
    scene.serve();

    assertProblem(scene.sendAs(bearer(AccessToken.make()), "GET", "/status"), 401, "wrong-token");
    assertProblem(scene.sendAs(bearer(""), "GET", "/status"), 401, "wrong-token");
    assertProblem(
        scene.sendAs(request -> request.header("Authorization", "Basic eDp5"), "GET", "/status"),
        401,
        "wrong-token");
  }

  @Test
  void request_withoutAToken_isNotToldWhatThereIs() throws Exception {
    scene.serve();

    assertProblem(scene.sendAs(request -> {}, "GET", "/nothing"), 401, "no-token");
  }

  @Test
  void viewer_reading_is200AndWriting403() throws Exception {
    scene.serve();

    assertThat(scene.sendAs(bearer(scene.viewer), "GET", "/status").statusCode()).isEqualTo(200);
    for (Route route : AdminApi.table(Unused.SURROUNDINGS).routes()) {
      if (route.changes()) {
        String path = route.path().replaceAll("\\{[a-z]+}", "1");
        assertProblem(scene.sendAs(bearer(scene.viewer), route.method(), path), 403, "role");
      }
    }
  }

  @Test
  void operator_withNothingInForce_is503() throws Exception {
    scene.serve();

    assertProblem(scene.send("GET", "/document"), 503, "starting");
    assertProblem(scene.send("DELETE", "/listeners/web"), 503, "starting");
  }

  @Test
  void wrongTokens_manyFromOneAddress_haveToWaitEvenWithARightOne() throws Exception {
    scene.serve();
    for (int i = 0; i < FailureBrake.FREE_FAILURES; i++) {
      assertProblem(scene.sendAs(bearer("guess" + i), "GET", "/status"), 401, "wrong-token");
    }

    HttpResponse<String> answer = scene.send("GET", "/status");

    assertProblem(answer, 429, "too-many-failures");
    assertThat(answer.headers().firstValue("Retry-After")).contains("2");
    scene.nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
    assertThat(scene.send("GET", "/status").statusCode()).isEqualTo(200);
  }

  @Test
  void wrongTokens_ofANeighbour_doNotLockOutWhoWasLetInBefore() throws Exception {
    scene.serve();
    assertThat(scene.send("GET", "/status").statusCode()).isEqualTo(200);
    for (int i = 0; i < FailureBrake.FREE_FAILURES; i++) {
      scene.sendAs(bearer("guess" + i), "GET", "/status");
    }

    assertThat(scene.send("GET", "/status").statusCode()).isEqualTo(200);
    assertProblem(scene.sendAs(bearer(scene.viewer), "GET", "/status"), 429, "too-many-failures");
  }

  @Test
  void wrongTokens_betweenRightOnes_haveToWaitAllTheSame() throws Exception {
    scene.serve();
    for (int i = 0; i < FailureBrake.FREE_FAILURES; i++) {
      assertThat(scene.sendAs(bearer(scene.viewer), "GET", "/status").statusCode()).isEqualTo(200);
      scene.sendAs(bearer("guess" + i), "GET", "/status");
    }

    assertProblem(scene.sendAs(bearer("guess"), "GET", "/status"), 429, "too-many-failures");
  }

  @Test
  void tokensFile_changed_letsTheNewInAndTheOldNoMore() throws Exception {
    scene.serve();
    String token = AccessToken.make();

    Files.writeString(scene.tokens, AccessToken.line(token, "nora", Role.VIEWER) + "\n");

    Patience.await()
        .until(
            () -> {
              // Asking again and again with what is not known yet is what the brake is for.
              scene.nanos.addAndGet(TimeUnit.HOURS.toNanos(1));
              return scene.sendAs(bearer(token), "GET", "/status").statusCode() == 200;
            });
    assertProblem(scene.send("GET", "/status"), 401, "wrong-token");
  }

  @Test
  void anonymous_whereSetSo_readsFromLoopbackUnderALoopbackName() throws Exception {
    scene.serve(scene.settings(true, Optional.empty()));

    assertThat(scene.sendAs(request -> {}, "GET", "/status").statusCode()).isEqualTo(200);
    assertProblem(scene.sendAs(request -> {}, "POST", "/reload"), 401, "no-token");
    assertProblem(scene.sendAs(request -> {}, "POST", "/validate"), 401, "no-token");
    for (String header :
        List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")) {
      assertProblem(
          scene.sendAs(request -> request.header(header, "192.0.2.1"), "GET", "/status"),
          401,
          "no-token");
    }
  }

  @Test
  void anonymous_underAnotherName_isRefused() throws Exception {
    scene.serve(scene.settings(true, Optional.empty()));

    assertThat(raw("GET /api/v1/status HTTP/1.1\r\nHost: rebound.example:9901\r\n"))
        .startsWith("HTTP/1.1 401");
    assertThat(raw("GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1.rebound.example\r\n"))
        .startsWith("HTTP/1.1 401");
    assertThat(raw("GET /api/v1/status HTTP/1.1\r\nHost: localhost:1\r\n"))
        .startsWith("HTTP/1.1 200");
  }

  @Test
  void requests_malformed_areNeverAnsweredWithHtml() throws Exception {
    scene.serve();

    for (String line :
        new String[] {"GET /api/v1/%zz HTTP/1.1", "GET /api/v1/status?a=%zz HTTP/1.1"}) {
      String answer = raw(line + "\r\nHost: x\r\nAuthorization: Bearer " + scene.operator + "\r\n");
      assertThat(answer).startsWith("HTTP/1.1 4").contains("application/problem+json");
    }
    assertThat(raw("NONSENSE\r\n")).doesNotContain("<", "Exception");
  }

  @Test
  void body_clientGoesInTheMiddle_isNoBug() throws Exception {
    scene.serve();
    try (CapturedLog log = CapturedLog.ofAll()) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), scene.adminPort())) {
        String head =
            "PUT /api/v1/document HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
                + "Authorization: Bearer "
                + scene.operator
                + "\r\n\r\nlisteners:";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      }
      Patience.await()
          .until(() -> log.lines().stream().anyMatch(line -> line.contains("method=PUT")));

      assertThat(log.lines())
          .anyMatch(line -> line.contains("status=400 reason=bad-body"))
          .noneMatch(line -> line.startsWith("ERROR"));
    }
  }

  @Test
  void clientCertificate_expiredSinceTheHandshake_is401() throws Exception {
    Authority authority = TestCertificates.authority("operators");
    Instant end = Instant.now().plusSeconds(3);
    IssuedCertificate brief =
        authority
            .leaf("brief")
            .extendedKeyUsage(KeyPurposeId.id_kp_clientAuth)
            .valid(Instant.now().minusSeconds(60), end)
            .issue();
    serveTls(authority, Optional.of(Role.VIEWER));
    HttpClient holder = client(authority, Optional.of(brief));
    assertThat(send(holder, "GET", "/status").statusCode()).isEqualTo(200);

    Patience.await().until(() -> Instant.now().isAfter(end.plusSeconds(1)));

    assertProblem(send(holder, "GET", "/status"), 401, "expired-certificate");
  }

  @Test
  void clientCertificate_ofAnAuthorityThatWasReplaced_is401OnItsOldConnectionToo()
      throws Exception {
    Authority authority = TestCertificates.authority("operators");
    serveTls(authority, Optional.of(Role.VIEWER));
    HttpClient holder = client(authority, Optional.of(authority.issueClient("olga")));
    assertThat(send(holder, "GET", "/status").statusCode()).isEqualTo(200);

    TestCertificates.authority("next").writePem(directory, "clients-ca");

    Patience.await().until(() -> send(holder, "GET", "/status").statusCode() == 401);
    assertProblem(send(holder, "GET", "/status"), 401, "untrusted-certificate");
  }

  private String raw(String head) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), scene.adminPort())) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write((head + "Connection: close\r\n\r\n").getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void clientCertificate_withALine_hasItsRole() throws Exception {
    Authority authority = TestCertificates.authority("operators");
    IssuedCertificate known = authority.issueClient("olga");
    allow(known, "olga-by-certificate", Role.OPERATOR);
    serveTls(authority, Optional.empty());

    HttpResponse<String> answer = send(client(authority, Optional.of(known)), "GET", "/document");

    assertProblem(answer, 503, "starting");
  }

  @Test
  void clientCertificate_withoutALine_is403AndToldItsFingerprint() throws Exception {
    Authority authority = TestCertificates.authority("operators");
    IssuedCertificate unknown = authority.issueClient("nobody");
    serveTls(authority, Optional.empty());

    HttpResponse<String> answer = send(client(authority, Optional.of(unknown)), "GET", "/status");

    assertProblem(answer, 403, "unknown-certificate");
    assertThat(answer.body()).contains(fingerprint(unknown));
  }

  @Test
  void clientCertificate_withARoleForAll_hasThatRole() throws Exception {
    Authority authority = TestCertificates.authority("operators");
    HttpClient holder = client(authority, Optional.of(authority.issueClient("anybody")));
    serveTls(authority, Optional.of(Role.VIEWER));

    assertThat(send(holder, "GET", "/status").statusCode()).isEqualTo(200);
    assertProblem(send(holder, "POST", "/reload"), 403, "role");
  }

  @Test
  void clientCertificate_ofAnotherAuthority_endsTheHandshake() throws Exception {
    Authority authority = TestCertificates.authority("operators");
    IssuedCertificate foreign = TestCertificates.authority("others").issueClient("olga");
    allow(foreign, "foreign", Role.OPERATOR);
    serveTls(authority, Optional.of(Role.VIEWER));

    assertThat(fails(client(authority, Optional.of(foreign)))).isTrue();
  }

  @Test
  void tls_withoutAClientCertificate_takesTokens() throws Exception {
    Authority authority = TestCertificates.authority("operators");
    serveTls(authority, Optional.of(Role.VIEWER));
    HttpClient plain = client(authority, Optional.empty());

    assertProblem(send(plain, "GET", "/status"), 401, "no-token");
    assertThat(
            scene
                .send("GET", "/status", bearer(scene.operator), "", "", plain, "https")
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void tls_certificateRenewed_isServedToNewHandshakes() throws Exception {
    Authority authority = TestCertificates.authority("operators");
    serveTls(authority, Optional.of(Role.VIEWER));
    Authority next = TestCertificates.authority("next");
    assertThat(fails(client(next, Optional.empty()))).isTrue();

    next.issueEc("admin", "127.0.0.1").writePem(directory, "admin");

    Patience.await().until(() -> !fails(client(next, Optional.empty())));
  }

  private void allow(IssuedCertificate certificate, String name, Role role) throws IOException {
    Files.writeString(
        scene.tokens,
        name + " " + role.label() + " certificate:" + fingerprint(certificate) + "\n",
        StandardOpenOption.APPEND);
  }

  private static String fingerprint(IssuedCertificate certificate) {
    try {
      return HexFormat.of().formatHex(Sha256.of(certificate.leaf().getEncoded()));
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private void serveTls(Authority authority, Optional<Role> clientRole) {
    var pem = authority.issueEc("admin", "127.0.0.1").writePem(directory, "admin");
    Path ca = authority.writePem(directory, "clients-ca");
    scene.serve(
        scene.settings(
            false, Optional.of(new AdminTls(pem.chain(), pem.key(), Optional.of(ca), clientRole))));
  }

  private HttpResponse<String> send(HttpClient by, String method, String path) throws Exception {
    return scene.send(method, path, request -> {}, "", "", by, "https");
  }

  private boolean fails(HttpClient by) throws Exception {
    try {
      send(by, "GET", "/status");
      return false;
    } catch (IOException handshake) {
      return true;
    }
  }

  private static HttpClient client(Authority authority, Optional<IssuedCertificate> own)
      throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", authority.certificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    KeyManager[] keys = {};
    if (own.isPresent()) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "own", own.get().key(), new char[0], own.get().chain().toArray(new X509Certificate[0]));
      KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
      factory.init(store, new char[0]);
      keys = new KeyManager[] {new Insistent((X509ExtendedKeyManager) factory.getKeyManagers()[0])};
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust.getTrustManagers(), null);
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(20))
        .sslContext(context)
        .build();
  }

  /** Presents its certificate whomever the server asks for, as an attacker would. */
  private static final class Insistent extends X509ExtendedKeyManager {
    private final X509ExtendedKeyManager keys;

    Insistent(X509ExtendedKeyManager keys) {
      this.keys = keys;
    }

    private String alias() {
      for (String kind : List.of("EC", "RSA")) {
        String[] aliases = keys.getClientAliases(kind, null);
        if (aliases != null && aliases.length > 0) {
          return aliases[0];
        }
      }
      throw new IllegalStateException("no key");
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
      return new String[] {alias()};
    }

    @Override
    public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
      return alias();
    }

    @Override
    public String chooseEngineClientAlias(String[] keyType, Principal[] issuers, SSLEngine engine) {
      return alias();
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
      return null;
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
      return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return keys.getCertificateChain(alias);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return keys.getPrivateKey(alias);
    }
  }
}

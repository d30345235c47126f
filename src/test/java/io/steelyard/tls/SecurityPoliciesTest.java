package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.Problem;
import io.steelyard.config.TlsConfig.Policy;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import io.steelyard.tls.SecurityPolicy.Effective;
import io.steelyard.tls.SecurityPolicy.VersionSuites;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What policies promise is what the engines negotiate; what they cannot do is said. */
class SecurityPoliciesTest {

  private static final Authority CA = TestCertificates.authority("Test CA");
  private static final IssuedCertificate EC = CA.issueEc("www", "www.example.com");
  private static final IssuedCertificate RSA = CA.issueRsa("www", "www.example.com");
  private static final List<String> TLS13 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  @TempDir Path directory;

  static List<String> names() {
    return SecurityPolicies.names();
  }

  @Test
  void names_all_areThoseOfTheTable() {
    assertThat(SecurityPolicies.names()).hasSize(17).startsWith("intermediate", "modern");
  }

  /** Each suite alone, from a client that offers nothing else. */
  @ParameterizedTest
  @MethodSource("names")
  void effective_everySuite_isNegotiated(String name) {
    TlsDocuments setup = new TlsDocuments(directory).with("ec", EC).with("rsa", RSA).legacy();
    Effective effective = SecurityPolicies.named(name).orElseThrow().effective(TlsEngine.BORINGSSL);
    try (ServerTls tls = setup.policy(name).prepare(TlsEngine.BORINGSSL)) {
      for (VersionSuites served : effective.versions()) {
        if (served.version().equals("TLSv1.3")) {
          // BoringSSL's clients cannot leave any of them out either.
          assertThat(served.suites()).isEqualTo(TLS13);
          continue;
        }
        for (String suite : served.suites()) {
          assertNegotiated(tls, served.version(), suite);
        }
      }
    }
  }

  private static void assertNegotiated(ServerTls tls, String version, String openSslName) {
    String iana = CipherSuite.named(openSslName).orElseThrow().ianaName();
    try (TestClient client = TestClient.boringSsl(TestClient.suites(version, iana));
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      assertThat(handshake.exchange().facts().cipher()).isEqualTo(iana);
      assertThat(handshake.facts().version()).isEqualTo(version);
    }
  }

  @Test
  void effective_intermediateOnTheJdk_isNegotiated() {
    TlsDocuments setup = new TlsDocuments(directory).with("ec", EC).with("rsa", RSA);
    Effective effective =
        SecurityPolicies.named("intermediate").orElseThrow().effective(TlsEngine.JDK);
    assertThat(effective.missingSuites()).isEmpty();
    assertThat(effective.missingGroups()).containsExactly("X25519MLKEM768");
    try (ServerTls tls = setup.prepare(TlsEngine.JDK)) {
      for (String suite : effective.versions().getFirst().suites()) {
        assertNegotiated(tls, "TLSv1.2", suite);
      }
    }
  }

  @Test
  void effective_onBoringSsl_saysWhatIsMissing() {
    Effective strict =
        SecurityPolicies.named("tls_cipher_policy_1_2_strict_with_1_3")
            .orElseThrow()
            .effective(TlsEngine.BORINGSSL);
    assertThat(strict.missingSuites())
        .contains("TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256");
    assertThat(strict.groups())
        .containsExactly("X25519MLKEM768", "X25519", "secp256r1", "secp384r1");
    assertThat(strict.versions().getLast().suites()).isEqualTo(TLS13);
    assertThat(strict.versions().getFirst().suites().getFirst())
        .isEqualTo("ECDHE-ECDSA-AES128-GCM-SHA256");
  }

  @Test
  void modern_oldClient_isRefused() {
    TlsDocuments setup = new TlsDocuments(directory).with("ec", EC).policy("modern");
    try (ServerTls tls = setup.prepare(TlsEngine.BORINGSSL);
        TestClient client = TestClient.version("TLSv1.2");
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      assertThat(handshake.selection()).hasToString("Refused[failure=NO_SHARED_VERSION, alert=70]");
    }
  }

  private List<Problem> problems(Policy policy, TlsEngine engine, IssuedCertificate certificate) {
    return new TlsDocuments(directory).with("web", certificate).policy(policy).problems(engine);
  }

  private static Policy custom(List<String> versions, List<String> ciphers, String... groups) {
    return new Policy.Custom(versions, ciphers, List.of(groups));
  }

  @Test
  void named_unknown_namesTheNearest() {
    assertThat(problems(new Policy.Named("intermedate"), TlsEngine.BORINGSSL, EC))
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.path()).isEqualTo("listeners[web].tls.policy");
              assertThat(problem.expected()).contains("intermediate");
            });
  }

  @Test
  void legacy_notAllowed_isAProblem() {
    assertThat(problems(new Policy.Named("tls-1-0"), TlsEngine.BORINGSSL, RSA))
        .singleElement()
        .satisfies(problem -> assertThat(problem.expected()).contains("allow-legacy-tls"));
  }

  @Test
  void legacy_jdkCannotServeIt_isAProblem() {
    TlsDocuments setup = new TlsDocuments(directory).with("web", RSA).policy("tls-1-0").legacy();
    assertThat(setup.problems(TlsEngine.JDK))
        .extracting(Problem::found)
        .anySatisfy(found -> assertThat(found).contains("cannot serve TLSv1, TLSv1.1"));
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void custom_ofOneSuite_servesItOnly(TlsEngine engine) {
    TlsDocuments setup =
        new TlsDocuments(directory)
            .with("web", RSA)
            .policy(custom(List.of("TLSv1.2"), List.of("ECDHE-RSA-AES256-GCM-SHA384"), "P-256"));
    try (ServerTls tls = setup.prepare(engine);
        TestClient client = TestClient.boringSsl(TestClient.groups("X25519", "P-256"));
        Handshake handshake = Handshake.run(tls, client.connect(""))) {
      assertThat(handshake.exchange().facts().cipher())
          .isEqualTo("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
      assertThat(handshake.facts().group()).isEqualTo("secp256r1");
    }
  }

  @Test
  void custom_leavesNoSuiteForTheKey_isAProblem() {
    Policy policy = custom(List.of("TLSv1.2"), List.of("ECDHE-RSA-AES128-GCM-SHA256"));
    assertThat(problems(policy, TlsEngine.BORINGSSL, EC))
        .extracting(Problem::found)
        .containsExactly("custom leaves no suite for ECDSA certificates");
  }

  @Test
  void custom_unknownNames_nameTheNearest() {
    Policy policy =
        custom(List.of("TLSv1.4", "TLSv1.2"), List.of("ECDHE-RSA-AES128-GCM-SHA265"), "X25591");
    assertThat(problems(policy, TlsEngine.BORINGSSL, RSA))
        .extracting(Problem::path)
        .contains(
            "listeners[web].tls.policy.versions[0]",
            "listeners[web].tls.policy.ciphers[0]",
            "listeners[web].tls.policy.groups[0]");
    assertThat(problems(policy, TlsEngine.BORINGSSL, RSA))
        .extracting(Problem::expected)
        .anySatisfy(text -> assertThat(text).contains("ECDHE-RSA-AES128-GCM-SHA256"))
        .anySatisfy(text -> assertThat(text).contains("X25519"));
  }

  @Test
  void custom_withoutAFixedSuite_isAProblemOnBoringSslOnly() {
    Policy policy = custom(List.of("TLSv1.3"), List.of("TLS_AES_256_GCM_SHA384"));
    assertThat(problems(policy, TlsEngine.BORINGSSL, EC))
        .singleElement()
        .satisfies(
            problem -> assertThat(problem.path()).isEqualTo("listeners[web].tls.policy.ciphers"));
    assertThat(problems(policy, TlsEngine.JDK, EC)).isEmpty();
  }

  @Test
  void custom_versionGapOrNoSuite_isAProblem() {
    Policy gap =
        custom(List.of("TLSv1.1", "TLSv1.3"), List.of("ECDHE-ECDSA-AES128-SHA"), new String[0]);
    assertThat(problems(gap, TlsEngine.BORINGSSL, EC))
        .extracting(Problem::path)
        .contains("listeners[web].tls.policy.versions");
    assertThat(problems(custom(List.of("TLSv1.2"), TLS13), TlsEngine.BORINGSSL, EC))
        .extracting(Problem::found)
        .contains("custom has no suite for TLSv1.2");
  }
}

package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.CertificateConfig;
import io.steelyard.config.CertificateConfig.Source;
import io.steelyard.config.FileContents;
import io.steelyard.config.FileParts;
import io.steelyard.config.Problem;
import io.steelyard.config.Problem.Severity;
import io.steelyard.config.Problems;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.IssuedCertificate.Paths;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import io.steelyard.tls.LoadedCertificate.KeyType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateLoaderTest {

  private static final Authority CA = TestCertificates.authority("Test CA");
  private static final IssuedCertificate EC = CA.issueEc("www", "www.example.com", "10.0.0.1");
  private static final IssuedCertificate RSA = CA.issueRsa("www", "www.example.com");
  private static final String SECRET = "s3cret-Password";

  @TempDir Path directory;
  private Problems problems;

  @BeforeEach
  void setUp() {
    problems = new Problems("test");
  }

  private Optional<LoadedCertificate> load(Source source) {
    return load(source, InstantSource.system());
  }

  private Optional<LoadedCertificate> load(Source source, InstantSource clock) {
    CertificateConfig config = new CertificateConfig("web", source);
    FileContents contents = FileContents.read(CertificateLoader.files(config));
    Optional<LoadedCertificate> loaded = CertificateLoader.load(config, contents, clock, problems);
    assertThat(loaded.isEmpty()).as("%s", problems.all()).isEqualTo(problems.hasErrors());
    for (Problem problem : problems.all()) {
      assertThat(problem.text()).doesNotContain(SECRET);
    }
    return loaded;
  }

  private static Source pem(Paths files) {
    return new Source.Pem(files.chain(), files.key(), Optional.empty());
  }

  private Source pem(Paths files, String password) throws IOException {
    Path file = Files.writeString(directory.resolve("password"), password + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return new Source.Pem(files.chain(), files.key(), Optional.of(file));
  }

  private Source pem(IssuedCertificate certificate) {
    return pem(certificate.writePem(directory, "web"));
  }

  private Problem onlyError() {
    assertThat(problems.all().stream().filter(one -> one.severity() == Severity.ERROR))
        .as("%s", problems.all())
        .hasSize(1);
    return problems.all().stream()
        .filter(one -> one.severity() == Severity.ERROR)
        .findFirst()
        .orElseThrow();
  }

  static Stream<Arguments> certificates() {
    return Stream.of(
        Arguments.of(EC, KeyType.ECDSA, "secp256r1"), Arguments.of(RSA, KeyType.RSA, ""));
  }

  @ParameterizedTest
  @MethodSource("certificates")
  void load_everyForm_isTheSame(IssuedCertificate issued, KeyType type, String curve)
      throws IOException {
    Path password = Files.writeString(directory.resolve("p12.pass"), SECRET);
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    List<Source> sources =
        List.of(
            pem(issued.writePem(directory, "pkcs8")),
            pem(issued.writeTraditional(directory, "traditional")),
            pem(issued.writeEncryptedPkcs8(directory, "encrypted", SECRET), SECRET),
            pem(issued.writeLegacyEncrypted(directory, "legacy", SECRET), SECRET),
            new Source.Pkcs12(
                issued.writePkcs12(directory, "store", SECRET), Optional.of(password)));
    for (Source source : sources) {
      Optional<LoadedCertificate> read = load(source);
      assertThat(problems.all()).as("%s", source).isEmpty();
      LoadedCertificate loaded = read.orElseThrow();
      assertThat(loaded.chain()).isEqualTo(issued.chain());
      assertThat(loaded.keyType()).isEqualTo(type);
      assertThat(loaded.curve()).isEqualTo(curve);
      assertThat(loaded.names()).containsExactly("www.example.com");
      assertThat(loaded.notAfter()).isEqualTo(issued.leaf().getNotAfter().toInstant());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"secp384r1", "secp521r1"})
  void load_otherCurves_areKnown(String curve) {
    IssuedCertificate issued = CA.leaf("www").sans("www.example.com").ec(curve).issue();
    assertThat(load(pem(issued)).orElseThrow().curve()).isEqualTo(curve);
  }

  @Test
  void load_encryptedWithoutPassword_isAProblem() {
    load(pem(EC.writeEncryptedPkcs8(directory, "web", SECRET)));
    assertThat(onlyError().expected()).contains("key-password-file");
  }

  @Test
  void load_wrongPassword_isAProblem() throws IOException {
    load(pem(EC.writeEncryptedPkcs8(directory, "a", SECRET), "wrong"));
    assertThat(onlyError().found()).contains("which the password does not open");
    problems = new Problems("test");
    load(pem(EC.writeLegacyEncrypted(directory, "b", SECRET), "wrong"));
    assertThat(onlyError().found()).contains("which the password does not open");
    problems = new Problems("test");
    Path password = Files.writeString(directory.resolve("p12.pass"), "wrong");
    load(new Source.Pkcs12(EC.writePkcs12(directory, "c", SECRET), Optional.of(password)));
    assertThat(onlyError().found()).contains("which the password does not open");
  }

  @Test
  void load_missingFiles_areAllNamed() {
    Path none = directory.resolve("none");
    load(new Source.Pem(none, none, Optional.empty()));
    assertThat(problems.all())
        .extracting(Problem::path)
        .containsExactly("certificates[web].certificate", "certificates[web].key");
  }

  @Test
  void load_garbage_isUnreadable() throws IOException {
    Paths files = EC.writePem(directory, "web");
    Files.writeString(
        files.chain(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----");
    Files.writeString(files.key(), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
    load(pem(files));
    assertThat(problems.all()).hasSize(2).allMatch(one -> one.found().contains("cannot be read"));
    Files.writeString(files.chain(), "hello");
    Files.writeString(files.key(), "hello");
    problems = new Problems("test");
    load(pem(files));
    assertThat(problems.all()).hasSize(2).allMatch(one -> one.found().contains("without a"));
  }

  @ParameterizedTest
  @MethodSource("certificates")
  void load_otherKey_isMismatched(IssuedCertificate issued, KeyType type, String curve) {
    Paths other = CA.issueEc("other").writePem(directory, "other");
    load(new Source.Pem(issued.writePem(directory, "web").chain(), other.key(), Optional.empty()));
    assertThat(onlyError().found()).contains("not the certificate's");
  }

  @Test
  void load_outsideItsTime_isAProblem() {
    load(pem(CA.leaf("www").sans("www.example.com").expired().issue()));
    assertThat(onlyError().found()).contains("expired on");
    problems = new Problems("test");
    Instant tomorrow = Instant.now().plus(Duration.ofDays(1));
    load(
        pem(
            CA.leaf("www")
                .sans("www.example.com")
                .valid(tomorrow, tomorrow.plus(Duration.ofDays(90)))
                .issue()));
    assertThat(onlyError().found()).contains("not valid before");
  }

  @Test
  void load_soonExpired_isAWarning() {
    Instant end = EC.leaf().getNotAfter().toInstant();
    load(pem(EC), () -> end.minus(Duration.ofDays(15)));
    assertThat(problems.all()).isEmpty();
    load(pem(EC), () -> end.minus(Duration.ofDays(14)));
    assertThat(problems.all()).singleElement().satisfies(this::isWarning);
  }

  private void isWarning(Problem problem) {
    assertThat(problem.severity()).isEqualTo(Severity.WARNING);
  }

  @Test
  void load_weakRsa_isAProblem() {
    load(pem(CA.leaf("www").sans("www.example.com").rsa(1024).issue()));
    assertThat(onlyError().found()).contains("1024 bits");
  }

  @Test
  void load_chainOutOfOrder_isAProblem() {
    IssuedCertificate issued =
        CA.intermediate("First").intermediate("Second").issueEc("www", "www.example.com");
    List<X509Certificate> swapped =
        List.of(issued.chain().get(0), issued.chain().get(2), issued.chain().get(1));
    load(pem(new IssuedCertificate(swapped, issued.key())));
    assertThat(onlyError().expected()).contains("leaf first");
    problems = new Problems("test");
    assertThat(load(pem(issued))).isPresent();
    assertThat(problems.all()).isEmpty();
  }

  @Test
  void load_chainTooLong_isAProblem() throws IOException {
    Authority authority = CA;
    for (int i = 0; i < 11; i++) {
      authority = authority.intermediate("Level " + i);
    }
    IssuedCertificate issued = authority.issueEc("www", "www.example.com");
    load(pem(issued));
    assertThat(onlyError().found()).isEqualTo("12 certificates");
    problems = new Problems("test");
    Paths files = EC.writePem(directory, "long");
    Files.writeString(files.chain(), EC.chainPem() + "#".repeat(65_536));
    load(pem(files));
    assertThat(onlyError().expected()).isEqualTo("at most 65536");
  }

  @Test
  void load_issuerLeftOut_isAWarning() {
    IssuedCertificate alone = new IssuedCertificate(List.of(EC.leaf()), EC.key());
    load(pem(alone));
    assertThat(problems.all())
        .singleElement()
        .satisfies(this::isWarning)
        .satisfies(problem -> assertThat(problem.found()).contains("without its issuer"));
  }

  @Test
  void load_selfSigned_isComplete() {
    load(pem(TestCertificates.selfSigned("www", "www.example.com").issue()));
    assertThat(problems.all()).isEmpty();
  }

  @Test
  void load_namelessOrWithoutUsage_isAWarning() {
    LoadedCertificate loaded =
        load(pem(CA.leaf("www.example.com").withoutKeyUsage().issue())).orElseThrow();
    assertThat(loaded.names()).containsExactly("www.example.com");
    assertThat(problems.all())
        .extracting(Problem::found)
        .containsExactly(
            "a certificate without subject alternative names", "a certificate without key usage");
  }

  @Test
  void load_keyReadableByOthers_isAWarning() throws IOException {
    Paths files = EC.writePem(directory, "web");
    Files.setPosixFilePermissions(files.key(), PosixFilePermissions.fromString("rw-r--r--"));
    load(pem(files));
    assertThat(problems.all())
        .singleElement()
        .satisfies(this::isWarning)
        .satisfies(problem -> assertThat(problem.path()).isEqualTo("certificates[web].key"));
  }

  @Test
  void load_twice_saysThingsOnce() {
    Source source = pem(new IssuedCertificate(List.of(EC.leaf()), EC.key()));
    CertificateConfig config = new CertificateConfig("web", source);
    BalancerDocument document =
        new BalancerDocument(List.of(), List.of(), List.of(config), List.of());
    FileParts parts = FileParts.of(Optional.empty(), problems);
    try (TlsLoading loading = new TlsLoading(document, TlsEngine.JDK, parts, problems)) {
      Optional<LoadedCertificate> first = loading.load(config);
      assertThat(loading.load(config).orElseThrow()).isSameAs(first.orElseThrow());
    }
    assertThat(problems.all()).hasSize(1);
  }

  @Test
  void listener_sameNameAndKeyTypeTwice_isAProblem() {
    List<Problem> found =
        new TlsDocuments(directory)
            .with("one", EC)
            .with("two", CA.issueEc("again", "www.example.com"))
            .problems(TlsEngine.BORINGSSL);
    assertThat(found)
        .singleElement()
        .satisfies(one -> assertThat(one.found()).contains("one and two", "www.example.com"));
  }

  @Test
  void throwaway_always_isServable() throws IOException {
    ThrowawayCertificate made = ThrowawayCertificate.create();
    Path chain = Files.writeString(directory.resolve("demo.crt"), made.chainPem());
    Path key = Files.writeString(directory.resolve("demo.key"), made.keyPem());
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    LoadedCertificate loaded = load(new Source.Pem(chain, key, Optional.empty())).orElseThrow();
    assertThat(loaded.names()).containsExactly("localhost");
    List<String> found = new ArrayList<>();
    problems.all().forEach(problem -> found.add(problem.found()));
    assertThat(found).singleElement().satisfies(text -> assertThat(text).contains("expires on"));
    assertThat(made.toString()).doesNotContain("PRIVATE");
  }
}

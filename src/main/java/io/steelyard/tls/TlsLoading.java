package io.steelyard.tls;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.CertificateConfig;
import io.steelyard.config.FileKind;
import io.steelyard.config.FileParts;
import io.steelyard.config.FileParts.Key;
import io.steelyard.config.Problems;
import io.steelyard.config.TlsConfig.ClientAuth;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The TLS parts of one document while it is loaded: what several listeners and groups have in
 * common is read and handed to the engine once. Blocking; of one thread; closed when all is loaded.
 */
public final class TlsLoading implements AutoCloseable {

  /** Of parts that are made of their files alone. */
  private static final String NOTHING = "";

  private static final String WITHOUT_EFFECT = "without effect with the JDK's TLS engine";

  private final BalancerDocument document;
  private final TlsEngine engine;
  private final TlsHandling handling;
  private final RsaSigning signing;
  private final FileParts parts;
  private final Problems problems;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Map<String, CertificateConfig> certificates = new HashMap<>();
  private final Set<String> toldOfItsEnd = new HashSet<>();
  private final Map<StapledCertificate, CertificateContext.Credentials> credentials =
      new HashMap<>();

  /**
   * Of that document.
   *
   * @param parts of its files
   * @param problems gets what is wrong beyond the files
   */
  public TlsLoading(
      BalancerDocument document, TlsEngine engine, FileParts parts, Problems problems) {
    this(document, engine, TlsHandling.NATIVE, RsaSigning.byBoringSsl(), parts, problems);
  }

  /** The same, with another way to carry clients' records and to sign. */
  public TlsLoading(
      BalancerDocument document,
      TlsEngine engine,
      TlsHandling handling,
      RsaSigning signing,
      FileParts parts,
      Problems problems) {
    this(
        document,
        engine,
        handling,
        signing,
        parts,
        problems,
        InstantSource.system(),
        System::nanoTime);
  }

  /** With a test's clocks. */
  TlsLoading(
      BalancerDocument document,
      TlsEngine engine,
      TlsHandling handling,
      RsaSigning signing,
      FileParts parts,
      Problems problems,
      InstantSource clock,
      LongSupplier nanoTime) {
    this.document = document;
    this.engine = engine;
    this.handling = handling;
    this.signing = signing;
    this.parts = parts;
    this.problems = problems;
    this.clock = clock;
    this.nanoTime = nanoTime;
    document.certificates().forEach(one -> certificates.putIfAbsent(one.name(), one));
  }

  BalancerDocument document() {
    return document;
  }

  TlsEngine engine() {
    return engine;
  }

  TlsHandling handling() {
    return handling;
  }

  Problems problems() {
    return problems;
  }

  InstantSource clock() {
    return clock;
  }

  /** Keys of the process' own. */
  TicketKeys freshTicketKeys(Duration lifetime) {
    return new TicketKeys(lifetime, nanoTime);
  }

  Optional<CertificateConfig> certificate(String name) {
    return Optional.ofNullable(certificates.get(name));
  }

  Optional<LoadedCertificate> load(CertificateConfig config) {
    Key key = new Key(FileKind.CERTIFICATE, config.name(), config.source());
    Optional<LoadedCertificate> loaded =
        parts.get(
            key,
            "",
            CertificateLoader.files(config),
            NOTHING,
            (contents, found) -> CertificateLoader.load(config, contents, clock, found));
    loaded.ifPresent(this::warnOfItsEnd);
    return loaded;
  }

  /** One taken over from an earlier document was looked at when it was still valid. */
  private void warnOfItsEnd(LoadedCertificate certificate) {
    Instant end = certificate.notAfter();
    if (!clock.instant().isBefore(end) && toldOfItsEnd.add(certificate.name())) {
      String path = "certificates[" + certificate.name() + "]";
      problems.warning(path, "a certificate that expired on " + end, "one that is valid now");
    }
  }

  /** With its OCSP response, where the document names one. */
  Optional<StapledCertificate> loadStapled(CertificateConfig config) {
    Optional<LoadedCertificate> certificate = load(config);
    if (certificate.isEmpty() || config.ocspResponse().isEmpty()) {
      return certificate.map(loaded -> new StapledCertificate(loaded, Optional.empty()));
    }
    Optional<Staple> staple = staple(config, config.ocspResponse().get(), certificate.get());
    // While renewing, a certificate goes on without the response of the one before it.
    return problems.hasErrorAt(staplePath(config))
        ? Optional.empty()
        : Optional.of(new StapledCertificate(certificate.get(), staple));
  }

  private static String staplePath(CertificateConfig config) {
    return "certificates[" + config.name() + "].ocsp-response";
  }

  private Optional<Staple> staple(
      CertificateConfig config, Path file, LoadedCertificate certificate) {
    String path = staplePath(config);
    return parts.get(
        new Key(FileKind.OCSP_RESPONSE, config.name(), file),
        "",
        List.of(file),
        certificate,
        (contents, found) -> {
          if (engine == TlsEngine.JDK) {
            found.warning(path, WITHOUT_EFFECT, "engine boringssl");
          }
          return new StapleReader(certificate, path, found).read(file, contents, clock.instant());
        });
  }

  /** Whom a listener trusts. */
  Optional<TrustedClients> clients(ClientAuth auth, String place) {
    if (auth.mode() == ClientAuth.Mode.NONE) {
      return Optional.of(TrustedClients.NOBODY);
    }
    if (auth.ca().isEmpty()) {
      problems.error(place + ".ca", "none", "a PEM bundle of CA certificates");
      return Optional.empty();
    }
    List<Path> files = TrustedClients.files(auth);
    return parts.get(
        new Key(FileKind.CLIENT_CA, auth.ca().get().toString(), files),
        place,
        files,
        NOTHING,
        (contents, found) -> TrustedClients.read(auth, contents, clock.instant(), found));
  }

  /** Keys of a listener's file. */
  Optional<TicketKeys> ticketKeys(Path file, String place) {
    return parts.get(
        new Key(FileKind.TICKET_KEYS, file.toString(), file),
        place,
        List.of(file),
        NOTHING,
        (contents, found) -> {
          if (engine == TlsEngine.JDK) {
            found.warning("key-file", WITHOUT_EFFECT, "engine boringssl");
          }
          return TicketKeyFile.read(file, contents, "key-file", found).map(TicketKeys::ofFile);
        });
  }

  /** Whom a server group trusts to be its backends. */
  Optional<List<X509Certificate>> backendAnchors(Path file, String group, String place) {
    return parts.get(
        new Key(FileKind.BACKEND_TLS, group, file),
        place,
        List.of(file),
        NOTHING,
        (contents, found) -> TrustAnchors.read(file, contents, "ca", found));
  }

  /** The caller releases them. */
  CertificateContext.Credentials credentials(StapledCertificate served) throws TlsSetupException {
    CertificateContext.Credentials known = credentials.get(served);
    if (known == null) {
      Optional<OpenSslSigner> signer = signer(served.certificate());
      try {
        known = credentials(served, signer);
      } finally {
        signer.ifPresent(Shared::release);
      }
      credentials.put(served, known);
    }
    known.retain();
    return known;
  }

  private Optional<OpenSslSigner> signer(LoadedCertificate certificate) throws TlsSetupException {
    return handling == TlsHandling.NATIVE ? signing.signer(certificate.key()) : Optional.empty();
  }

  private static CertificateContext.Credentials credentials(
      StapledCertificate served, Optional<OpenSslSigner> signer) throws TlsSetupException {
    LoadedCertificate certificate = served.certificate();
    NativeCredential plain = NativeCredential.of(certificate, Optional.empty(), signer);
    try {
      return new CertificateContext.Credentials(
          plain,
          served.staple().isEmpty()
              ? null
              : NativeCredential.of(certificate, served.staple(), signer));
    } catch (TlsSetupException e) {
      plain.release();
      throw e;
    }
  }

  /** What was shared while loading is its users' alone. */
  @Override
  public void close() {
    credentials.values().forEach(CertificateContext.Credentials::release);
    credentials.clear();
  }
}

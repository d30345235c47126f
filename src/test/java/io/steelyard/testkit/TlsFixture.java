package io.steelyard.testkit;

import io.steelyard.config.CertificateConfig;
import io.steelyard.config.TlsConfig;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.Policy;
import io.steelyard.config.TlsConfig.Session;
import io.steelyard.config.TlsConfig.SniMatch;
import io.steelyard.config.TlsConfig.UnknownSni;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for {@code localhost} on disk, what a listener needs to serve it, and JDK clients
 * that trust it.
 */
public final class TlsFixture {

  private final TestCertificates.Authority authority = TestCertificates.authority("Test CA");
  private final IssuedCertificate issued = authority.issueEc("localhost", "localhost", "127.0.0.1");
  private final IssuedCertificate.Paths paths;

  public TlsFixture(Path directory) {
    paths = issued.writePem(directory, "web");
    authority.writePem(directory, "ca");
  }

  public TestCertificates.Authority authority() {
    return authority;
  }

  /** The certificate served. */
  public IssuedCertificate issued() {
    return issued;
  }

  public List<CertificateConfig> certificates() {
    return List.of(
        new CertificateConfig(
            "web", new CertificateConfig.Source.Pem(paths.chain(), paths.key(), Optional.empty())));
  }

  public TlsConfig config() {
    return config("intermediate");
  }

  public TlsConfig config(String policy) {
    return new TlsConfig(
        new Policy.Named(policy),
        List.of("web"),
        false,
        SniMatch.WILDCARD,
        UnknownSni.DEFAULT,
        ClientAuth.NONE,
        List.of(),
        Session.DEFAULT);
  }

  /** A context of the JDK that trusts the authority. */
  public SSLContext clientContext() {
    try {
      KeyStore anchors = KeyStore.getInstance("PKCS12");
      anchors.load(null, null);
      anchors.setCertificateEntry("ca", authority.certificate());
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(anchors);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Puts TLS of that version over a connected socket and completes the handshake. The socket stays
   * the caller's.
   */
  public SSLSocket secure(Socket plain, String version) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            clientContext()
                .getSocketFactory()
                .createSocket(plain, "localhost", plain.getPort(), false);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setServerNames(List.of(new SNIHostName("localhost")));
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }
}

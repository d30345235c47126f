package io.steelyard.tls;

import io.netty.internal.tcnative.CertificateVerifier;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What BoringSSL asks about a client's certificate, in the middle of the call that drives the
 * handshake and on its thread. Thread-safe.
 */
final class NativeVerifier extends CertificateVerifier {

  /** Between the question and the end of the call in which it is asked. */
  private static final ThreadLocal<ClientCertificateException> REFUSAL = new ThreadLocal<>();

  private final ClientVerifier clients;

  NativeVerifier(ClientVerifier clients) {
    this.clients = clients;
  }

  /**
   * Called by tcnative.
   *
   * @return X509_V_OK, or the code from which BoringSSL makes its alert
   */
  @Override
  public int verify(long ssl, byte[][] chain, String authMethod) {
    try {
      clients.check(parse(List.of(chain)).toArray(new X509Certificate[0]));
      return X509_V_OK;
    } catch (ClientCertificateException refused) {
      REFUSAL.set(refused);
      return NativeAlerts.code(refused);
    } catch (CertificateException | RuntimeException unreadable) {
      // Nothing may be thrown through native code. BoringSSL checks the leaf's outline alone.
      return X509_V_ERR_UNSPECIFIED;
    }
  }

  /** As they came, leaf first. */
  static List<X509Certificate> parse(List<byte[]> chain) throws CertificateException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>(chain.size());
    for (byte[] encoded : chain) {
      certificates.add(
          (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(encoded)));
    }
    return certificates;
  }

  /** The refusal of this thread's last handshake, once. */
  @Nullable ClientCertificateException takeRefusal() {
    ClientCertificateException refused = REFUSAL.get();
    REFUSAL.remove();
    return refused;
  }
}

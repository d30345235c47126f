package io.steelyard.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * A certificate chain and its key in native form, parsed once and shared by every connection that
 * shows it. Reference-counted; a connection keeps its own native references, so releasing ours cuts
 * nobody off.
 *
 * <p>Danger: with a key manager that has a key, Netty would hand key and chain over for each
 * handshake.
 */
abstract sealed class NativeCredential extends AbstractReferenceCounted
    permits KeyCredential, SignerCredential {

  /** Parses it. */
  static NativeCredential of(LoadedCertificate certificate) throws TlsSetupException {
    return of(certificate, Optional.empty());
  }

  /** Parses it; the staple goes to every client that asks. */
  static NativeCredential of(LoadedCertificate certificate, Optional<Staple> staple)
      throws TlsSetupException {
    return KeyCredential.of(certificate.chain(), certificate.key(), staple);
  }

  /** The same where that one, if any, signs; it stays the caller's. */
  static NativeCredential of(
      LoadedCertificate certificate, Optional<Staple> staple, Optional<OpenSslSigner> signer)
      throws TlsSetupException {
    return signer.isEmpty()
        ? of(certificate, staple)
        : SignerCredential.of(certificate.chain(), signer.get(), staple);
  }

  /**
   * Whether BoringSSL takes the key for the certificate's, by the public point that it computes of
   * it.
   *
   * @return false, too, where there is no BoringSSL or it does not take one of them at all
   */
  static boolean isPair(PrivateKey key, X509Certificate certificate) {
    if (!OpenSsl.isAvailable()) {
      return false;
    }
    try {
      KeyCredential.of(List.of(certificate), key, Optional.empty()).release();
      return true;
    } catch (TlsSetupException unlike) {
      return false;
    }
  }

  /** Whether its connections need a context that {@linkplain BoringSslContext#asksForKeys asks}. */
  abstract boolean hasSigner();

  /**
   * Gives it to one connection.
   *
   * @return who signs for that connection, for the caller to release; empty where BoringSSL does
   */
  Optional<OpenSslSigner> addTo(long ssl) {
    retain();
    try {
      return give(ssl);
    } catch (Exception e) {
      // tcnative declares Exception; out of memory is the only cause.
      throw new IllegalStateException("BoringSSL does not take the credential", e);
    } finally {
      release();
    }
  }

  abstract Optional<OpenSslSigner> give(long ssl) throws Exception;

  @Override
  public ReferenceCounted touch(Object hint) {
    return this;
  }
}

package io.steelyard.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLCredential;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * A certificate chain and its key in BoringSSL's own form (SSL_CREDENTIAL), parsed once and shared
 * by every connection that shows it. Reference-counted; a connection keeps its own native
 * reference, so releasing ours cuts nobody off.
 *
 * <p>Danger: with a key manager that has a key, Netty would hand key and chain over for each
 * handshake.
 */
final class NativeCredential extends AbstractReferenceCounted {

  private final long credential;

  private NativeCredential(long credential) {
    this.credential = credential;
  }

  /** Parses it. */
  static NativeCredential of(LoadedCertificate certificate) throws TlsSetupException {
    return of(certificate, Optional.empty());
  }

  /** Parses it; the staple goes to every client that asks. */
  static NativeCredential of(LoadedCertificate certificate, Optional<Staple> staple)
      throws TlsSetupException {
    return of(certificate.chain(), certificate.key(), staple);
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
      of(List.of(certificate), key, Optional.empty()).release();
      return true;
    } catch (TlsSetupException unlike) {
      return false;
    }
  }

  private static NativeCredential of(
      List<X509Certificate> certificates, PrivateKey privateKey, Optional<Staple> staple)
      throws TlsSetupException {
    long chain = 0;
    long key = 0;
    long credential = 0;
    boolean complete = false;
    try {
      chain = NativePem.parse(NativePem.of(certificates), SSL::parseX509Chain);
      key = NativePem.parse(NativePem.of(privateKey), bio -> SSL.parsePrivateKey(bio, null));
      credential = SSLCredential.newX509();
      SSLCredential.setCertChain(credential, chain);
      SSLCredential.setPrivateKey(credential, key);
      if (staple.isPresent()) {
        SSLCredential.setOcspResponse(credential, staple.get().response());
      }
      complete = true;
      return new NativeCredential(credential);
    } catch (Exception e) {
      // tcnative declares Exception.
      throw new TlsSetupException("BoringSSL does not take the certificate", e);
    } finally {
      if (chain != 0) {
        SSL.freeX509Chain(chain);
      }
      if (key != 0) {
        SSL.freePrivateKey(key);
      }
      if (!complete && credential != 0) {
        free(credential);
      }
    }
  }

  /** Gives it to one connection. */
  void addTo(long ssl) {
    retain();
    try {
      SSL.addCredential(ssl, credential);
    } catch (Exception e) {
      // tcnative declares Exception; out of memory is the only cause.
      throw new IllegalStateException("BoringSSL does not take the credential", e);
    } finally {
      release();
    }
  }

  @Override
  protected void deallocate() {
    free(credential);
  }

  private static void free(long credential) {
    try {
      SSLCredential.free(credential);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public ReferenceCounted touch(Object hint) {
    return this;
  }
}

package io.steelyard.tls;

import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLCredential;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** A chain and its key in BoringSSL's own form (SSL_CREDENTIAL). */
final class KeyCredential extends NativeCredential {

  private final long credential;

  private KeyCredential(long credential) {
    this.credential = credential;
  }

  /** Parses both. */
  static NativeCredential of(
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
      return new KeyCredential(credential);
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

  @Override
  boolean hasSigner() {
    return false;
  }

  @Override
  Optional<OpenSslSigner> give(long ssl) throws Exception {
    SSL.addCredential(ssl, credential);
    return Optional.empty();
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
}

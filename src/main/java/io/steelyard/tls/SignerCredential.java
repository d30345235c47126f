package io.steelyard.tls;

import io.netty.internal.tcnative.SSL;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** A chain whose key BoringSSL does not hold: OpenSSL signs with it ({@link NativeKeyCalls}). */
final class SignerCredential extends NativeCredential {

  /** STACK_OF(CRYPTO_BUFFER); connections only read it. */
  private final long chain;

  private final byte[] response;
  private final OpenSslSigner signer;

  private SignerCredential(long chain, byte[] response, OpenSslSigner signer) {
    this.chain = chain;
    this.response = response;
    this.signer = signer;
  }

  /** Parses the chain; the signer gets a user more. */
  static NativeCredential of(
      List<X509Certificate> certificates, OpenSslSigner signer, Optional<Staple> staple)
      throws TlsSetupException {
    try {
      byte[] response = staple.map(Staple::response).orElseGet(() -> new byte[0]);
      long chain = NativePem.parse(NativePem.of(certificates), SSL::parseX509Chain);
      signer.retain();
      return new SignerCredential(chain, response, signer);
    } catch (Exception e) {
      // tcnative declares Exception.
      throw new TlsSetupException("BoringSSL does not take the certificate", e);
    }
  }

  /** Stays the credential's. */
  OpenSslSigner signer() {
    return signer;
  }

  @Override
  boolean hasSigner() {
    return true;
  }

  @Override
  Optional<OpenSslSigner> give(long ssl) throws Exception {
    // Without a key tcnative has BoringSSL ask the context's.
    SSL.setKeyMaterial(ssl, chain, 0);
    if (response.length > 0) {
      SSL.setOcspResponse(ssl, response);
    }
    signer.retain();
    return Optional.of(signer);
  }

  @Override
  protected void deallocate() {
    SSL.freeX509Chain(chain);
    signer.release();
  }
}

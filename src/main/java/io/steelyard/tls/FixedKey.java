package io.steelyard.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * A key manager with one certificate to show, or with none of its own because BoringSSL already has
 * it natively. Immutable.
 *
 * <p>For BoringSSL it must still choose an alias: Netty fails a handshake without one, but goes on,
 * leaving the native certificate in place, where the alias has no chain ({@code
 * OpenSslKeyMaterialManager.setKeyMaterial}).
 */
final class FixedKey extends X509ExtendedKeyManager {

  private static final String ALIAS = "own";

  private final X509Certificate @Nullable [] chain;
  private final @Nullable PrivateKey key;

  private FixedKey(X509Certificate @Nullable [] chain, @Nullable PrivateKey key) {
    this.chain = chain;
    this.key = key;
  }

  /** For the JDK engine. */
  static FixedKey of(LoadedCertificate certificate) {
    X509Certificate[] chain = certificate.chain().toArray(new X509Certificate[0]);
    return new FixedKey(chain, certificate.key());
  }

  /** For BoringSSL, with the certificate set natively. */
  static FixedKey natively() {
    return new FixedKey(null, null);
  }

  @Override
  public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
    return ALIAS;
  }

  @Override
  public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
    return ALIAS;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return chain == null ? null : chain.clone();
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return key;
  }

  @Override
  public String[] getClientAliases(String type, Principal[] issuers) {
    return new String[] {ALIAS};
  }

  @Override
  public String[] getServerAliases(String type, Principal[] issuers) {
    return new String[] {ALIAS};
  }

  @Override
  public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
    return ALIAS;
  }

  @Override
  public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
    return ALIAS;
  }
}

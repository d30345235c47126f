package io.steelyard.tls;

import io.steelyard.config.ListenerConfig;
import io.steelyard.config.TlsConfig;
import io.steelyard.config.TlsConfig.AllowRules;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.SniMatch;
import io.steelyard.config.TlsConfig.UnknownSni;
import io.steelyard.tls.SecurityPolicy.Effective;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides about a listener's engine contexts but for the certificates: where it is
 * equal, contexts go on from one revision to the next.
 *
 * @param tls without what the contexts do not know of
 * @param tickets null where sessions are not resumed
 */
record ContextSettings(
    TlsEngine engine,
    TlsHandling handling,
    String listener,
    TlsConfig tls,
    Effective policy,
    TrustedClients clients,
    @Nullable TicketKeys tickets) {

  static ContextSettings of(
      TlsEngine engine,
      TlsHandling handling,
      ListenerConfig listener,
      Effective policy,
      TrustedClients clients,
      @Nullable TicketKeys tickets) {
    TlsConfig tls = listener.tls().orElseThrow();
    TlsConfig known =
        new TlsConfig(
            tls.policy(),
            List.of(),
            tls.allowLegacyTls(),
            SniMatch.WILDCARD,
            UnknownSni.DEFAULT,
            tls.clientAuth(),
            tls.alpn(),
            tls.session());
    return new ContextSettings(engine, handling, listener.name(), known, policy, clients, tickets);
  }

  boolean asksClients() {
    return tls.clientAuth().mode() != ClientAuth.Mode.NONE;
  }

  /**
   * At most 32 bytes: a session resumes only where everything that let its client in is still the
   * same.
   */
  byte[] sessionIdContext() {
    MessageDigest digest = sha256();
    ClientAuth auth = tls.clientAuth();
    add(digest, listener);
    add(digest, auth.mode().name());
    add(digest, Integer.toString(auth.depth()));
    add(digest, clients.digest());
    addRules(digest, auth.allow());
    return digest.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void addRules(MessageDigest digest, Optional<AllowRules> allow) {
    add(digest, Boolean.toString(allow.isPresent()));
    List<List<String>> kinds =
        allow
            .map(rules -> List.of(rules.cn(), rules.dns(), rules.uri(), rules.fingerprint()))
            .orElse(List.of());
    for (List<String> kind : kinds) {
      add(digest, Integer.toString(kind.size()));
      kind.forEach(rule -> add(digest, rule));
    }
  }

  /** With its length before it, so that no two different settings run together to the same text. */
  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(Integer.toString(bytes.length).getBytes(StandardCharsets.US_ASCII));
    digest.update((byte) ':');
    digest.update(bytes);
  }
}

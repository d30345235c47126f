package io.steelyard.tls;

import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.steelyard.flow.HandshakeFailure;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Reads from an engine's exception why a handshake failed. The engines have no codes, so their
 * texts are looked at: BoringSSL's reason names (err_data, {@code SSL_R_…}) and the JDK's English
 * messages.
 */
final class HandshakeErrors {

  /** In this order: an alert that the client sent quotes other reasons. */
  private static final List<Map.Entry<String, HandshakeFailure>> TEXTS =
      List.of(
          Map.entry("PEER_DID_NOT_RETURN_A_CERTIFICATE", HandshakeFailure.CLIENT_CERT_MISSING),
          Map.entry("Empty client certificate chain", HandshakeFailure.CLIENT_CERT_MISSING),
          Map.entry("_ALERT_", HandshakeFailure.CLIENT_ALERT),
          Map.entry("Received fatal alert", HandshakeFailure.CLIENT_ALERT),
          Map.entry("NO_SHARED_CIPHER", HandshakeFailure.NO_SHARED_CIPHER),
          Map.entry("NO_SHARED_GROUP", HandshakeFailure.NO_SHARED_CIPHER),
          Map.entry("NO_COMMON_SIGNATURE_ALGORITHMS", HandshakeFailure.NO_SHARED_CIPHER),
          Map.entry("no cipher suites in common", HandshakeFailure.NO_SHARED_CIPHER),
          Map.entry("UNSUPPORTED_PROTOCOL", HandshakeFailure.NO_SHARED_VERSION),
          Map.entry("INAPPROPRIATE_FALLBACK", HandshakeFailure.NO_SHARED_VERSION),
          Map.entry("is not enabled or supported", HandshakeFailure.NO_SHARED_VERSION),
          Map.entry("BAD_SIGNATURE", HandshakeFailure.CLIENT_CERT_INVALID),
          Map.entry("CERTIFICATE_VERIFY_FAILED", HandshakeFailure.CLIENT_CERT_INVALID));

  private HandshakeErrors() {}

  static HandshakeFailure classify(Throwable cause) {
    ClientCertificateException refused = find(cause, ClientCertificateException.class);
    if (refused != null) {
      return refused.failure();
    }
    if (find(cause, SslHandshakeTimeoutException.class) != null) {
      return HandshakeFailure.TIMEOUT;
    }
    if (find(cause, NotSslRecordException.class) != null) {
      return HandshakeFailure.NOT_TLS;
    }
    for (Throwable at = cause; at != null; at = at.getCause()) {
      HandshakeFailure told = at.getMessage() == null ? null : known(at.getMessage());
      if (told != null) {
        return told;
      }
    }
    if (find(cause, ClosedChannelException.class) != null) {
      return HandshakeFailure.DISCONNECT;
    }
    boolean ofTls = find(cause, SSLException.class) != null;
    boolean ofNetwork = !ofTls && find(cause, IOException.class) != null;
    return ofNetwork ? HandshakeFailure.DISCONNECT : HandshakeFailure.NOT_TLS;
  }

  /** The same from the text of BoringSSL's error alone. */
  static HandshakeFailure classify(String error) {
    HandshakeFailure told = known(error);
    return told == null ? HandshakeFailure.NOT_TLS : told;
  }

  private static @Nullable HandshakeFailure known(String message) {
    for (Map.Entry<String, HandshakeFailure> text : TEXTS) {
      if (message.contains(text.getKey())) {
        return text.getValue();
      }
    }
    return null;
  }

  private static <T extends Throwable> @Nullable T find(Throwable cause, Class<T> type) {
    for (Throwable at = cause; at != null; at = at.getCause()) {
      if (type.isInstance(at)) {
        return type.cast(at);
      }
      for (Throwable suppressed : at.getSuppressed()) {
        if (type.isInstance(suppressed)) {
          return type.cast(suppressed);
        }
      }
    }
    return null;
  }
}

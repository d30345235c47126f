package io.steelyard.admin;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whom the client CA vouches for now. Connections, and sessions that resume, were let in by the CA
 * of their handshake, which may have been exchanged since. Read by one thread at a time, asked by
 * any.
 */
final class ClientAuthorities {

  private static final int MAX_BYTES = 1 << 20;

  /** Each is verified once; beyond that, each time. */
  private static final int MAX_KNOWN = 256;

  private byte[] lastTried = new byte[0];
  private volatile @Nullable Trust trust;

  /** Looks whether the file's content is another one (blocking); a broken one changes nothing. */
  void refresh(Vertx vertx, Path file) {
    try (InputStream input = Files.newInputStream(file)) {
      byte[] now = input.readNBytes(MAX_BYTES);
      if (!Arrays.equals(now, lastTried)) {
        lastTried = now;
        PemTrustOptions authorities = new PemTrustOptions().addCertValue(Buffer.buffer(now));
        var managers = authorities.getTrustManagerFactory(vertx).getTrustManagers();
        trust = new Trust((X509TrustManager) managers[0], new ConcurrentHashMap<>());
      }
    } catch (IOException unreadable) {
      // Whoever opens the server's TLS tells of it.
    } catch (Exception broken) {
      // Vert.x declares Exception. As above.
    }
  }

  /** Whether it would let them in today. */
  boolean vouchFor(X509Certificate[] chain) {
    Trust now = trust;
    if (now == null || chain.length == 0) {
      return false;
    }
    Boolean known = now.known.get(chain[0]);
    if (known != null) {
      return known;
    }
    boolean vouched = now.verifies(chain);
    if (now.known.size() < MAX_KNOWN) {
      now.known.put(chain[0], vouched);
    }
    return vouched;
  }

  /** One content of the file, with what it said before. */
  private record Trust(X509TrustManager manager, Map<X509Certificate, Boolean> known) {

    boolean verifies(X509Certificate[] chain) {
      try {
        manager.checkClientTrusted(chain, "UNKNOWN");
        return true;
      } catch (CertificateException refused) {
        return false;
      }
    }
  }
}

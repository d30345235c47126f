package io.steelyard.admin;

import io.steelyard.admin.AdminSettings.AdminTls;
import io.steelyard.config.Problems;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.jboss.logging.Logger;

/**
 * Key, certificate and client CA of the admin API, read again when their content changes:
 * handshakes after that use the new ones. What does not fit together changes nothing.
 */
final class AdminTlsFiles {

  private static final Logger LOG = Logger.getLogger(AdminTlsFiles.class);
  private static final String SETTING = "steelyard.admin.tls";
  private static final long REFRESH_MILLIS = 5000;
  private static final long MAX_BYTES = 1 << 20;

  private final Vertx vertx;
  private final AdminTls files;
  private final RenewedKey key = new RenewedKey();
  private final RenewedTrust trust = new RenewedTrust();
  private List<byte[]> lastTried = List.of();

  private AdminTlsFiles(Vertx vertx, AdminTls files) {
    this.vertx = vertx;
    this.files = files;
  }

  /** Reads them (blocking), and goes on looking whether they have changed. */
  static AdminTlsFiles open(Vertx vertx, AdminTls files, Problems problems) {
    AdminTlsFiles opened = new AdminTlsFiles(vertx, files);
    try {
      opened.lastTried = opened.read();
      opened.take(opened.lastTried);
    } catch (Exception e) {
      problems.error(SETTING, String.valueOf(e.getMessage()), "a PEM certificate and its key");
      return opened;
    }
    vertx.setPeriodic(
        REFRESH_MILLIS,
        timer ->
            vertx.executeBlocking(
                () -> {
                  opened.refresh();
                  return opened;
                }));
    return opened;
  }

  void applyTo(HttpServerOptions options) {
    options
        .setSsl(true)
        .setKeyCertOptions(KeyCertOptions.wrap(key))
        .setEnabledSecureTransportProtocols(Set.of("TLSv1.2", "TLSv1.3"));
    if (files.clientCa().isPresent()) {
      // Asked for, not insisted on: callers with a token need none.
      options.setClientAuth(ClientAuth.REQUEST).setTrustOptions(TrustOptions.wrap(trust));
    }
  }

  private void refresh() {
    List<byte[]> now;
    try {
      now = read();
    } catch (IOException e) {
      return;
    }
    if (same(now, lastTried)) {
      return;
    }
    lastTried = now;
    try {
      take(now);
      LOG.infof("admin certificate read again file=%s", files.certificate());
    } catch (Exception e) {
      LOG.warnf("admin certificate not renewed, the old one stays: %s", e.getMessage());
    }
  }

  private static boolean same(List<byte[]> left, List<byte[]> right) {
    for (int i = 0; i < left.size(); i++) {
      if (!Arrays.equals(left.get(i), right.get(i))) {
        return false;
      }
    }
    return true;
  }

  private List<byte[]> read() throws IOException {
    List<byte[]> all = new ArrayList<>();
    all.add(read(files.certificate()));
    all.add(read(files.key()));
    if (files.clientCa().isPresent()) {
      all.add(read(files.clientCa().get()));
    }
    return all;
  }

  private static byte[] read(Path file) throws IOException {
    if (!Files.isReadable(file) || Files.size(file) > MAX_BYTES) {
      throw new IOException(file + " is no file that can be read");
    }
    return Files.readAllBytes(file);
  }

  /** Both or neither: key and certificate may be replaced one after the other. */
  private void take(List<byte[]> texts) throws Exception {
    KeyManager[] keys =
        new PemKeyCertOptions()
            .addCertValue(Buffer.buffer(texts.get(0)))
            .addKeyValue(Buffer.buffer(texts.get(1)))
            .getKeyManagerFactory(vertx)
            .getKeyManagers();
    X509ExtendedKeyManager newKey = (X509ExtendedKeyManager) keys[0];
    KeyPairCheck.check(newKey);
    if (texts.size() > 2) {
      TrustManager[] trusted =
          new PemTrustOptions()
              .addCertValue(Buffer.buffer(texts.get(2)))
              .getTrustManagerFactory(vertx)
              .getTrustManagers();
      trust.set((X509TrustManager) trusted[0]);
    }
    key.set(newKey);
  }
}

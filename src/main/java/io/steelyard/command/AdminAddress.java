package io.steelyard.command;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Where an admin API is and what is shown to it: from options, else from the environment.
 *
 * @param url {@code http} or {@code https}, with or without a path that a proxy wants
 * @param token to be presented
 * @param ca PEM bundle that vouches for the server; absent: the platform's authorities
 */
record AdminAddress(URI url, Optional<String> token, Optional<Path> ca) {

  static final String DEFAULT_URL = "http://127.0.0.1:9901";
  private static final String API = "/api/v1";
  private static final int MAX_TOKEN_FILE = 4096;

  /** Reads the token's file (blocking). */
  static AdminAddress of(Arguments arguments, UnaryOperator<@Nullable String> environment)
      throws Unusable {
    String url =
        arguments
            .value("--url")
            .or(() -> Optional.ofNullable(environment.apply("STEELYARD_ADMIN_URL")))
            .orElse(DEFAULT_URL);
    Optional<String> tokenFile =
        arguments
            .value("--token-file")
            .or(() -> Optional.ofNullable(environment.apply("STEELYARD_TOKEN_FILE")));
    Optional<String> token =
        arguments.value("--token-file").isPresent()
            ? Optional.empty()
            : Optional.ofNullable(environment.apply("STEELYARD_TOKEN"));
    if (token.isEmpty() && tokenFile.isPresent()) {
      token = Optional.of(read(tokenFile.get()));
    }
    Optional<Path> ca =
        arguments
            .value("--ca")
            .or(() -> Optional.ofNullable(environment.apply("STEELYARD_ADMIN_CA")))
            .map(Path::of);
    AdminAddress address = new AdminAddress(checked(url), token.map(AdminAddress::header), ca);
    if (token.isPresent() && !address.secure() && !address.isLoopback()) {
      throw new Unusable(url + ": a token would travel in clear: use https");
    }
    return address;
  }

  private static URI checked(String text) throws Unusable {
    try {
      URI url = new URI(text);
      boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      if (http && url.getHost() != null && url.getRawQuery() == null && url.getUserInfo() == null) {
        return url;
      }
    } catch (URISyntaxException notAnUrl) {
      // Said below.
    }
    throw new Unusable(text + " is no address of an admin API, such as " + DEFAULT_URL);
  }

  private static String read(String file) throws Unusable {
    try (InputStream input = Files.newInputStream(Path.of(file))) {
      return new String(input.readNBytes(MAX_TOKEN_FILE), StandardCharsets.UTF_8);
    } catch (IOException | InvalidPathException e) {
      throw new Unusable("the token's file cannot be read: " + file);
    }
  }

  /** Nothing that would end the header: a token is one printable word. */
  private static String header(String text) {
    return text.strip().replaceAll("[^\\x21-\\x7e]", "");
  }

  private boolean isLoopback() {
    try {
      return InetAddress.getByName(host()).isLoopbackAddress();
    } catch (UnknownHostException unknown) {
      return false;
    }
  }

  boolean secure() {
    return url.getScheme().equals("https");
  }

  String host() {
    String host = url.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  int port() {
    return url.getPort() >= 0 ? url.getPort() : secure() ? 443 : 80;
  }

  String authority() {
    return url.getHost() + ":" + port();
  }

  String basePath() {
    String path = Optional.ofNullable(url.getRawPath()).orElse("");
    return (path.endsWith("/") ? path.substring(0, path.length() - 1) : path) + API;
  }

  /** Sockets that believe those authorities (blocking). */
  SSLSocketFactory trust() throws Unusable {
    if (ca.isEmpty()) {
      return (SSLSocketFactory) SSLSocketFactory.getDefault();
    }
    try (InputStream input = Files.newInputStream(ca.get())) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(input)) {
        store.setCertificateEntry("ca-" + store.size(), each);
      }
      TrustManagerFactory trusted =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusted.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trusted.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (IOException | GeneralSecurityException e) {
      throw new Unusable(ca.get() + " holds no PEM certificates that can be used");
    }
  }

  /** Why nothing can be asked; the message is for people. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    Unusable(String reason) {
      super(reason);
    }
  }
}

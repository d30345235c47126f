package io.steelyard.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Which TLS implementation carries the handshakes and records. */
public enum TlsEngine {
  /** BoringSSL through netty-tcnative: the engine. */
  BORINGSSL,
  /** The JDK's own: a fallback by setting. */
  JDK;

  /**
   * Also stands in the build file, where a test compares them: netty-tcnative does not say it at
   * run time.
   */
  public static final String TCNATIVE_VERSION = "2.0.78";

  /**
   * Why it cannot be loaded on this machine, or the empty string. The first call loads it
   * (blocking).
   */
  public String unavailable() {
    if (this == JDK) {
      return "";
    }
    if (!OpenSsl.isAvailable()) {
      return "netty-tcnative cannot be loaded: " + rootMessage(OpenSsl.unavailabilityCause());
    }
    String library = OpenSsl.versionString();
    return "BoringSSL".equals(library)
        ? ""
        : "netty-tcnative brings " + library + ", not BoringSSL";
  }

  /** For people: {@code BoringSSL (netty-tcnative 2.0.78)}, {@code JDK 25.0.3}. */
  public String description() {
    if (this == JDK) {
      return "JDK "
          + Runtime.version().version().stream()
              .map(String::valueOf)
              .collect(Collectors.joining("."));
    }
    return "BoringSSL (netty-tcnative " + TCNATIVE_VERSION + ")";
  }

  /**
   * The reference-counted OpenSSL provider: no finalizer per flow (a native executable runs none),
   * native memory goes when the last reference does.
   */
  SslProvider provider() {
    return this == JDK ? SslProvider.JDK : SslProvider.OPENSSL_REFCNT;
  }

  /** What it can do on this machine. */
  EngineAbilities abilities() {
    return EngineAbilities.of(this);
  }

  /** Its versions, oldest first. */
  List<ProtocolVersion> versions() {
    return Arrays.stream(ProtocolVersion.values())
        .filter(abilities().versions()::contains)
        .toList();
  }

  /** Netty tries the library under several names and keeps each failure; the first is the usual. */
  private static String rootMessage(Throwable cause) {
    Throwable root = cause;
    if (root instanceof IllegalArgumentException && root.getSuppressed().length > 0) {
      root = root.getSuppressed()[0];
    }
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }
}

package io.steelyard.config;

import java.util.List;
import java.util.Map;

/** Named ALPN lists; names and orders are Alibaba Cloud's (NLB, CreateListener, AlpnPolicy). */
final class AlpnPolicies {

  private static final String HTTP1 = "http/1.1";
  private static final String HTTP2 = "h2";

  private static final Map<String, List<String>> BY_NAME =
      Map.of(
          "none", List.of(),
          "http1-only", List.of(HTTP1),
          "http2-only", List.of(HTTP2),
          "http2-optional", List.of(HTTP1, HTTP2),
          "http2-preferred", List.of(HTTP2, HTTP1));

  static final List<String> NAMES =
      List.of("none", "http1-only", "http2-only", "http2-optional", "http2-preferred");

  private AlpnPolicies() {}

  static boolean isPolicy(String name) {
    return BY_NAME.containsKey(name);
  }

  /** Protocols in the server's order. */
  static List<String> protocols(String name) {
    List<String> protocols = BY_NAME.get(name);
    if (protocols == null) {
      throw new IllegalStateException("no ALPN policy " + name);
    }
    return protocols;
  }
}

package io.steelyard.tls;

import java.util.Arrays;
import java.util.Optional;

/**
 * A TLS version, oldest first, with its name in documents and engines and its number on the wire.
 */
enum ProtocolVersion {
  TLS_1_0("TLSv1", 0x0301),
  TLS_1_1("TLSv1.1", 0x0302),
  TLS_1_2("TLSv1.2", 0x0303),
  TLS_1_3("TLSv1.3", 0x0304);

  private final String text;
  private final int code;

  ProtocolVersion(String text, int code) {
    this.text = text;
    this.code = code;
  }

  String text() {
    return text;
  }

  int code() {
    return code;
  }

  /** Whether only {@code allow-legacy-tls} opens it. */
  boolean isLegacy() {
    return compareTo(TLS_1_2) < 0;
  }

  /** {@code TLSv1.0} is taken for {@code TLSv1} as well. */
  static Optional<ProtocolVersion> named(String name) {
    String text = name.equals("TLSv1.0") ? "TLSv1" : name;
    return Arrays.stream(values()).filter(version -> version.text.equals(text)).findFirst();
  }
}

package io.steelyard.tls;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A key exchange group that listeners can be told to offer.
 *
 * <p>Source of the numbers: IANA TLS Supported Groups registry.
 */
enum NamedGroup {
  X25519MLKEM768("X25519MLKEM768", 4588, "X25519MLKEM768"),
  X25519("X25519", 29, "x25519"),
  SECP256R1("secp256r1", 23, "secp256r1", "P-256", "prime256v1"),
  SECP384R1("secp384r1", 24, "secp384r1", "P-384"),
  SECP521R1("secp521r1", 25, "secp521r1", "P-521");

  private final String text;
  private final int code;
  private final String jdkName;
  private final List<String> aliases;

  NamedGroup(String text, int code, String jdkName, String... aliases) {
    this.text = text;
    this.code = code;
    this.jdkName = jdkName;
    this.aliases = List.of(aliases);
  }

  /** IANA name. */
  String text() {
    return text;
  }

  int code() {
    return code;
  }

  String jdkName() {
    return jdkName;
  }

  /** BoringSSL knows the NIST curves by their NIST names. */
  String boringSslName() {
    return aliases.isEmpty() ? text : aliases.getFirst();
  }

  static Optional<NamedGroup> named(String name) {
    return Arrays.stream(values())
        .filter(
            group ->
                group.text.equalsIgnoreCase(name)
                    || group.aliases.stream().anyMatch(name::equalsIgnoreCase))
        .findFirst();
  }

  /** The same, {@code none} where no key exchange took place. */
  static String nameOf(OptionalInt code) {
    return code.isPresent() ? nameOf(code.getAsInt()) : "none";
  }

  /** The IANA name of a code point, {@code 0x…} where we have no name. */
  static String nameOf(int code) {
    for (NamedGroup group : values()) {
      if (group.code == code) {
        return group.text;
      }
    }
    return switch (code) {
      case 30 -> "X448";
      case 4587 -> "SecP256r1MLKEM768";
      case 4589 -> "SecP384r1MLKEM1024";
      default -> String.format(Locale.ROOT, "0x%04x", code);
    };
  }
}

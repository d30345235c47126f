package io.steelyard.tls;

import io.steelyard.wire.ClientHello;
import java.util.List;
import java.util.Optional;

/** ClientHellos of well-known kinds. */
final class Hellos {

  static final int TLS12 = 0x0303;
  static final int TLS13 = 0x0304;

  private Hellos() {}

  static ClientHello modern(String serverName, String... alpn) {
    return new ClientHello(
        List.of(TLS13, TLS12),
        List.of(0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030),
        List.of(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501),
        List.of(4588, 29, 23, 24),
        serverName.isEmpty() ? Optional.empty() : Optional.of(serverName),
        List.of(alpn));
  }

  static ClientHello tls12(List<Integer> suites, List<Integer> signatures, List<Integer> groups) {
    return new ClientHello(
        List.of(TLS12), suites, signatures, groups, Optional.empty(), List.of());
  }

  static ClientHello tls13(List<Integer> signatures) {
    return new ClientHello(
        List.of(TLS13), List.of(0x1301), signatures, List.of(29, 23), Optional.empty(), List.of());
  }
}

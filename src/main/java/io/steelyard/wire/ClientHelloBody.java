package io.steelyard.wire;

import io.steelyard.wire.ClientHelloReader.Result;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The inside of a whole ClientHello message (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2). */
final class ClientHelloBody {

  private static final int RANDOM_BYTES = 32;
  private static final int MAX_SESSION_ID_BYTES = 32;

  private static final int SERVER_NAME = 0; // RFC 6066 §3
  private static final int SUPPORTED_GROUPS = 10; // RFC 8446 §4.2.7
  private static final int SIGNATURE_ALGORITHMS = 13; // RFC 8446 §4.2.3
  private static final int ALPN = 16; // RFC 7301 §3.1
  private static final int SUPPORTED_VERSIONS = 43; // RFC 8446 §4.2.1

  private static final int HOST_NAME = 0;
  private static final int TLS_1_0 = 0x0301;
  private static final int TLS_1_2 = 0x0303;

  /** Room for the extensions of the usual client; grows. */
  private static final int USUAL_EXTENSIONS = 32;

  private final Cursor body;
  private final List<Integer> cipherSuites = new ArrayList<>();
  private @Nullable List<Integer> versions;
  private List<Integer> signatureAlgorithms = List.of();
  private List<Integer> groups = List.of();
  private List<String> alpn = List.of();
  private @Nullable String serverName;
  private int[] extensionTypes = new int[USUAL_EXTENSIONS];
  private int extensions;
  private Result.@Nullable Invalid problem;

  private ClientHelloBody(Cursor body) {
    this.body = body;
  }

  /** Reads the message that the cursor spans, without its 4-byte header. */
  static Result read(Cursor body) {
    return new ClientHelloBody(body).result();
  }

  private Result result() {
    int legacyVersion = body.u16();
    if (!body.isBroken() && legacyVersion >> 8 != TLS_1_0 >> 8) {
      return new Result.Invalid("ClientHello version is not TLS", Alert.PROTOCOL_VERSION);
    }
    body.skip(RANDOM_BYTES);
    int sessionIdLength = body.u8();
    if (sessionIdLength > MAX_SESSION_ID_BYTES) {
      fail("session id");
    }
    body.skip(sessionIdLength);
    numbers(body.block(body.u16()), cipherSuites, "cipher suites");
    int compressionMethods = body.u8();
    if (compressionMethods == 0) {
      fail("compression methods");
    }
    body.skip(compressionMethods);
    if (body.isBroken()) {
      fail("structure");
    } else if (body.remaining() > 0) {
      readExtensions();
    }
    return problem != null ? problem : new Result.Complete(hello(legacyVersion));
  }

  private ClientHello hello(int legacyVersion) {
    return new ClientHello(
        versions != null ? versions : upTo(legacyVersion),
        cipherSuites,
        signatureAlgorithms,
        groups,
        Optional.ofNullable(serverName),
        alpn);
  }

  /**
   * Without supported_versions TLS 1.2 is the most there is, whatever the number says (RFC 8446
   * §4.2.1); one of SSL 3.0 offers nothing.
   */
  private static List<Integer> upTo(int legacyVersion) {
    List<Integer> offered = new ArrayList<>();
    for (int version = Math.min(legacyVersion, TLS_1_2); version >= TLS_1_0; version--) {
      offered.add(version);
    }
    return offered;
  }

  private void readExtensions() {
    Cursor block = body.block(body.u16());
    if (body.isBroken() || body.remaining() > 0) {
      fail("extensions length");
      return;
    }
    while (block.remaining() > 0) {
      int type = block.u16();
      Cursor extension = block.block(block.u16());
      if (block.isBroken()) {
        fail("extension length");
        return;
      }
      note(type);
      readExtension(type, extension);
    }
    if (hasDuplicates() && problem == null) {
      problem = new Result.Invalid("extension sent twice", Alert.ILLEGAL_PARAMETER);
    }
  }

  private void note(int type) {
    if (extensions == extensionTypes.length) {
      extensionTypes = Arrays.copyOf(extensionTypes, extensions * 2);
    }
    extensionTypes[extensions++] = type;
  }

  /**
   * By sorting: thousands of extensions fit into 16 KiB, and comparing each with each is an attack.
   */
  private boolean hasDuplicates() {
    Arrays.sort(extensionTypes, 0, extensions);
    for (int i = 1; i < extensions; i++) {
      if (extensionTypes[i] == extensionTypes[i - 1]) {
        return true;
      }
    }
    return false;
  }

  private void readExtension(int type, Cursor extension) {
    switch (type) {
      case SERVER_NAME -> readServerName(extension);
      case SUPPORTED_GROUPS -> groups = numberList(extension, extension.u16(), "groups");
      case SIGNATURE_ALGORITHMS ->
          signatureAlgorithms = numberList(extension, extension.u16(), "signature algorithms");
      case SUPPORTED_VERSIONS -> versions = numberList(extension, extension.u8(), "versions");
      case ALPN -> readAlpn(extension);
      default -> {
        // Of no concern here; the TLS engine reads it.
      }
    }
  }

  private List<Integer> numberList(Cursor extension, int length, String what) {
    List<Integer> list = new ArrayList<>();
    numbers(extension.block(length), list, what);
    endOf(extension, what);
    return list;
  }

  /** Two-byte code points, at least one. */
  private void numbers(Cursor block, List<Integer> into, String what) {
    if (block.remaining() == 0 || block.remaining() % 2 != 0) {
      fail(what);
      return;
    }
    while (block.remaining() > 0) {
      int number = block.u16();
      if (!isGrease(number >> 8, number & 0xff)) {
        into.add(number);
      }
    }
  }

  /** The reserved values 0x0a0a, 0x1a1a … 0xfafa of RFC 8701. */
  private static boolean isGrease(int high, int low) {
    return high == low && (low & 0x0f) == 0x0a;
  }

  private void readAlpn(Cursor extension) {
    Cursor names = extension.block(extension.u16());
    endOf(extension, "ALPN");
    if (names.remaining() == 0) {
      fail("ALPN");
    }
    List<String> protocols = new ArrayList<>();
    while (names.remaining() > 0) {
      byte[] name = names.block(names.u8()).rest();
      if (name.length == 0) {
        fail("ALPN");
        return;
      }
      if (name.length != 2 || !isGrease(name[0] & 0xff, name[1] & 0xff)) {
        protocols.add(new String(name, StandardCharsets.ISO_8859_1));
      }
    }
    alpn = protocols;
  }

  private void readServerName(Cursor extension) {
    Cursor names = extension.block(extension.u16());
    endOf(extension, "server name");
    if (names.remaining() == 0) {
      fail("server name");
    }
    boolean seen = false;
    while (names.remaining() > 0) {
      int type = names.u8();
      Cursor name = names.block(names.u16());
      // Of each type at most one, none empty (RFC 6066 §3).
      if (names.isBroken() || name.remaining() == 0 || (type == HOST_NAME && seen)) {
        fail("server name");
        return;
      }
      if (type == HOST_NAME) {
        seen = true;
        serverName = HostName.parse(name);
      }
    }
  }

  private void endOf(Cursor extension, String what) {
    if (extension.isBroken() || extension.remaining() > 0) {
      fail(what);
    }
  }

  /** The first problem is the one told. */
  private void fail(String what) {
    if (problem == null) {
      problem = new Result.Invalid("malformed ClientHello: " + what, Alert.DECODE_ERROR);
    }
  }
}

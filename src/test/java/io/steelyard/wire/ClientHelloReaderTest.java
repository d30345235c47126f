package io.steelyard.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.steelyard.wire.ClientHelloReader.Result;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ClientHelloReaderTest {

  private static final HexFormat HEX = HexFormat.of();

  /** Hellos as real clients send them: OpenSSL 3.0, curl 7.88, the JDK, and Chrome's form. */
  static Map<String, byte[]> hellos() throws NoSuchAlgorithmException, SSLException {
    return Map.of(
        "openssl-tls12", captured("openssl-tls12"),
        "openssl-tls13", captured("openssl-tls13"),
        "curl", captured("curl"),
        "jdk", ofJdk(),
        "chrome", HelloBuilder.chrome("shop.example").record());
  }

  static List<byte[]> helloBytes() throws NoSuchAlgorithmException, SSLException {
    return List.copyOf(hellos().values());
  }

  private static byte[] captured(String name) {
    try (InputStream in =
        ClientHelloReaderTest.class.getResourceAsStream("/hellos/" + name + ".hex")) {
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return HEX.parseHex(text.replaceAll("\\s", ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] ofJdk() throws NoSuchAlgorithmException, SSLException {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("shop.example", 443);
    engine.setUseClientMode(true);
    ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), out);
    return Arrays.copyOf(out.array(), out.position());
  }

  private static Result read(byte[] bytes) {
    ByteBuf buffer = Unpooled.wrappedBuffer(bytes);
    Result result = ClientHelloReader.read(buffer);
    assertThat(buffer.readerIndex()).isZero();
    return result;
  }

  private static ClientHello hello(byte[] bytes) {
    assertThat(read(bytes)).isInstanceOf(Result.Complete.class);
    return ((Result.Complete) read(bytes)).hello();
  }

  private static void assertInvalid(byte[] bytes, int alert) {
    assertThat(read(bytes))
        .isInstanceOfSatisfying(
            Result.Invalid.class, invalid -> assertThat(invalid.alert()).isEqualTo(alert));
  }

  @Test
  void read_openssl12_everything() {
    ClientHello hello = hello(captured("openssl-tls12"));
    assertThat(hello.versions()).containsExactly(0x0303, 0x0302, 0x0301);
    assertThat(hello.cipherSuites()).startsWith(0xc02c, 0xc030).endsWith(0x00ff);
    assertThat(hello.groups()).startsWith(0x001d, 0x0017);
    assertThat(hello.signatureAlgorithms()).startsWith(0x0403, 0x0503);
    assertThat(hello.serverName()).contains("shop.example");
    assertThat(hello.alpn()).isEmpty();
  }

  @Test
  void read_openssl13_everything() {
    ClientHello hello = hello(captured("openssl-tls13"));
    assertThat(hello.versions()).containsExactly(0x0304, 0x0303, 0x0302, 0x0301);
    assertThat(hello.cipherSuites()).startsWith(0x1302, 0x1303, 0x1301);
    assertThat(hello.serverName()).contains("shop.example");
    assertThat(hello.alpn()).containsExactly("h2", "http/1.1");
  }

  @Test
  void read_chrome_greaseLeftOut() {
    assertThat(hello(HelloBuilder.chrome("shop.example").record()))
        .isEqualTo(
            new ClientHello(
                List.of(0x0304, 0x0303),
                List.of(0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xcca9, 0x009c),
                List.of(0x0403, 0x0804, 0x0401),
                List.of(0x11ec, 0x001d, 0x0017),
                Optional.of("shop.example"),
                List.of("h2", "http/1.1")));
  }

  @Test
  void read_jdk_versionsAndName() throws Exception {
    ClientHello hello = hello(ofJdk());
    assertThat(hello.versions()).startsWith(0x0304, 0x0303);
    assertThat(hello.serverName()).contains("shop.example");
  }

  @ParameterizedTest
  @MethodSource("helloBytes")
  void read_everyPrefix_incomplete(byte[] hello) {
    for (int length = 0; length < hello.length; length++) {
      assertThat(read(Arrays.copyOf(hello, length))).isInstanceOf(Result.Incomplete.class);
    }
    assertThat(read(hello)).isInstanceOf(Result.Complete.class);
  }

  @ParameterizedTest
  @MethodSource("helloBytes")
  void read_acrossRecords_sameHello(byte[] hello) {
    byte[] message = Arrays.copyOfRange(hello, 5, hello.length);
    for (int size : new int[] {1, 2, 3, 7, 100, 511}) {
      byte[] records = HelloBuilder.records(message, size);
      assertThat(hello(records)).isEqualTo(hello(hello));
      for (int length = 0; length < records.length; length += 1 + length / 100) {
        assertThat(read(Arrays.copyOf(records, length))).isInstanceOf(Result.Incomplete.class);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("helloBytes")
  void read_moreBytesBehind_sameHello(byte[] hello) {
    byte[] more = Arrays.copyOf(hello, hello.length + 100);
    assertThat(hello(more)).isEqualTo(hello(hello));
  }

  @ParameterizedTest
  @MethodSource("helloBytes")
  void read_otherBuffers_sameHello(byte[] hello) {
    ByteBuf direct = Unpooled.directBuffer().writeZero(3).writeBytes(hello).skipBytes(3);
    ByteBuf pieces =
        Unpooled.wrappedBuffer(
            Arrays.copyOf(hello, 50), Arrays.copyOfRange(hello, 50, hello.length));
    try {
      assertThat(ClientHelloReader.read(direct)).isEqualTo(new Result.Complete(hello(hello)));
      assertThat(ClientHelloReader.read(pieces)).isEqualTo(new Result.Complete(hello(hello)));
    } finally {
      direct.release();
      pieces.release();
    }
  }

  @ParameterizedTest
  @MethodSource("helloBytes")
  void read_everyByteMutated_neverThrows(byte[] hello) {
    int[] masks = {0x01, 0x80, 0xff};
    for (int i = 0; i < hello.length; i++) {
      for (int mask : masks) {
        byte[] mutated = hello.clone();
        mutated[i] ^= (byte) mask;
        assertThat(read(mutated)).isNotNull();
        assertThat(read(HelloBuilder.records(Arrays.copyOfRange(mutated, 5, hello.length), 97)))
            .isNotNull();
      }
    }
  }

  @Test
  void read_randomBodies_neverThrows() {
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[9 + random.nextInt(300)];
      random.nextBytes(bytes);
      int size = bytes.length - 9;
      byte[] header = {22, 3, 1, (byte) ((size + 4) >> 8), (byte) (size + 4), 1, 0};
      System.arraycopy(header, 0, bytes, 0, header.length);
      bytes[7] = (byte) (size >> 8);
      bytes[8] = (byte) size;
      bytes[9 % bytes.length] = 3;
      assertThat(read(bytes)).isNotNull();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "474554202f20485454502f312e310d0a, 10", // GET / HTTP/1.1
    "47, 10",
    "802e0100020015000000100100800200800600, 10", // SSLv2 hello
    "1502, 10",
    "150301000202, 10", // an alert
    "1602, 70",
    "1603ff, 70",
    "160310, 70",
    "1603010000, 10", // empty record
    "1603014001, 22", // longer than a record may be
    "16030100ff02, 10", // a ServerHello
    "160301000401004000, 47", // 16,384 bytes announced
    "1603014000010000, -1",
    "16030100040100000515030100, 10", // an alert where the rest of the hello should be
  })
  void read_notAHello_invalidAtOnce(String hex, int alert) {
    byte[] bytes = HEX.parseHex(hex);
    if (alert < 0) {
      assertThat(read(bytes)).isInstanceOf(Result.Incomplete.class);
    } else {
      assertInvalid(bytes, alert);
    }
  }

  @Test
  void read_sizeLimit_exact() {
    HelloBuilder largest = new HelloBuilder();
    int rest = ClientHelloReader.MAX_BYTES - largest.record().length - 4;
    assertThat(read(largest.raw(21, new byte[rest]).record())).isInstanceOf(Result.Complete.class);
    assertInvalid(new HelloBuilder().raw(21, new byte[rest + 1]).record(), 47);
  }

  @Test
  void read_tinyRecords_headersCount() {
    byte[] message = new HelloBuilder().raw(21, new byte[3000]).message();
    byte[] records = HelloBuilder.records(message, 1);
    assertInvalid(Arrays.copyOf(records, ClientHelloReader.MAX_BYTES), 47);
    assertInvalid(records, 47);
  }

  @Test
  void read_extensionTwice_invalid() {
    assertInvalid(HelloBuilder.chrome("a.example").extension(0x0017).record(), 47);
    assertInvalid(new HelloBuilder().serverName("a.example").serverName("b.example").record(), 47);
  }

  @Test
  void read_manyExtensions_complete() {
    HelloBuilder hello = new HelloBuilder();
    IntStream.range(1000, 4000).forEach(hello::extension);
    assertThat(read(hello.record())).isInstanceOf(Result.Complete.class);
  }

  @Test
  void read_brokenStructures_decodeError() {
    HelloBuilder sessionId = new HelloBuilder();
    sessionId.sessionId = new byte[33];
    HelloBuilder suites = new HelloBuilder();
    suites.suites = new int[0];
    HelloBuilder compression = new HelloBuilder();
    compression.compression = new byte[0];
    List<HelloBuilder> broken =
        List.of(
            sessionId,
            suites,
            compression,
            new HelloBuilder().extension(0, 0, 0),
            new HelloBuilder().extension(0, 0, 5, 0, 0, 1, 'a', 0),
            new HelloBuilder().extension(0, 0, 4, 0, 0, 0),
            new HelloBuilder().extension(0, 0, 3, 0, 0, 0),
            new HelloBuilder().extension(0, 0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b'),
            new HelloBuilder().extension(10, 0, 0),
            new HelloBuilder().extension(10, 0, 3, 0, 29, 0),
            new HelloBuilder().extension(10, 0, 2, 0, 29, 0),
            new HelloBuilder().extension(10),
            new HelloBuilder().extension(13, 0, 4, 4, 3),
            new HelloBuilder().extension(16, 0, 0),
            new HelloBuilder().extension(16, 0, 1, 0),
            new HelloBuilder().extension(16, 0, 3, 3, 'h', '2'),
            new HelloBuilder().extension(43, 3, 3, 4, 3),
            new HelloBuilder().extension(43, 0));
    broken.forEach(hello -> assertInvalid(hello.record(), 50));
  }

  @Test
  void read_bytesBehindExtensions_invalid() {
    byte[] message = new HelloBuilder().serverName("a.example").message();
    byte[] longer = Arrays.copyOf(message, message.length + 1);
    longer[3]++;
    assertInvalid(HelloBuilder.records(longer, longer.length), 50);
  }

  @Test
  void read_versionInside_invalid() {
    HelloBuilder hello = new HelloBuilder();
    hello.legacyVersion = 0x0200;
    assertInvalid(hello.record(), 70);
  }

  @ParameterizedTest
  @CsvSource({"768, ''", "769, 769", "771, 771 770 769", "772, 771 770 769"})
  void versions_withoutExtension_fromTheLegacyField(int legacy, String expected) {
    HelloBuilder hello = new HelloBuilder();
    hello.legacyVersion = legacy;
    List<Integer> versions =
        expected.isEmpty()
            ? List.of()
            : Arrays.stream(expected.split(" ")).map(Integer::valueOf).toList();
    assertThat(hello(hello.record()).versions()).isEqualTo(versions);
    hello.withExtensions = false;
    assertThat(hello(hello.record()).versions()).isEqualTo(versions);
  }

  @ParameterizedTest
  @CsvSource({
    "shop.example, shop.example",
    "SHOP.Example., shop.example",
    "xn--bcher-kva.example, xn--bcher-kva.example",
    "_dmarc.a_b.example, _dmarc.a_b.example",
    "localhost, localhost",
    "1.2.3.example, 1.2.3.example"
  })
  void serverName_valid(String sent, String read) {
    assertThat(hello(new HelloBuilder().serverName(sent).record()).serverName()).contains(read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.0.2.1",
        "2001:db8::1",
        "[::1]",
        "a..b",
        ".a",
        "a.example..",
        ".",
        "-a.example",
        "a-.example",
        "a b",
        "a\u0000.example",
        "b\u00fccher.example",
        "*.example",
        "1",
        "a/b"
      })
  void serverName_notAHostName_absent(String sent) {
    assertThat(hello(new HelloBuilder().serverName(sent).record()).serverName()).isEmpty();
  }

  @Test
  void serverName_lengths() {
    String label = "a".repeat(63);
    String longest = String.join(".", label, label, label, "a".repeat(61));
    assertThat(longest).hasSize(253);
    assertThat(nameRead(longest)).contains(longest);
    assertThat(nameRead(longest + ".")).contains(longest);
    assertThat(nameRead(longest + "a")).isEmpty();
    assertThat(nameRead("a".repeat(64) + ".example")).isEmpty();
  }

  private static Optional<String> nameRead(String sent) {
    return hello(new HelloBuilder().serverName(sent).record()).serverName();
  }
}

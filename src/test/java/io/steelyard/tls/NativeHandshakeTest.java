package io.steelyard.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.steelyard.config.TlsConfig.Policy;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.testkit.HandClient;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.JdkTls;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * BoringSSL's handshakes under our own handler against the JDK's, carried by hand: cut, broken,
 * left and short of memory in every place. Each test's {@link ServerEnd} checks that the end of the
 * handshake is told once and that the connection is given back, the leak detector that buffers are.
 */
class NativeHandshakeTest {

  private static final Authority AUTHORITY = TestCertificates.authority("Test CA");
  private static final IssuedCertificate SERVER = AUTHORITY.issueEc("localhost", "localhost");
  private static final SSLContext CLIENT = JdkTls.trusting(AUTHORITY);
  private static final String V2 = "TLSv1.2";
  private static final String V3 = "TLSv1.3";
  private static final int ROUNDS = 1_500;

  @TempDir Path directory;
  private ServerTls tls;

  @BeforeEach
  void prepare() {
    tls = documents(SERVER).prepare(TlsEngine.BORINGSSL);
  }

  private TlsDocuments documents(IssuedCertificate own) {
    return new TlsDocuments(directory).with("web", own).handling(TlsHandling.NATIVE);
  }

  @AfterEach
  void release() {
    tls.release();
  }

  private void use(TlsDocuments documents) {
    tls.release();
    tls = documents.prepare(TlsEngine.BORINGSSL);
  }

  /** A certificate with so many names that it takes about that many bytes. */
  private static IssuedCertificate large(int bytes) {
    String[] names =
        IntStream.rangeClosed(0, bytes / 27)
            .mapToObj(i -> i == 0 ? "localhost" : String.format("name-%05d.example.internal", i))
            .toArray(String[]::new);
    return AUTHORITY.issueEc("localhost", names);
  }

  private static void assertTalk(HandClient client, ServerEnd server) throws SSLException {
    server.give(client.seal("question".getBytes(UTF_8)));
    assertThat(server.received()).endsWith("question".getBytes(UTF_8));
    server.write("answer".getBytes(UTF_8));
    client.take(server.taken());
    assertThat(client.received()).endsWith("answer".getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void flightLargerThanItsRoom_arrivesWhole(String version) throws Exception {
    use(documents(large(25_000)));
    HandClient client = new HandClient(CLIENT, version);
    try (ServerEnd server = ServerEnd.connected(tls, client)) {
      assertTalk(client, server);
      assertThat(server.told).first().isInstanceOf(TlsFacts.class);
      assertThat(((TlsFacts) server.told.getFirst()).group())
          .as("read from behind the certificate with TLS 1.2")
          .isEqualTo("X25519");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void flightOf40KiB_arrivesWhole(String version) {
    // More than the JDK takes in one message.
    use(documents(large(40 * 1_024)));
    try (TestClient client = TestClient.version(version);
        Handshake handshake = Handshake.run(tls, client.connect("localhost"))) {
      handshake.exchange();
      assertThat(handshake.facts().version()).isEqualTo(version);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void everyFlight_byteByByte_isTheSame(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    byte[] hello = client.hello();
    try (ServerEnd server = new ServerEnd(tls, hello, PooledByteBufAllocator.DEFAULT)) {
      giveByteByByte(server, hello);
      giveByteByByte(server, client.take(server.taken()));
      client.take(server.taken());
      assertThat(server.isDone()).isTrue();
      assertTalk(client, server);
    }
  }

  private static void giveByteByByte(ServerEnd server, byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      server.give(bytes, i, i + 1);
    }
  }

  @Test
  void helloRetryRequest_secondHelloCutAtEveryByte_agreesOnTheGroupAskedFor() throws Exception {
    List<String> suites =
        List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "ECDHE-ECDSA-AES128-GCM-SHA256");
    use(documents(SERVER).policy(new Policy.Custom(List.of(V2, V3), suites, List.of("secp384r1"))));
    int length = 1;
    for (int cut = 0; cut < length; cut += 7) {
      HandClient client = new HandClient(CLIENT, V3);
      byte[] hello = client.hello();
      try (ServerEnd server = new ServerEnd(tls, hello)) {
        byte[] second = client.take(server.taken());
        length = second.length;
        server.give(second, 0, cut);
        assertThat(server.told).isEmpty();
        server.give(second, cut, second.length);
        server.finish(client);
        assertThat(((TlsFacts) server.told.getFirst()).group()).isEqualTo("secp384r1");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void clientLeaves_inTheMiddleOfItsFlight_isADisconnect(String version) throws Exception {
    int length = 1;
    for (int cut = 0; cut < length; cut += 3) {
      HandClient client = new HandClient(CLIENT, version);
      try (ServerEnd server = new ServerEnd(tls, client.hello())) {
        byte[] flight = client.take(server.taken());
        length = flight.length;
        server.give(flight, 0, cut);
        server.closeChannel();
        assertThat(server.failure()).isEqualTo(HandshakeFailure.DISCONNECT);
        assertThat(server.taken()).as("no close_notify of a handshake").isEmpty();
      }
    }
  }

  @Test
  void closeNotify_inTheHandshake_isADisconnect() throws Exception {
    HandClient client = new HandClient(CLIENT, V2);
    try (ServerEnd server = new ServerEnd(tls, client.hello())) {
      server.give(new byte[] {21, 3, 3, 0, 2, 1, 0});
      assertThat(server.failure()).isEqualTo(HandshakeFailure.DISCONNECT);
    }
  }

  @Test
  void fatalAlert_inTheHandshake_isTheClients() throws Exception {
    HandClient client = new HandClient(CLIENT, V2);
    try (ServerEnd server = new ServerEnd(tls, client.hello())) {
      server.taken();
      server.give(new byte[] {21, 3, 3, 0, 2, 2, 48});
      assertThat(server.failure()).isEqualTo(HandshakeFailure.CLIENT_ALERT);
      assertThat(server.taken()).as("no alert upon an alert").isEmpty();
      server.give(new byte[100]);
      server.write("late".getBytes(UTF_8));
      assertThat(server.taken()).isEmpty();
    }
  }

  @Test
  void lengthBeyondTheLimit_isRefusedAtItsHeader() throws Exception {
    HandClient client = new HandClient(CLIENT, V3);
    try (ServerEnd server = new ServerEnd(tls, client.hello())) {
      server.taken();
      server.give(new byte[] {22, 3, 3, (byte) 0xff, (byte) 0xff});
      assertThat(server.failure()).isEqualTo(HandshakeFailure.NOT_TLS);
      assertThat(server.taken()).as("alert").isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void brokenHandshakes_allEndAndNothingPasses(String version) throws Exception {
    Random random = new Random(4711);
    for (int round = 0; round < ROUNDS; round++) {
      HandClient client = new HandClient(CLIENT, version);
      byte[] hello = client.hello();
      try (ServerEnd server = new ServerEnd(tls, hello, PooledByteBufAllocator.DEFAULT)) {
        boolean helloBroken = random.nextBoolean();
        give(server, helloBroken ? broken(hello, random) : hello, random);
        if (!helloBroken) {
          give(server, broken(client.take(server.taken()), random), random);
        }
        // A length that claims more keeps it waiting: then what follows tells.
        server.give(new byte[40_000]);
        // What is broken may be without meaning, such as the version of an unprotected record.
        boolean ended = server.isDone() ? !server.failures().isEmpty() : server.failure() != null;
        assertThat(ended).as("round %d", round).isTrue();
        assertThat(server.received()).as("round %d", round).isEmpty();
      }
    }
  }

  private static void give(ServerEnd server, byte[] bytes, Random random) {
    int at = 0;
    while (at < bytes.length) {
      int to = Math.min(bytes.length, at + 1 + random.nextInt(600));
      server.give(bytes, at, to);
      at = to;
    }
  }

  /** With a bit turned over, a stretch left out or overwritten. */
  private static byte[] broken(byte[] flight, Random random) {
    int at = random.nextInt(flight.length);
    byte[] part = new byte[1 + random.nextInt(20)];
    random.nextBytes(part);
    byte[] before = Arrays.copyOf(flight, at);
    byte[] behind = Arrays.copyOfRange(flight, at, flight.length);
    return switch (random.nextInt(3)) {
      case 0 -> {
        behind[0] ^= (byte) (1 << random.nextInt(8));
        yield HandClient.concat(before, behind);
      }
      case 1 -> HandClient.concat(before, part, behind);
      default ->
          HandClient.concat(
              before,
              Arrays.copyOfRange(behind, Math.min(behind.length, part.length), behind.length));
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void memoryShort_atEachBuffer_endsTheHandshakeOrWhatFollows(String version) throws Exception {
    for (int good = 0; good < 6; good++) {
      HandClient client = new HandClient(CLIENT, version);
      byte[] hello = client.hello();
      try (ServerEnd server = new ServerEnd(tls, hello, new ShortMemory(good))) {
        server.give(pooled(hello));
        byte[] answer = server.taken();
        if (server.failure() != null) {
          assertThat(server.failure()).isEqualTo(HandshakeFailure.DISCONNECT);
          continue;
        }
        server.give(pooled(client.take(answer)));
        client.take(server.taken());
        if (server.isDone()) {
          server.give(pooled(client.seal(new byte[100])));
          server.write(pooled(new byte[100]));
          server.write(pooled(new byte[100]));
        }
      }
    }
  }

  /** What the client has not been sent must not look whole to it. */
  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void memoryShort_atAWrite_isNotFollowedByCloseNotify(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    byte[] hello = client.hello();
    ShortMemory memory = new ShortMemory(1_000);
    try (ServerEnd server = new ServerEnd(tls, hello, memory)) {
      server.give(hello);
      server.finish(client);
      assertTalk(client, server);
      ByteBuf lost = pooled(new byte[100]);
      memory.left = 0;
      server.write(lost);
      memory.left = 1_000;
      server.closeChannel();
      client.take(server.taken());
      assertThat(server.failures()).hasSize(1);
      assertThat(client.received()).isEqualTo("answer".getBytes(UTF_8));
      assertThat(client.isTold()).as("close_notify behind what is missing").isFalse();
    }
  }

  private static ByteBuf pooled(byte[] bytes) {
    return PooledByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes);
  }

  /** Has no direct memory after so many buffers. */
  private static final class ShortMemory extends AbstractByteBufAllocator {
    private int left;

    ShortMemory(int good) {
      super(true);
      left = good;
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
      left--;
      if (left < 0) {
        throw new OutOfMemoryError("a test's");
      }
      return UnpooledByteBufAllocator.DEFAULT.directBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
      return UnpooledByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void listenersTlsReleased_inTheHandshake_flowGoesOn(String version) throws Exception {
    ServerTls gone = documents(SERVER).prepare(TlsEngine.BORINGSSL);
    HandClient client = new HandClient(CLIENT, version);
    try (ServerEnd server = new ServerEnd(gone, client.hello())) {
      gone.release();
      server.finish(client);
      assertTalk(client, server);
      byte[] hello = new HandClient(CLIENT, version).hello();
      assertThatThrownBy(() -> new ServerEnd(gone, hello).close())
          .isInstanceOf(IllegalStateException.class);
    }
  }
}

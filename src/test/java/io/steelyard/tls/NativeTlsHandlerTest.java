package io.steelyard.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.flow.TlsFacts;
import io.steelyard.testkit.HandClient;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.JdkTls;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
 * BoringSSL's records against the JDK's, carried by hand: cut at every byte, tiny and maximal, with
 * new keys in between, broken in every place, and ended in every order. Each test's {@link
 * ServerEnd} checks that the connection is given back, the leak detector that buffers are.
 */
class NativeTlsHandlerTest {

  private static final Authority AUTHORITY = TestCertificates.authority("Test CA");
  private static final IssuedCertificate SERVER = AUTHORITY.issueEc("localhost", "localhost");
  private static final SSLContext CLIENT = JdkTls.trusting(AUTHORITY);
  private static final String V2 = "TLSv1.2";
  private static final String V3 = "TLSv1.3";
  private static final int MAX = 16_384;

  @TempDir Path directory;
  private ServerTls tls;

  @BeforeEach
  void prepare() {
    tls = documents().prepare(TlsEngine.BORINGSSL);
  }

  private TlsDocuments documents() {
    return new TlsDocuments(directory).with("web", SERVER).handling(TlsHandling.NATIVE);
  }

  @AfterEach
  void release() {
    tls.release();
  }

  private ServerEnd connected(HandClient client) throws SSLException {
    return ServerEnd.connected(tls, client);
  }

  private static byte[] bytes(int count, int seed) {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static void assertTalk(HandClient client, ServerEnd server) throws SSLException {
    int before = server.received().length;
    int already = client.received().length;
    server.give(client.seal("question".getBytes(UTF_8)));
    assertThat(server.received()).hasSize(before + 8).endsWith("question".getBytes(UTF_8));
    server.write("answer".getBytes(UTF_8));
    server.give(client.take(server.taken()));
    assertThat(client.received()).hasSize(already + 6).endsWith("answer".getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void handshake_done_isToldOnce(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    try (ServerEnd server = connected(client)) {
      assertTalk(client, server);
      assertThat(server.told).hasSize(1).hasOnlyElementsOfType(TlsFacts.class);
      assertThat(server.isReleased()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void records_cutAtEveryByte_areTheSame(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    try (ServerEnd server = connected(client)) {
      ByteArrayOutputStream sent = new ByteArrayOutputStream();
      int cut = 0;
      int length = 1;
      while (cut < length) {
        byte[] one = bytes(40, cut);
        byte[] two = bytes(1 + cut % 7, cut);
        byte[] stream = HandClient.concat(client.seal(one), client.seal(two), client.seal(one));
        sent.writeBytes(HandClient.concat(one, two, one));
        int at = Math.min(cut, stream.length);
        server.give(stream, 0, at);
        server.give(stream, at, stream.length);
        length = stream.length;
        cut++;
        assertThat(server.received()).isEqualTo(sent.toByteArray());
      }
      assertThat(server.failures()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void lastFlightWithDataAndCloseNotify_cutAtEveryByte_nothingIsLost(String version)
      throws Exception {
    byte[] data = "with the last flight".getBytes(UTF_8);
    int length = 1;
    for (int cut = 0; cut < length; cut++) {
      HandClient client = new HandClient(CLIENT, version);
      try (ServerEnd server = new ServerEnd(tls, client.hello())) {
        byte[] flight = client.take(server.taken());
        if (version.equals(V2)) {
          server.give(flight, 0, Math.min(cut, flight.length));
          server.give(flight, Math.min(cut, flight.length), flight.length);
          client.take(server.taken());
          server.give(HandClient.concat(client.seal(data), client.closeNotify()));
          length = flight.length;
        } else {
          byte[] all = HandClient.concat(flight, client.seal(data), client.closeNotify());
          server.give(all, 0, cut);
          server.give(all, cut, all.length);
          length = all.length;
        }
        assertThat(server.received()).isEqualTo(data);
        assertThat(server.isEnded()).isTrue();
        server.write("still here".getBytes(UTF_8));
        client.take(server.taken());
        assertThat(client.received()).isEqualTo("still here".getBytes(UTF_8));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void records_byteByByte_areTheSame(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    try (ServerEnd server = connected(client)) {
      byte[] data = bytes(20_000, 1);
      byte[] stream = HandClient.concat(client.seal(data), client.closeNotify());
      for (int i = 0; i < stream.length; i++) {
        server.give(stream, i, i + 1);
      }
      assertThat(server.received()).isEqualTo(data);
      assertThat(server.isEnded()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void records_ofEverySize_inRandomPieces_areTheSame(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    Random random = new Random(4711);
    try (ServerEnd server = connected(client)) {
      ByteArrayOutputStream sent = new ByteArrayOutputStream();
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      for (int i = 0; i < 300; i++) {
        int size = random.nextInt(3) == 0 ? MAX - random.nextInt(3) : 1 + random.nextInt(200);
        byte[] part = bytes(size, i);
        sent.writeBytes(part);
        stream.writeBytes(client.seal(part));
        if (version.equals(V3) && random.nextInt(20) == 0) {
          stream.writeBytes(client.keyUpdate());
        }
      }
      byte[] all = stream.toByteArray();
      int at = 0;
      while (at < all.length) {
        int to = Math.min(all.length, at + 1 + random.nextInt(70_000));
        server.give(all, at, to);
        at = to;
      }
      assertThat(server.received()).isEqualTo(sent.toByteArray());
      assertThat(server.failures()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void manyTinyRecordsInOneBuffer_areNotKeptInIt(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    try (ServerEnd server = connected(client)) {
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      for (int i = 0; i < 2_000; i++) {
        stream.writeBytes(client.seal(new byte[] {(byte) i}));
      }
      server.give(stream.toByteArray());
      assertThat(server.received()).hasSize(2_000);
      assertThat(server.capacities).allMatch(capacity -> capacity < 8_192);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void heapSharedAndCompositeBuffers_areTakenToo(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    try (ServerEnd server = connected(client)) {
      byte[] data = bytes(100, 2);
      server.give(Unpooled.wrappedBuffer(client.seal(data)));
      byte[] second = client.seal(data);
      ByteBuf whole = Unpooled.directBuffer(1000).writeBytes(second);
      server.give(whole.readRetainedSlice(second.length));
      byte[] untouched = new byte[second.length];
      whole.getBytes(0, untouched);
      assertThat(untouched).isEqualTo(second);
      whole.release();
      byte[] third = client.seal(data);
      server.give(
          Unpooled.wrappedBuffer(
              Unpooled.copiedBuffer(third, 0, 9),
              Unpooled.copiedBuffer(third, 9, third.length - 9)));
      assertThat(server.received()).isEqualTo(HandClient.concat(data, data, data));
      server.write(Unpooled.wrappedBuffer(data));
      server.write(
          Unpooled.wrappedBuffer(Unpooled.copiedBuffer(data), Unpooled.copiedBuffer(data)));
      client.take(server.taken());
      assertThat(client.received()).isEqualTo(HandClient.concat(data, data, data));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void writes_ofEverySize_arriveInSmallThenFullRecords(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    try (ServerEnd server = connected(client)) {
      ByteArrayOutputStream sent = new ByteArrayOutputStream();
      ByteArrayOutputStream wire = new ByteArrayOutputStream();
      for (int size : new int[] {1, 1_359, 1_360, 1_361, 40_000, MAX, MAX + 1, 300_000, 1}) {
        byte[] part = bytes(size, size);
        sent.writeBytes(part);
        server.write(part);
        byte[] records = server.taken();
        wire.writeBytes(records);
        client.take(records);
      }
      assertThat(client.received()).isEqualTo(sent.toByteArray());
      List<Integer> lengths = dataRecords(wire.toByteArray());
      int small = BoringSslWriter.SMALL_PLAINTEXT_BYTES + 60;
      assertThat(lengths.subList(0, 12)).allMatch(length -> length <= small);
      assertThat(lengths.stream().mapToInt(Integer::intValue).max().orElseThrow())
          .isBetween(MAX, MAX + 60);
      int fullRecords = (int) lengths.stream().filter(length -> length >= MAX).count();
      assertThat(fullRecords).isGreaterThanOrEqualTo(300_000 / MAX);
    }
  }

  /** The body lengths of application data records. */
  private static List<Integer> dataRecords(byte[] wire) {
    List<Integer> lengths = new ArrayList<>();
    ByteBuf in = Unpooled.wrappedBuffer(wire);
    while (in.isReadable()) {
      int type = in.readUnsignedByte();
      in.skipBytes(2);
      int length = in.readUnsignedShort();
      in.skipBytes(length);
      if (type == 23) {
        lengths.add(length);
      }
    }
    return lengths;
  }

  @Test
  void keyUpdates_inBothDirections_passManyTimes() throws Exception {
    HandClient client = new HandClient(CLIENT, V3);
    try (ServerEnd server = connected(client)) {
      for (int i = 0; i < 20; i++) {
        server.give(client.keyUpdate());
        assertTalk(client, server);
      }
      // The tail of a KeyUpdate and data after it come in one read.
      byte[] update = client.keyUpdate();
      byte[] data = bytes(5_000, 3);
      server.give(update, 0, 6);
      byte[] rest = HandClient.concat(update, client.seal(data));
      server.give(rest, 6, rest.length);
      assertThat(server.received()).endsWith(data);
      assertTalk(client, server);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void clientEndsFirst_isStillWrittenTo(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    byte[] reply = bytes(300_000, 5);
    try (ServerEnd server = connected(client)) {
      server.give(HandClient.concat(client.seal(new byte[10]), client.closeNotify()));
      assertThat(server.isEnded()).isTrue();
      assertThat(server.taken()).as("no end of ours yet").isEmpty();
      server.give(client.seal(new byte[0]));
      server.give(bytes(100, 1));
      assertThat(server.received()).as("ignored after close_notify").hasSize(10);
      server.write(reply);
      assertThat(server.closeNotify()).isTrue();
      client.take(server.taken());
      assertThat(client.received()).isEqualTo(reply);
      assertThat(client.isTold()).isTrue();
      server.closeChannel();
      assertThat(server.taken()).isEmpty();
      assertThat(server.failures()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void weEndFirst_clientIsStillRead(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    byte[] upload = bytes(300_000, 6);
    try (ServerEnd server = connected(client)) {
      assertThat(server.closeNotify()).isTrue();
      byte[] end = server.taken();
      assertThat(end).isNotEmpty();
      assertThat(server.closeNotify()).as("once").isTrue();
      assertThat(server.taken()).isEmpty();
      server.give(client.seal(upload));
      if (version.equals(V3)) {
        server.give(client.keyUpdate());
        server.give(client.seal(upload));
      }
      server.give(client.closeNotify());
      assertThat(server.received()).hasSize(version.equals(V3) ? 600_000 : 300_000);
      assertThat(server.isEnded()).isTrue();
      client.take(end);
      assertThat(client.isTold()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void close_sendsCloseNotifyAfterWhatWasWritten(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    try (ServerEnd server = connected(client)) {
      server.write(bytes(5_000, 7));
      server.closeChannel();
      client.take(server.taken());
      assertThat(client.received()).hasSize(5_000);
      assertThat(client.isTold()).isTrue();
      assertThat(server.isReleased()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void undecryptableRecord_isAnsweredWithAnAlert_andToldOnce(String version) throws Exception {
    HandClient client = new HandClient(CLIENT, version);
    try (ServerEnd server = connected(client)) {
      byte[] good = client.seal(bytes(50, 8));
      byte[] bad = client.seal(bytes(50, 9));
      bad[bad.length - 1] ^= 1;
      server.give(HandClient.concat(good, bad, client.seal(bytes(50, 10))));
      assertThat(server.received()).isEqualTo(bytes(50, 8));
      assertThat(server.failures()).hasSize(1).allMatch(SSLException.class::isInstance);
      byte[] alert = server.taken();
      server.give(client.seal(bytes(50, 11)));
      server.write(bytes(10, 12));
      assertThat(server.received()).hasSize(50);
      assertThat(server.taken()).isEmpty();
      assertThatThrownBy(() -> client.take(alert))
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("bad_record_mac");
      server.closeChannel();
      assertThat(server.taken()).as("no close_notify after an alert").isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {V2, V3})
  void brokenStreams_deliverAPrefixAtMost(String version) throws Exception {
    Random random = new Random(42);
    for (int round = 0; round < 150; round++) {
      HandClient client = new HandClient(CLIENT, version);
      try (ServerEnd server = connected(client)) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int i = 0; i < 5; i++) {
          byte[] part = bytes(1 + random.nextInt(3_000), i);
          sent.writeBytes(part);
          stream.writeBytes(client.seal(part));
        }
        byte[] all = stream.toByteArray();
        damage(all, random);
        int at = 0;
        while (at < all.length) {
          int to = Math.min(all.length, at + 1 + random.nextInt(4_000));
          server.give(all, at, to);
          at = to;
        }
        // A length that claims more keeps it waiting: then what follows tells.
        server.give(new byte[40_000]);
        byte[] got = server.received();
        assertThat(got.length).as("round %d", round).isLessThan(sent.size());
        assertThat(got).isEqualTo(Arrays.copyOf(sent.toByteArray(), got.length));
        assertThat(server.failures()).as("round %d", round).hasSize(1);
        assertThat(server.taken()).as("alert").isNotEmpty();
      }
    }
  }

  private static void damage(byte[] stream, Random random) {
    int at = random.nextInt(stream.length);
    switch (random.nextInt(3)) {
      case 0 -> stream[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> stream[random.nextInt(5)] ^= (byte) (1 << random.nextInt(8));
      default -> {
        byte[] noise = bytes(stream.length - at, at);
        noise[0] = (byte) ~stream[at];
        System.arraycopy(noise, 0, stream, at, noise.length);
      }
    }
  }

  @Test
  void lengthBeyondTheLimit_isRefusedAtItsHeader() throws Exception {
    HandClient client = new HandClient(CLIENT, V3);
    try (ServerEnd server = connected(client)) {
      server.give(new byte[] {23, 3, 3, (byte) 0xff, (byte) 0xff});
      assertThat(server.failures()).hasSize(1);
      assertThat(server.taken()).isNotEmpty();
    }
  }

  @Test
  void renegotiation_isRefused() throws Exception {
    HandClient client = new HandClient(CLIENT, V2);
    try (ServerEnd server = connected(client)) {
      server.give(client.keyUpdate());
      assertThat(server.failures()).hasSize(1);
      assertThat(server.taken()).isNotEmpty();
    }
  }

  @Test
  void ticketsLargerThanExpected_arriveWithTheFirstBytes() throws Exception {
    String[] names =
        IntStream.range(0, 400).mapToObj(i -> "name-" + i + ".example").toArray(String[]::new);
    IssuedCertificate own = AUTHORITY.issueClient("client", names);
    tls.release();
    tls =
        documents()
            .session(true, Duration.ofSeconds(300))
            .clientAuth(
                new ClientAuth(
                    ClientAuth.Mode.REQUIRED,
                    Optional.of(AUTHORITY.writePem(directory, "clients")),
                    3,
                    Optional.empty()))
            .prepare(TlsEngine.BORINGSSL);
    SSLContext context = JdkTls.presenting(own, AUTHORITY);
    HandClient client = new HandClient(context, V3);
    try (ServerEnd server = connected(client)) {
      assertTalk(client, server);
      server.write(bytes(100_000, 13));
      client.take(server.taken());
      assertThat(client.received()).endsWith(bytes(100_000, 13));
    }
    HandClient other = new HandClient(context, V3);
    try (ServerEnd server = connected(other)) {
      assertThat(server.closeNotify()).isTrue();
      other.take(server.taken());
      assertThat(other.isTold()).as("tickets and close_notify at once").isTrue();
    }
  }

  @Test
  void channelGone_beforeAnyByte_releasesTheEngine() throws Exception {
    HandClient client = new HandClient(CLIENT, V3);
    try (ServerEnd server = connected(client)) {
      byte[] record = client.seal(bytes(1_000, 1));
      server.give(record, 0, 500);
    }
  }
}

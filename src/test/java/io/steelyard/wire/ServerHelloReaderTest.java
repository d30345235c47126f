package io.steelyard.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.TestCertificates;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads the flights that the real engines send. */
final class ServerHelloReaderTest {

  private static final int X25519 = 0x001d;
  private static final int SECP256R1 = 0x0017;
  private static final int SECP384R1 = 0x0018;
  private static final int X25519_MLKEM768 = 0x11ec;

  private final List<SslContext> contexts = new ArrayList<>();

  @AfterEach
  void releaseContexts() {
    contexts.forEach(ReferenceCountUtil::release);
  }

  private SslContext server(SslProvider provider, String version) throws SSLException {
    IssuedCertificate issued = TestCertificates.selfSigned("shop.example", "shop.example").issue();
    return kept(
        SslContextBuilder.forServer(issued.key(), issued.leaf())
            .sslProvider(provider)
            .protocols(version)
            .build());
  }

  private SslContext client(SslProvider provider, String version) throws SSLException {
    return kept(
        SslContextBuilder.forClient()
            .sslProvider(provider)
            .protocols(version)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm("")
            .build());
  }

  private SslContext kept(SslContext context) {
    contexts.add(context);
    return context;
  }

  /** Of the connection: the context's own setter wants a pointer that Netty keeps to itself. */
  private static void groups(SSLEngine engine, String names) {
    if (!names.isEmpty()) {
      long ssl = ((ReferenceCountedOpenSslEngine) engine).sslPointer();
      assertThat(SSL.setCurvesList(ssl, names)).isTrue();
    }
  }

  /**
   * Everything the server sends in a handshake, its own ciphertext included, one array per wrap.
   */
  private static List<byte[]> serverFlights(SslContext server, SslContext client)
      throws SSLException {
    return serverFlights(server, "", client, "");
  }

  private static List<byte[]> serverFlights(
      SslContext server, String serverGroups, SslContext client, String clientGroups)
      throws SSLException {
    SSLEngine serverEngine = server.newEngine(ByteBufAllocator.DEFAULT);
    SSLEngine clientEngine = client.newEngine(ByteBufAllocator.DEFAULT, "shop.example", 443);
    groups(serverEngine, serverGroups);
    groups(clientEngine, clientGroups);
    List<byte[]> sent = new ArrayList<>();
    try {
      ByteBuffer toServer = ByteBuffer.allocate(1 << 16);
      ByteBuffer toClient = ByteBuffer.allocate(1 << 16);
      for (int i = 0; i < 40; i++) {
        pump(clientEngine, toClient, toServer);
        int before = toClient.position();
        pump(serverEngine, toServer, toClient);
        if (toClient.position() > before) {
          sent.add(Arrays.copyOfRange(toClient.array(), before, toClient.position()));
        }
      }
      assertThat(clientEngine.getHandshakeStatus()).isEqualTo(HandshakeStatus.NOT_HANDSHAKING);
      assertThat(serverEngine.getHandshakeStatus()).isEqualTo(HandshakeStatus.NOT_HANDSHAKING);
      return sent;
    } finally {
      ReferenceCountUtil.release(serverEngine);
      ReferenceCountUtil.release(clientEngine);
    }
  }

  /** One step of one side: reads what came, works, writes what it has to say. */
  private static void pump(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
    ByteBuffer plain = ByteBuffer.allocate(1 << 16);
    in.flip();
    engine.unwrap(in, plain);
    in.compact();
    Runnable task = engine.getDelegatedTask();
    while (task != null) {
      task.run();
      task = engine.getDelegatedTask();
    }
    engine.wrap(ByteBuffer.allocate(0), out);
  }

  private static OptionalInt read(List<byte[]> flights) {
    ServerHelloReader reader = new ServerHelloReader();
    flights.forEach(flight -> reader.read(Unpooled.wrappedBuffer(flight)));
    return reader.group();
  }

  private static byte[] joined(List<byte[]> flights) {
    ByteBuf all = Unpooled.wrappedBuffer(flights.toArray(byte[][]::new));
    byte[] bytes = new byte[all.readableBytes()];
    all.readBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({"JDK, TLSv1.3", "JDK, TLSv1.2", "OPENSSL, TLSv1.3", "OPENSSL, TLSv1.2"})
  void group_realHandshake_x25519(SslProvider provider, String version) throws Exception {
    List<byte[]> flights = serverFlights(server(provider, version), client(provider, version));
    byte[] all = joined(flights);
    assertThat(read(flights)).hasValue(X25519);
    assertThat(ServerHelloReader.group(Unpooled.wrappedBuffer(all))).hasValue(X25519);
    List<byte[]> single = new ArrayList<>();
    for (byte octet : all) {
      single.add(new byte[] {octet});
    }
    assertThat(read(single)).hasValue(X25519);
  }

  @Test
  void group_hybridKeyShare_mlkem() throws Exception {
    SslContext server = server(SslProvider.OPENSSL, "TLSv1.3");
    SslContext client = client(SslProvider.OPENSSL, "TLSv1.3");
    String both = "X25519MLKEM768:X25519";
    assertThat(read(serverFlights(server, both, client, both))).hasValue(X25519_MLKEM768);
  }

  @Test
  void group_helloRetryRequest_readsTheSecondServerHello() throws Exception {
    SslContext server = server(SslProvider.OPENSSL, "TLSv1.3");
    SslContext client = client(SslProvider.OPENSSL, "TLSv1.3");
    List<byte[]> flights = serverFlights(server, "P-384", client, "X25519:P-384");
    assertThat(read(flights.subList(0, 1))).isEmpty();
    assertThat(read(flights)).hasValue(SECP384R1);
  }

  @Test
  void group_tls12OtherCurve_named() throws Exception {
    SslContext server = server(SslProvider.OPENSSL, "TLSv1.2");
    SslContext client = client(SslProvider.OPENSSL, "TLSv1.2");
    assertThat(read(serverFlights(server, "P-256", client, ""))).hasValue(SECP256R1);
  }

  @Test
  void group_keyExchangeBehindLargeCertificate_found() {
    ByteBuf flight = Unpooled.buffer();
    record(
        flight, message(2, new byte[] {3, 3}, new byte[32], new byte[] {0, (byte) 0xc0, 0x2f, 0}));
    byte[] certificate = message(11, new byte[60_000]);
    for (int i = 0; i < certificate.length; i += 16_384) {
      record(flight, Arrays.copyOfRange(certificate, i, Math.min(certificate.length, i + 16_384)));
    }
    record(flight, message(12, new byte[] {3, 0, 0x17, 65}, new byte[65]));
    assertThat(ServerHelloReader.group(flight)).hasValue(SECP256R1);
  }

  @Test
  void group_tls12Resumption_none() {
    ByteBuf flight = Unpooled.buffer();
    record(
        flight, message(2, new byte[] {3, 3}, new byte[32], new byte[] {0, (byte) 0xc0, 0x2f, 0}));
    flight.writeByte(20).writeShort(0x0303).writeShort(1).writeByte(1);
    record(flight, message(12, new byte[] {3, 0, 0x17, 65}, new byte[65]));
    ServerHelloReader reader = new ServerHelloReader();
    assertThat(reader.read(flight)).isTrue();
    assertThat(reader.group()).isEmpty();
    assertThat(flight.readerIndex()).isZero();
  }

  @Test
  void read_mutatedFlights_neverThrows() throws Exception {
    Random random = new Random(1);
    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      byte[] flight =
          joined(serverFlights(server(SslProvider.JDK, version), client(SslProvider.JDK, version)));
      for (int i = 0; i < Math.min(flight.length, 2000); i++) {
        byte[] mutated = flight.clone();
        mutated[i] ^= (byte) (1 << random.nextInt(8));
        ServerHelloReader.group(Unpooled.wrappedBuffer(mutated));
        mutated[i] = (byte) 0xff;
        ServerHelloReader.group(Unpooled.wrappedBuffer(mutated, 0, i + 1));
      }
    }
    for (int i = 0; i < 5_000; i++) {
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      if (noise.length > 5) {
        noise[0] = 22;
        noise[5] = (byte) (random.nextBoolean() ? 2 : 12);
      }
      assertThat(ServerHelloReader.group(Unpooled.wrappedBuffer(noise))).isNotNull();
    }
  }

  private static byte[] message(int type, byte[]... parts) {
    ByteBuf body = Unpooled.wrappedBuffer(parts);
    byte[] message = new byte[4 + body.readableBytes()];
    Unpooled.wrappedBuffer(message).setMedium(1, body.readableBytes()).setByte(0, type);
    body.readBytes(message, 4, message.length - 4);
    return message;
  }

  private static void record(ByteBuf out, byte[] content) {
    out.writeByte(22).writeShort(0x0303).writeShort(content.length).writeBytes(content);
  }
}

package io.steelyard.listener;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.config.ListenerConfig.SniRoute;
import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.JdkTls;
import io.steelyard.testkit.RunningListener;
import io.steelyard.testkit.ShapedSocket;
import io.steelyard.testkit.ShapedSocket.Shape;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import io.steelyard.testkit.TlsClient;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Passthrough by what the ClientHello asks for. Each backend has a certificate of its own: that the
 * client sees it shows both where it was routed and that nothing was decrypted on the way.
 */
class SniRoutingTest {

  private static final Authority CA = TestCertificates.authority("Test CA");
  private static final IssuedCertificate ONE = CA.issueEc("one");
  private static final IssuedCertificate TWO = CA.issueEc("two");
  private static final IssuedCertificate THREE = CA.issueEc("three");

  private final SocketBackend one = secure(ONE);
  private final SocketBackend two = secure(TWO);
  private final SocketBackend three = secure(THREE);
  private final SocketBackend fallback = SocketBackend.echo();
  private final RunningListener steelyard = listening(new Listen());

  private static SocketBackend secure(IssuedCertificate certificate) {
    return SocketBackend.tls(
        JdkTls.serving(certificate),
        socket -> socket.getOutputStream().write(socket.getInputStream().read()));
  }

  private RunningListener listening(Listen listen) {
    return RunningListener.tcp(
        listen.routes(
            route("one", "exact.example"),
            new SniRoute(List.of("mail.example"), List.of("imap", "smtp"), "one"),
            route("two", "mail.example"),
            route("two", "*.wild.example", "other.example"),
            route("three", "*.wild.example", "first.wild.example")),
        new Group().name("one").backend(one.port()),
        new Group().name("two").backend(two.port()),
        new Group().name("three").backend(three.port()),
        new Group().backend(fallback.port()));
  }

  private static SniRoute route(String group, String... names) {
    return new SniRoute(List.of(names), List.of(), group);
  }

  @AfterEach
  void stop() {
    steelyard.awaitQuiet();
    steelyard.close();
    List.of(one, two, three, fallback).forEach(SocketBackend::close);
  }

  @ParameterizedTest
  @CsvSource({
    "exact.example,one",
    "EXACT.example,one",
    "mail.example,two",
    "other.example,two",
    "a.wild.example,two",
    "first.wild.example,two",
  })
  void name_isRoutedToTheFirstRouteThatMatches(String name, String group) throws Exception {
    try (SSLSocket client = asking(name).connect(steelyard)) {
      assertServedBy(client, group);
    }
  }

  @ParameterizedTest
  @CsvSource({"imap,one", "smtp,one", "h2,two"})
  void alpn_conditionOfTheRoute_decides(String protocol, String group) throws Exception {
    try (SSLSocket client = asking("mail.example").offering("x", protocol).connect(steelyard)) {
      assertServedBy(client, group);
    }
  }

  @ParameterizedTest
  @EnumSource(value = Shape.class, names = "HELD_AFTER_FIRST", mode = EnumSource.Mode.EXCLUDE)
  void hello_inPieces_isRoutedAllTheSame(Shape shape) throws Exception {
    try (Socket shaped = new ShapedSocket(steelyard.port(), shape);
        SSLSocket client = asking("exact.example").over(shaped)) {
      client.startHandshake();
      assertServedBy(client, "one");
    }
  }

  @ParameterizedTest
  @CsvSource({"wild.example", "a.b.wild.example", "unknown.example", "''"})
  void name_noRoute_goesToTheDefaultGroup(String name) throws Exception {
    byte[] hello = asking(name).hello();
    assertFallbackEchoes(hello);
  }

  @ParameterizedTest
  @CsvSource({"unknown.example", "''"})
  void name_noRouteAndNoDefaultGroup_isReset(String name) throws Exception {
    try (RunningListener strict = listening(new Listen().noDefaultGroup());
        Socket client = strict.connect()) {
      client.getOutputStream().write(asking(name).hello());
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(IOException.class);
      assertThat(strict.observer.awaitEnd()).isEqualTo(FlowEnd.NO_BACKEND);
      strict.awaitQuiet();
    }
  }

  @Test
  void firstBytes_notTls_goToTheDefaultGroupAsTheyAre() throws Exception {
    assertFallbackEchoes("GET / HTTP/1.1\r\n\r\n".getBytes(UTF_8));
  }

  @Test
  void hello_longerThan16KiB_goesToTheDefaultGroupAsItIs() throws Exception {
    byte[] content = new byte[20_000];
    content[0] = 1;
    content[2] = (byte) ((content.length - 4) >> 8);
    content[3] = (byte) (content.length - 4);
    ByteBuffer records = ByteBuffer.allocate(content.length + 10);
    records.put(new byte[] {22, 3, 1}).putShort((short) 16_384).put(content, 0, 16_384);
    records.put(new byte[] {22, 3, 1}).putShort((short) 3_616).put(content, 16_384, 3_616);
    assertFallbackEchoes(records.array());
  }

  private void assertFallbackEchoes(byte[] bytes) throws IOException {
    try (Socket client = steelyard.connect()) {
      client.getOutputStream().write(bytes);
      assertThat(client.getInputStream().readNBytes(bytes.length)).isEqualTo(bytes);
    }
    assertThat(fallback.accepted()).isEqualTo(1);
  }

  private static TlsClient asking(String name) {
    return TlsClient.of(JdkTls.trusting(CA)).asking(name);
  }

  private void assertServedBy(SSLSocket client, String group) throws Exception {
    client.getOutputStream().write(42);
    assertThat(client.getInputStream().read()).isEqualTo(42);
    IssuedCertificate expected =
        switch (group) {
          case "one" -> ONE;
          case "two" -> TWO;
          default -> THREE;
        };
    assertThat(client.getSession().getPeerCertificates()[0]).isEqualTo(expected.leaf());
    client.close();
    steelyard.observer.awaitEnded(1);
    assertThat(steelyard.observer.ended.getFirst().group()).isEqualTo(group);
  }
}

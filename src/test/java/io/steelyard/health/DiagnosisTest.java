package io.steelyard.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.steelyard.health.ProbeOutcome.Reason;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.security.cert.CertificateExpiredException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DiagnosisTest {

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(Reason.REFUSED, new ConnectException("Connection refused: /127.0.0.1:1")),
        Arguments.of(
            Reason.REFUSED,
            new ConnectException(
                "finishConnect(..) failed with error(-111): Verbindungsaufbau abgelehnt")),
        Arguments.of(
            Reason.TIMEOUT, new ConnectTimeoutException("connection timed out after 2 ms")),
        Arguments.of(Reason.TIMEOUT, new ConnectException("Connection timed out")),
        Arguments.of(Reason.UNREACHABLE, new NoRouteToHostException()),
        Arguments.of(Reason.UNREACHABLE, new SocketException("Network is unreachable")),
        Arguments.of(
            Reason.UNREACHABLE, new ConnectException("failed with error(-13): Permission denied")),
        Arguments.of(Reason.RESET, nativeFailure("recvAddress", -104)),
        Arguments.of(Reason.RESET, new IOException("Connection reset by peer")),
        Arguments.of(Reason.FILES, new ChannelException(nativeFailure("newSocketStream", -24))),
        Arguments.of(
            Reason.FILES, new ChannelException("x", new SocketException("Too many open files"))),
        Arguments.of(Reason.FILES, new ChannelException(nativeFailure("newSocketStream", -23))),
        Arguments.of(Reason.NO_PORT, new BindException("Cannot assign requested address")),
        Arguments.of(Reason.NO_PORT, new ConnectException("connect(..) failed with error(-99): x")),
        Arguments.of(Reason.TLS, new DecoderException(new SSLHandshakeException("alert"))),
        Arguments.of(Reason.UNREACHABLE, new IllegalArgumentException("never seen")));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void of_failure_namesTheReason(Reason expected, Throwable failure) {
    ProbeOutcome outcome = Diagnosis.of(failure);
    assertThat(outcome.reason()).isEqualTo(expected);
    assertThat(outcome.text()).isNotBlank();
  }

  @Test
  void of_shortageOfOurs_doesNotConcernTheBackend() {
    assertThat(Diagnosis.of(nativeFailure("newSocketStream", -24)).reason().concernsBackend())
        .isFalse();
    assertThat(
            Diagnosis.of(new BindException("Cannot assign requested address"))
                .reason()
                .concernsBackend())
        .isFalse();
    assertThat(Diagnosis.of(new ConnectException("Connection refused")).reason().concernsBackend())
        .isTrue();
  }

  @Test
  void of_tlsFailure_tellsTheInnermostCause() {
    Throwable failure = new SSLHandshakeException("General OpenSslEngine problem");
    failure.initCause(new CertificateExpiredException("NotAfter: 2020"));
    assertThat(Diagnosis.of(failure).text())
        .isEqualTo("General OpenSslEngine problem: NotAfter: 2020");
  }

  @Test
  void of_textFromThePeer_isOneBoundedLine() {
    ProbeOutcome outcome =
        Diagnosis.of(new SSLHandshakeException("a\nb\"c\u001b[0m" + "x".repeat(500)));
    assertThat(outcome.text()).startsWith("a?b?c?[0m").hasSize(200);
  }

  /**
   * As {@code io.netty.channel.unix.Errors.NativeIoException} says it, in a language that is not
   * ours; the class itself needs the native library.
   */
  private static IOException nativeFailure(String method, int errno) {
    return new IOException(method + "(..) failed with error(" + errno + "): Fehler");
  }
}

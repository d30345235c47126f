package io.steelyard.telemetry;

import static io.steelyard.telemetry.LineBytes.key;

import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The access log's line of one ended flow. What the flow never reached is left out of it. */
final class AccessLine {

  private static final byte[] TIME = "{\"time\":".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LISTENER = key("listener");
  private static final byte[] FLOW = key("flow");
  private static final byte[] CLIENT = key("client");
  private static final byte[] DESTINATION = key("destination");
  private static final byte[] HANDSHAKE_SECONDS = key("handshake_seconds");
  private static final byte[] CONNECTED_SECONDS = key("connected_seconds");
  private static final byte[] FIRST_BYTE_SECONDS = key("first_byte_seconds");
  private static final byte[] DURATION_SECONDS = key("duration_seconds");
  private static final byte[] RECEIVED_BYTES = key("received_bytes");
  private static final byte[] SENT_BYTES = key("sent_bytes");
  private static final byte[] SNI = key("sni");
  private static final byte[] ALPN_OFFERED = key("alpn_offered");
  private static final byte[] ALPN = key("alpn");
  private static final byte[] TLS_VERSION = key("tls_version");
  private static final byte[] TLS_CIPHER = key("tls_cipher");
  private static final byte[] TLS_GROUP = key("tls_group");
  private static final byte[] TLS_RESUMED = key("tls_resumed");
  private static final byte[] CERTIFICATE = key("certificate");
  private static final byte[] CLIENT_SUBJECT = key("client_certificate_subject");
  private static final byte[] CLIENT_SERIAL = key("client_certificate_serial");
  private static final byte[] GROUP = key("group");
  private static final byte[] BACKEND = key("backend");
  private static final byte[] TRIES = key("tries");
  private static final byte[] CAUSE = key("cause");
  private static final byte[] HANDSHAKE_FAILURE = key("handshake_failure");
  private static final byte[] ALERT = key("alert");
  private static final byte[] TRUNCATED = key("truncated");
  private static final byte[] REVISION = key("revision");

  private AccessLine() {}

  /** Appends the line with its line feed. */
  static void append(LineBytes line, Flow flow) {
    line.raw(TIME).time(flow.acceptedEpochMillis());
    line.raw(LISTENER).string(flow.listener());
    line.raw(FLOW).number(flow.id());
    endpoint(line.raw(CLIENT), flow.client());
    endpoint(line.raw(DESTINATION), flow.destination());
    times(line, flow);
    line.raw(RECEIVED_BYTES).number(flow.receivedBytes());
    line.raw(SENT_BYTES).number(flow.sentBytes());
    tls(line, flow);
    stringIfPresent(line, GROUP, flow.group());
    stringIfPresent(line, BACKEND, flow.backend());
    line.raw(TRIES).number(flow.tries());
    end(line, flow);
    line.raw(REVISION).number(flow.revision());
    line.raw('}').raw('\n');
  }

  private static void times(LineBytes line, Flow flow) {
    long accepted = flow.acceptedNanos();
    seconds(line, HANDSHAKE_SECONDS, accepted, flow.handshakeDoneNanos());
    seconds(line, CONNECTED_SECONDS, accepted, flow.connectedNanos());
    seconds(line, FIRST_BYTE_SECONDS, accepted, flow.firstByteNanos());
    seconds(line, DURATION_SECONDS, accepted, flow.endedNanos());
  }

  /** Since accept; 0 is a step not reached. */
  private static void seconds(LineBytes line, byte[] key, long fromNanos, long toNanos) {
    if (toNanos != 0) {
      line.raw(key).seconds(toNanos - fromNanos);
    }
  }

  private static void tls(LineBytes line, Flow flow) {
    stringIfPresent(line, SNI, flow.sni());
    if (!flow.offeredAlpn().isEmpty()) {
      strings(line.raw(ALPN_OFFERED), flow.offeredAlpn());
    }
    TlsFacts facts = flow.tls();
    if (facts == null) {
      return;
    }
    if (!facts.alpn().isEmpty()) {
      line.raw(ALPN).string(facts.alpn());
    }
    line.raw(TLS_VERSION).string(facts.version());
    line.raw(TLS_CIPHER).string(facts.cipher());
    line.raw(TLS_GROUP).string(facts.group());
    line.raw(TLS_RESUMED).truth(facts.resumed());
    line.raw(CERTIFICATE).string(facts.certificate());
    if (facts.clientCertificate().isPresent()) {
      X509Certificate client = facts.clientCertificate().get();
      line.raw(CLIENT_SUBJECT).string(client.getSubjectX500Principal().getName());
      line.raw(CLIENT_SERIAL).string(client.getSerialNumber().toString(16));
    }
  }

  private static void end(LineBytes line, Flow flow) {
    FlowEnd how = flow.ended();
    if (how != null) {
      line.raw(CAUSE).string(how.label());
    }
    HandshakeFailure failure = flow.handshakeFailure();
    if (failure != null) {
      line.raw(HANDSHAKE_FAILURE).string(failure.label());
    }
    stringIfPresent(line, ALERT, flow.alert());
    if (flow.isTruncated()) {
      line.raw(TRUNCATED).truth(true);
    }
  }

  private static void stringIfPresent(LineBytes line, byte[] key, @Nullable String value) {
    if (value != null) {
      line.raw(key).string(value);
    }
  }

  private static void strings(LineBytes line, List<String> values) {
    char before = '[';
    for (int i = 0; i < values.size(); i++) {
      line.raw(before).string(values.get(i));
      before = ',';
    }
    line.raw(']');
  }

  private static void endpoint(LineBytes line, InetSocketAddress address) {
    line.raw('"');
    InetAddress ip = address.getAddress();
    if (ip instanceof Inet4Address) {
      // The hash code of an IPv4 address is the address (Inet4Address.hashCode).
      line.ipv4(ip.hashCode());
    } else if (ip == null) {
      line.text(address.getHostString());
    } else {
      line.raw('[').text(ip.getHostAddress()).raw(']');
    }
    line.raw(':').number(address.getPort()).raw('"');
  }
}

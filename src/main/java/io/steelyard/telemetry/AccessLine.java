package io.steelyard.telemetry;

import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The access log's line of one ended flow. What the flow never reached is left out of it. */
final class AccessLine {

  private static final double NANOS_PER_SECOND = 1e9;

  private AccessLine() {}

  /** Appends the line with its line feed. */
  static void append(StringBuilder text, Flow flow) {
    JsonText line = new JsonText(text);
    line.put("time", Instant.ofEpochMilli(flow.acceptedEpochMillis()).toString())
        .put("listener", flow.listener())
        .put("flow", flow.id())
        .put("client", endpoint(flow.client()))
        .put("destination", endpoint(flow.destination()));
    times(line, flow);
    line.put("received_bytes", flow.receivedBytes()).put("sent_bytes", flow.sentBytes());
    tls(line, flow);
    putIfPresent(line, "group", flow.group());
    putIfPresent(line, "backend", flow.backend());
    line.put("tries", flow.tries());
    end(line, flow);
    line.put("revision", flow.revision()).end();
    text.append('\n');
  }

  private static void times(JsonText line, Flow flow) {
    seconds(line, "handshake_seconds", flow.acceptedNanos(), flow.handshakeDoneNanos());
    seconds(line, "connected_seconds", flow.acceptedNanos(), flow.connectedNanos());
    seconds(line, "first_byte_seconds", flow.acceptedNanos(), flow.firstByteNanos());
    seconds(line, "duration_seconds", flow.acceptedNanos(), flow.endedNanos());
  }

  /** Since accept, to the microsecond; 0 is a step not reached. */
  private static void seconds(JsonText line, String key, long fromNanos, long toNanos) {
    if (toNanos != 0) {
      line.putRaw(
          key, String.format(Locale.ROOT, "%.6f", (toNanos - fromNanos) / NANOS_PER_SECOND));
    }
  }

  private static void tls(JsonText line, Flow flow) {
    putIfPresent(line, "sni", flow.sni());
    if (!flow.offeredAlpn().isEmpty()) {
      line.put("alpn_offered", flow.offeredAlpn());
    }
    TlsFacts facts = flow.tls();
    if (facts == null) {
      return;
    }
    if (!facts.alpn().isEmpty()) {
      line.put("alpn", facts.alpn());
    }
    line.put("tls_version", facts.version())
        .put("tls_cipher", facts.cipher())
        .put("tls_group", facts.group())
        .put("tls_resumed", facts.resumed())
        .put("certificate", facts.certificate());
    if (facts.clientCertificate().isPresent()) {
      X509Certificate client = facts.clientCertificate().get();
      line.put("client_certificate_subject", client.getSubjectX500Principal().getName())
          .put("client_certificate_serial", client.getSerialNumber().toString(16));
    }
  }

  private static void end(JsonText line, Flow flow) {
    FlowEnd how = flow.ended();
    if (how != null) {
      line.put("cause", how.label());
    }
    HandshakeFailure failure = flow.handshakeFailure();
    if (failure != null) {
      line.put("handshake_failure", failure.label());
    }
    putIfPresent(line, "alert", flow.alert());
    if (flow.isTruncated()) {
      line.put("truncated", true);
    }
  }

  private static void putIfPresent(JsonText line, String key, @Nullable String value) {
    if (value != null) {
      line.put(key, value);
    }
  }

  private static String endpoint(InetSocketAddress address) {
    if (address.isUnresolved()) {
      return address.getHostString() + ":" + address.getPort();
    }
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}

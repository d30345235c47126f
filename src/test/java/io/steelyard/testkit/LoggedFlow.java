package io.steelyard.testkit;

import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The flow that a line of the access log tells of, as far as it tells. */
final class LoggedFlow {

  /** The log does not say which event loop a flow was on. */
  static final int UNKNOWN_LOOP = -1;

  private LoggedFlow() {}

  static Flow of(JsonObject line) {
    Flow flow =
        new Flow(
            line.getLong("flow"),
            line.getString("listener"),
            UNKNOWN_LOOP,
            endpoint(line.getString("client")),
            endpoint(line.getString("destination")));
    flow.asked(line.getString("sni"), strings(line.getJsonArray("alpn_offered")));
    if (line.containsKey("tls_version")) {
      flow.handshakeDone(facts(line));
    }
    String failure = line.getString("handshake_failure");
    if (failure != null) {
      flow.handshakeFailed(constant(HandshakeFailure.class, failure), line.getString("alert"));
    }
    for (int i = 0; i < line.getInteger("tries"); i++) {
      flow.trying(line.getString("group"), line.getString("backend"));
    }
    if (line.containsKey("connected_seconds")) {
      flow.connected();
    }
    flow.received(line.getLong("received_bytes"));
    flow.sent(line.getLong("sent_bytes"));
    if (line.getBoolean("truncated", false)) {
      flow.truncated();
    }
    flow.end(constant(FlowEnd.class, line.getString("cause")), null);
    return flow;
  }

  private static TlsFacts facts(JsonObject line) {
    return new TlsFacts(
        line.getString("tls_version"),
        line.getString("tls_cipher"),
        line.getString("tls_group"),
        line.getBoolean("tls_resumed"),
        line.getString("alpn", ""),
        line.getString("certificate"),
        Optional.empty());
  }

  private static InetSocketAddress endpoint(String text) {
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, colon).replace("[", "").replace("]", "");
    return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
  }

  private static List<String> strings(JsonArray array) {
    return array == null ? List.of() : array.stream().map(String.class::cast).toList();
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String label) {
    return Enum.valueOf(type, label.toUpperCase(Locale.ROOT));
  }
}

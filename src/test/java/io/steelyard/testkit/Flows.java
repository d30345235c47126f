package io.steelyard.testkit;

import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.TlsFacts;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** Flows at any point of their life. */
public final class Flows {

  public static final TlsFacts TLS_1_3 =
      new TlsFacts(
          "TLSv1.3",
          "TLS_AES_128_GCM_SHA256",
          "X25519MLKEM768",
          false,
          "h2",
          "web-ecdsa",
          Optional.empty());

  private Flows() {}

  /** Accepted on the first loop. */
  public static Flow accepted(long id, String listener) {
    return new Flow(
        id,
        listener,
        0,
        new InetSocketAddress("192.0.2.1", 51_514),
        new InetSocketAddress("2001:db8::1", 443));
  }

  /** Handshake done, connected, bytes both ways. */
  public static Flow relaying(long id, String listener, String group, String backend) {
    Flow flow = accepted(id, listener);
    flow.asked("www.example", List.of("h2", "http/1.1"));
    flow.handshakeDone(TLS_1_3);
    flow.trying(group, backend);
    flow.connected();
    flow.received(100);
    flow.sent(2000);
    return flow;
  }

  /** The same flow, ended. */
  public static Flow ended(Flow flow, FlowEnd how) {
    flow.end(how, null);
    return flow;
  }
}

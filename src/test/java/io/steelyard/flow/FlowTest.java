package io.steelyard.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FlowTest {

  private static Flow flow() {
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", 443);
    return new Flow(1, "web", 0, address, address);
  }

  @Test
  void asked_usualProtocols_keepsThemInOrder() {
    Flow flow = flow();
    flow.asked("www.example", List.of("h2", "http/1.1"));
    assertThat(flow.sni()).isEqualTo("www.example");
    assertThat(flow.offeredAlpn()).containsExactly("h2", "http/1.1");
  }

  @Test
  void asked_asManyProtocolsAsFitIntoAHello_keepsTheFirstFew() {
    Flow flow = flow();
    flow.asked(null, Collections.nCopies(8000, "x"));
    assertThat(flow.offeredAlpn()).hasSize(Flow.MAX_OFFERED_ALPN);
    flow.asked(null, IntStream.range(0, 100).mapToObj(Integer::toString).toList());
    assertThat(flow.offeredAlpn()).startsWith("0", "1", "2").hasSize(Flow.MAX_OFFERED_ALPN);
  }
}

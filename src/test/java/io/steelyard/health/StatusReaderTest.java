package io.steelyard.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.steelyard.health.StatusReader.MalformedResponseException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatusReaderTest {

  private final StatusReader reader = new StatusReader();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 204 No Content\r\n",
        "HTTP/1.0 204 \r\n",
        "HTTP/1.1 204\r\n",
        "HTTP/1.1 204 No Content\n",
        "HTTP/1.1 204 K\u00e9in Inhalt\r\nrest is not read",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 204 \r\n",
      })
  void read_statusLine_givesTheFinalCode(String response) throws Exception {
    assertThat(read(response)).hasValue(204);
  }

  @Test
  void read_oneByteAtATime_waitsForTheLine() throws Exception {
    String response = "HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 503 No\r";
    for (char next : response.toCharArray()) {
      assertThat(read(String.valueOf(next))).isEmpty();
    }
    assertThat(read("\n")).hasValue(503);
  }

  @Test
  void read_switchingProtocols_isFinal() throws Exception {
    assertThat(read("HTTP/1.1 101 Switching Protocols\r\n")).hasValue(101);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n",
        "HTTP/2 200 OK\r\n",
        "HTTP/1.2 200 OK\r\n",
        "http/1.1 200 OK\r\n",
        "HTTP/1.1  200 OK\r\n",
        "HTTP/1.1 20 OK\r\n",
        "HTTP/1.1 2000 OK\r\n",
        "HTTP/1.1 099 OK\r\n",
        "HTTP/1.1 600 OK\r\n",
        "HTTP/1.1 +20 OK\r\n",
        "HTTP/1.1 200OK\r\n",
        " HTTP/1.1 200 OK\r\n",
        "220 mail ESMTP\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nSSH-2.0-x\r\n",
      })
  void read_somethingElse_isMalformed(String response) {
    assertThatThrownBy(() -> read(response)).isInstanceOf(MalformedResponseException.class);
  }

  @Test
  void read_endlessFirstLine_endsAtTheBound() throws Exception {
    assertThat(read("a".repeat(StatusReader.MAX_HEAD_BYTES))).isEmpty();
    assertThatThrownBy(() -> read("a")).isInstanceOf(MalformedResponseException.class);
  }

  @Test
  void read_endlessInterimResponses_endAtTheBound() {
    String interim = "HTTP/1.1 100 Continue\r\n\r\n";
    assertThatThrownBy(
            () -> read(interim.repeat(StatusReader.MAX_HEAD_BYTES / interim.length() + 1)))
        .isInstanceOf(MalformedResponseException.class)
        .hasMessageContaining("8192");
  }

  private OptionalInt read(String text) throws MalformedResponseException {
    return reader.read(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}

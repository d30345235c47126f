package io.steelyard.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTextTest {

  private final StringBuilder text = new StringBuilder();

  @Test
  void object_ofEveryKind_isOnOneLine() {
    new JsonText(text)
        .put("a", "b")
        .put("n", -1)
        .put("t", true)
        .put("list", List.of("x", "y"))
        .put("none", List.of())
        .putRaw("raw", "1.5")
        .end();

    assertThat(text)
        .hasToString(
            "{\"a\":\"b\",\"n\":-1,\"t\":true,\"list\":[\"x\",\"y\"],\"none\":[],\"raw\":1.5}");
  }

  @Test
  void quote_hostileText_staysOneStringOnOneLine() {
    JsonText.quote(text, "\",\"x\":1}\n\r\t\u0000\u007f\u2028\\");

    assertThat(text)
        .hasToString("\"\\\",\\\"x\\\":1}\\u000a\\u000d\\u0009\\u0000\\u007f\\u2028\\\\\"");
  }

  @Test
  void quote_charactersBeyondTheBasicPlane_areKept() {
    JsonText.quote(text, "a\ud83d\ude00ü");

    assertThat(text).hasToString("\"a\ud83d\ude00ü\"");
  }

  @Test
  void quote_loneSurrogates_areEscaped() {
    JsonText.quote(text, "\ud83dx\ude00");

    assertThat(text).hasToString("\"\\ud83dx\\ude00\"");
  }
}

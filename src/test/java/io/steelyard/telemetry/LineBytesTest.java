package io.steelyard.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes are those that the JDK's own formatting makes of the same values. */
class LineBytesTest {

  private static final long SEED = 20_250_923;

  private final LineBytes line = new LineBytes(4);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "plain",
        "\",\"x\":1}",
        "back\\slash",
        "\u0000\u0001\b\t\n\r\u001f \u007f\u0080",
        "one\u2028two\u2029three",
        "lone \ud83d high, lone \ude00 low, \ude00\ud83d swapped",
        "high at the end \ud83d",
        "ü € \ud83d\ude00 \uffff \ud800\udc00 \udbff\udfff"
      })
  void string_hostileText_isValidJsonOnOneLine(String value) {
    String written = written(line.raw('{').string("k").raw(':').string(value).raw('}'));

    assertThat(written).isEqualTo(reference(value));
    assertThat(written).doesNotContain("\n", "\r", "\u2028", "\u2029");
    assertThat(new JsonObject(written).getString("k")).isEqualTo(value);
  }

  @Test
  void string_ofAnyCharacters_isWhatJsonTextMakesOfThem() {
    Random random = new Random(SEED);
    for (int round = 0; round < 5000; round++) {
      StringBuilder value = new StringBuilder();
      int bound = round % 2 == 0 ? 0x100 : 0x10000;
      for (int i = random.nextInt(24); i > 0; i--) {
        value.append((char) random.nextInt(bound));
      }
      line.cut(0);
      String written =
          written(line.raw('{').string("k").raw(':').string(value.toString()).raw('}'));

      assertThat(written).isEqualTo(reference(value.toString()));
      assertThat(new JsonObject(written).getString("k")).isEqualTo(value.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 9, 10, 99, 100, 1_234_567_890, -1, -10, Long.MAX_VALUE, Long.MIN_VALUE})
  void number_ofAnySize_isItsDigits(long value) {
    assertThat(written(line.number(value))).isEqualTo(Long.toString(value));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 499, 500, 999_999_499, 999_999_500, 1_000_000_000, -1_500_000})
  void seconds_ofAnyLength_areRoundedToTheMicrosecond(long nanos) {
    assertThat(written(line.seconds(nanos))).isEqualTo(secondsReference(nanos));
  }

  @Test
  void seconds_upToADay_areWhatFormatMakesOfThem() {
    new Random(SEED)
        .longs(20_000, 0, 86_400_000_000_000L)
        .forEach(
            nanos -> {
              line.cut(0);
              assertThat(written(line.seconds(nanos))).isEqualTo(secondsReference(nanos));
            });
  }

  @Test
  void time_acrossDaysAndYears_isWhatInstantMakesOfIt() {
    new Random(SEED)
        .longs(20_000, -86_400_000_000L, 7_258_118_400_000L)
        .flatMap(millis -> LongStream.of(millis, millis / 1000 * 1000, millis + 1))
        .forEach(
            millis -> {
              line.cut(0);
              assertThat(written(line.time(millis)))
                  .isEqualTo('"' + Instant.ofEpochMilli(millis).toString() + '"');
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "192.0.2.1", "255.255.255.255", "10.100.9.99"})
  void ipv4_ofAnyBytes_isDotted(String address) throws Exception {
    int bits = InetAddress.ofLiteral(address).hashCode();

    assertThat(written(line.ipv4(bits))).isEqualTo(address);
  }

  private static String written(LineBytes line) {
    return new String(line.buffer(), 0, line.length(), StandardCharsets.UTF_8);
  }

  private static String secondsReference(long nanos) {
    return String.format(Locale.ROOT, "%.6f", nanos / 1e9);
  }

  private static String reference(String value) {
    StringBuilder text = new StringBuilder();
    new JsonText(text).put("k", value).end();
    return text.toString();
  }
}

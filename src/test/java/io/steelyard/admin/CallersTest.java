package io.steelyard.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallersTest {

  private static final String DIGEST = "ab".repeat(32);

  private final Problems problems = new Problems("tokens");

  @Test
  void parse_commentsAndBlankLines_areLeftOut() {
    String token = AccessToken.make();
    Callers callers =
        Callers.parse(
            "# all\n\n" + AccessToken.line(token, "olga", Role.OPERATOR) + "   # the boss\n",
            problems);

    assertThat(problems.all()).isEmpty();
    assertThat(callers.byToken(token)).contains(new Caller("olga", Role.OPERATOR));
    assertThat(callers.byToken(AccessToken.make())).isEmpty();
  }

  @Test
  void byToken_ofAShapeThatIsNotOurs_isNobodyEvenWhereTheDigestFits() {
    String chosen = "swordfish";
    Callers callers =
        Callers.parse(AccessToken.line(chosen, "olga", Role.OPERATOR) + "\n", problems);

    assertThat(callers.byToken(chosen)).isEmpty();
  }

  @Test
  void byCertificate_digestOfAToken_isNobody() {
    String token = AccessToken.make();
    Callers callers = Callers.parse(AccessToken.line(token, "olga", Role.VIEWER), problems);

    assertThat(callers.byCertificate(token.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .isEmpty();
  }

  @Test
  void parse_fingerprintWithColonsInCapitals_isTaken() {
    String fingerprint = "AB:".repeat(31) + "CD";

    assertThat(Callers.parse("ci viewer certificate:" + fingerprint, problems).size()).isEqualTo(1);
    assertThat(problems.all()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "olga operator",
        "olga admin sha256:" + "abababababababababababababababababababababababababababababababab",
        "olga operator sha256:abc",
        "olga operator steelyard_0123456789012345678901234567890123456789012",
        "ol/ga operator sha256:abababababababababababababababababababababababababababababababab",
        "olga operator sha256:abababababababababababababababababababababababababababababababab more"
      })
  void parse_lineOfAnotherForm_isAProblemThatRepeatsNothing(String line) {
    Callers.parse("# first\n" + line, problems);

    assertThat(problems.all())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.line()).isEqualTo(2);
              assertThat(problem.text()).doesNotContain("olga", "steelyard_0");
            });
  }

  @Test
  void parse_nameTwice_isAProblem() {
    String line = "olga viewer sha256:" + DIGEST + "\n";
    Callers.parse(line + line, problems);

    assertThat(problems.all()).extracting(Problem::line).containsExactly(2);
  }

  @Test
  void parse_moreThanFits_isAProblem() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i <= Callers.MAX_ENTRIES + 5; i++) {
      text.append("c").append(i).append(" viewer sha256:").append(DIGEST).append('\n');
    }
    Callers.parse(text.toString(), problems);

    assertThat(problems.all()).hasSize(1);
  }

  @Test
  void make_twice_givesTwoTokensOfTheirShape() {
    String token = AccessToken.make();

    assertThat(AccessToken.isShaped(token)).isTrue();
    assertThat(AccessToken.make()).isNotEqualTo(token);
  }
}

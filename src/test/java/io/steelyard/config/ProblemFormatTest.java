package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Lines for people, JSON for programs. */
class ProblemFormatTest {

  @Test
  void json_problems_areEscapedAndInOrder() {
    Problems problems = new Problems("a\"b.yaml", path -> new Problems.Place(path.length(), 1));
    problems.warning("later", "x\n", "y");
    problems.error("port", "70000", "1..65535");
    assertThat(ProblemFormat.json(problems))
        .isEqualTo(
            """
            {"valid":false,"problems":[\
            {"severity":"error","file":"a\\"b.yaml","line":4,"column":1,"path":"port",\
            "found":"70000","expected":"1..65535"},\
            {"severity":"warning","file":"a\\"b.yaml","line":5,"column":1,"path":"later",\
            "found":"x\\n","expected":"y"}]}""");
  }

  @Test
  void json_onlyWarnings_isValid() {
    Problems problems = new Problems("f");
    assertThat(ProblemFormat.json(problems)).isEqualTo("{\"valid\":true,\"problems\":[]}");
    problems.warning("a", "b", "c");
    assertThat(ProblemFormat.json(problems)).startsWith("{\"valid\":true,");
  }

  @Test
  void lines_otherFilesAndPlaceless_comeLast() {
    Problems problems = new Problems("m.yaml", path -> new Problems.Place(path.length(), 1));
    problems.add(new Problem(Problem.Severity.ERROR, "m.yaml", 0, 0, "p", "f", "e"));
    problems.add(new Problem(Problem.Severity.ERROR, "a.txt", 3, 1, "p", "f", "e"));
    problems.error("pp", "f", "e");
    problems.error("p", "f", "e");
    assertThat(ProblemFormat.lines(problems))
        .containsExactly(
            "m.yaml:1:1: p: f (expected: e)",
            "m.yaml:2:1: pp: f (expected: e)",
            "a.txt:3:1: p: f (expected: e)",
            "m.yaml: p: f (expected: e)");
  }
}

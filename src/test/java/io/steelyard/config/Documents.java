package io.steelyard.config;

import io.steelyard.config.ConfigReader.Reading;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Documents for tests: read from text, with a fixed directory and environment. */
final class Documents {

  static final Path DIRECTORY = Path.of("/etc/steelyard");

  /** A valid group for listeners to name. */
  static final String GROUP =
      """
      server-groups:
        - {name: app, backends: {address: "10.0.0.11:8080"}}
      """;

  static final Map<String, String> ENVIRONMENT =
      Map.of("PORT", "8443", "SECRET", "hunter2", "EMPTY", "", "HOST", "10.0.0.9");

  private Documents() {}

  static Reading read(String text) {
    return ConfigReader.read(text, "steelyard.yaml", DIRECTORY, ENVIRONMENT::get);
  }

  static BalancerDocument valid(String text) {
    Reading reading = read(text);
    return reading
        .document()
        .orElseThrow(() -> new AssertionError(ProblemFormat.lines(reading.problems())));
  }

  /** Problems without file and place, warnings marked. */
  static List<String> problems(String text) {
    return ProblemFormat.lines(read(text).problems()).stream()
        .map(line -> line.replaceFirst("^steelyard\\.yaml(:\\d+:\\d+)?: ", ""))
        .toList();
  }

  /** A TCP listener, a flow mapping, with these further keys. */
  static String tcp(String keys) {
    return "listeners: {name: web, protocol: tcp, port: 443, server-group: app, "
        + keys
        + "}\n"
        + GROUP;
  }

  /** A TCPSSL listener whose {@code tls} has these further keys. */
  static String tls(String keys) {
    return """
    listeners:
      - {name: web, protocol: tcpssl, port: 443, server-group: app, tls: {certificates: web, %s}}
    certificates:
      - {name: web, certificate: web.crt, key: web.key}
    """
            .formatted(keys)
        + GROUP;
  }

  /** A server group of one backend with these further keys. */
  static String group(String keys) {
    return """
    listeners: {name: web, protocol: tcp, port: 443, server-group: app}
    server-groups: {name: app, backends: {address: "10.0.0.11:8080"}, %s}
    """
        .formatted(keys);
  }

  static String healthCheck(String keys) {
    return group("health-check: {" + keys + "}");
  }
}

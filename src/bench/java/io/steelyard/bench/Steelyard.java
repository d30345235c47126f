package io.steelyard.bench;

import io.steelyard.bench.Scene.Protocol;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Steelyard with its defaults: access log, metrics, health checks of backends.
 *
 * @param name one a form
 * @param command what a command line begins with
 * @param warmUp see {@link Balancer#warmUp}
 * @param ports for its management and admin ports
 */
record Steelyard(String name, List<String> command, Duration warmUp, Ports ports)
    implements Balancer {

  /** As the document's file is called in its directory. */
  static final String DOCUMENT = "steelyard.yaml";

  @Override
  public String version() {
    List<String> line = new ArrayList<>(command);
    line.add("version");
    try {
      Process process = new ProcessBuilder(line).start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
          .strip()
          .replace("\n", "; ")
          .replaceAll(" +", " ");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String logs() {
    return "a JSON line a flow, to a file, and all metrics (its defaults)";
  }

  @Override
  public boolean peer() {
    return false;
  }

  @Override
  public boolean can(Scene scene) {
    return true;
  }

  @Override
  public Launch prepare(Scene scene, Path directory, int port) {
    Path file = Texts.write(directory.resolve(DOCUMENT), document(scene, directory, port));
    List<String> line = new ArrayList<>(command);
    line.addAll(List.of("run", "--config", file.toString()));
    return new Launch(
        line,
        Map.of(
            "STEELYARD_EVENT_LOOPS", Integer.toString(WORKERS),
            "QUARKUS_HTTP_PORT", Integer.toString(ports.free()),
            "QUARKUS_MANAGEMENT_HOST", "127.0.0.1",
            "QUARKUS_MANAGEMENT_PORT", Integer.toString(ports.free())));
  }

  /** The document of a scene; its access list goes to a file beside it. */
  static String document(Scene scene, Path directory, int port) {
    Crowd crowd = scene.crowd();
    StringBuilder text = new StringBuilder("listeners:\n");
    for (int number = 0; number < crowd.listeners(); number++) {
      text.append(listener(scene, port, number));
    }
    text.append(certificates(scene));
    if (crowd.networks() > 0) {
      Texts.write(directory.resolve("networks"), String.join("\n", crowd.networkLines()));
      text.append("ip-groups:\n  - {name: clients, file: networks}\n");
    }
    text.append("server-groups:\n  - name: behind\n");
    if (scene.behind() == Protocol.TLS) {
      text.append(
          "    backend-protocol: tls\n    tls: {verify: full, ca: %s, server-name: %s}\n"
              .formatted(scene.authority(), Certificates.NAME));
    }
    text.append("    backends:\n");
    for (String address : crowd.backendAddresses()) {
      text.append("      - {address: \"%s:%d\"}\n".formatted(address, scene.backendPort()));
    }
    return text.toString();
  }

  private static String listener(Scene scene, int port, int number) {
    Crowd crowd = scene.crowd();
    boolean tls = scene.front() == Protocol.TLS;
    String names =
        number == 0 && crowd.certificates() > 0
            ? IntStream.range(0, crowd.certificates())
                .mapToObj(certificate -> "c" + certificate)
                .collect(Collectors.joining(", "))
            : crowd.certificates() > 0 ? "c0" : "own";
    return """
      - name: front-%d
        protocol: %s
        address: 127.0.0.1
        port: %d
        server-group: behind
    %s%s\
    """
        .formatted(
            number,
            tls ? "tcpssl" : "tcp",
            port + number,
            tls ? "    tls: {certificates: [" + names + "]}\n" : "",
            number == 0 && crowd.networks() > 0
                ? "    access: {mode: allow, ip-groups: [clients]}\n"
                : "");
  }

  private static String certificates(Scene scene) {
    if (scene.front() == Protocol.TCP) {
      return "";
    }
    StringBuilder text = new StringBuilder("certificates:\n");
    Crowd crowd = scene.crowd();
    if (crowd.certificates() == 0) {
      text.append(certificate("own", scene.certificate()));
    }
    for (int number = 0; number < crowd.certificates(); number++) {
      text.append(certificate("c" + number, Certificates.ofMany(crowd.folder(), number)));
    }
    return text.toString();
  }

  private static String certificate(String name, CertificateFiles files) {
    return "  - {name: %s, certificate: %s, key: %s}\n".formatted(name, files.chain(), files.key());
  }
}

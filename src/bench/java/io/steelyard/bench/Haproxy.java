package io.steelyard.bench;

import io.steelyard.bench.Scene.Protocol;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** HAProxy: one process with a thread a worker, mode tcp, its defaults otherwise. */
record Haproxy(Toolbox tools) implements Balancer {

  @Override
  public String name() {
    return "haproxy";
  }

  @Override
  public String version() {
    return tools.says("HAProxy version.*", "haproxy", "-vv")
        + "; "
        + tools.says("Running on (SSL library|OpenSSL) version.*", "haproxy", "-vv");
  }

  @Override
  public String logs() {
    return "nothing (its default)";
  }

  @Override
  public boolean can(Scene scene) {
    return true;
  }

  @Override
  public Launch prepare(Scene scene, Path directory, int port) {
    Path file =
        Texts.write(directory.resolve("haproxy.cfg"), configuration(scene, directory, port));
    List<String> command = tools.command("haproxy");
    command.addAll(List.of("-db", "-f", file.toString()));
    return new Launch(command, Map.of());
  }

  private static String configuration(Scene scene, Path directory, int port) {
    return """
    global
      nbthread %d
      maxconn %d
      ssl-default-bind-options ssl-min-ver TLSv1.3
    defaults
      mode tcp
      timeout connect 5s
      timeout client 900s
      timeout server 900s
    frontend front
    %s  default_backend behind
    backend behind
      balance roundrobin
    %s\
    """
        .formatted(
            WORKERS,
            (Ports.openFiles() - scene.crowd().listeners() - 500) / 2,
            front(scene, directory, port),
            behind(scene));
  }

  private static String front(Scene scene, Path directory, int port) {
    Crowd crowd = scene.crowd();
    StringBuilder text = new StringBuilder();
    Path certificate =
        crowd.certificates() > 0
            ? Certificates.ofMany(crowd.folder(), 0).both()
            : scene.certificate().both();
    String tls = scene.front() == Protocol.TLS ? " ssl crt " + certificate : "";
    for (int number = 0; number < crowd.listeners(); number++) {
      String own =
          number == 0 && crowd.certificates() > 0 ? " ssl crt-list " + list(crowd, directory) : tls;
      text.append("  bind 127.0.0.1:%d%s\n".formatted(port + number, own));
    }
    if (crowd.networks() > 0) {
      Path networks =
          Texts.write(directory.resolve("networks"), String.join("\n", crowd.networkLines()));
      text.append("  tcp-request connection reject unless { src -f %s }\n".formatted(networks));
    }
    return text.toString();
  }

  private static Path list(Crowd crowd, Path directory) {
    return Texts.write(
        directory.resolve("certificates"),
        IntStream.range(0, crowd.certificates())
            .mapToObj(number -> Certificates.ofMany(crowd.folder(), number).both() + "\n")
            .collect(Collectors.joining()));
  }

  private static String behind(Scene scene) {
    String tls =
        scene.behind() == Protocol.TLS
            ? " ssl verify required ca-file %s verifyhost %s sni str(%s)"
                .formatted(scene.authority(), Certificates.NAME, Certificates.NAME)
            : "";
    StringBuilder text = new StringBuilder();
    int number = 0;
    for (String address : scene.crowd().backendAddresses()) {
      text.append("  server s%d %s:%d%s\n".formatted(number++, address, scene.backendPort(), tls));
    }
    return text.toString();
  }
}

package io.steelyard.bench;

import io.steelyard.bench.Scene.Protocol;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** hitch: worker processes; terminates TLS and nothing else. */
record Hitch(Toolbox tools) implements Balancer {

  @Override
  public String name() {
    return "hitch";
  }

  @Override
  public String version() {
    return tools.says("hitch .*", "hitch", "--version") + "; OpenSSL of the same suite";
  }

  @Override
  public String logs() {
    return "nothing but errors (its default)";
  }

  @Override
  public boolean can(Scene scene) {
    return scene.front() == Protocol.TLS
        && scene.behind() == Protocol.TCP
        && scene.crowd().equals(Crowd.ONE);
  }

  @Override
  public Launch prepare(Scene scene, Path directory, int port) {
    Path file =
        Texts.write(
            directory.resolve("hitch.conf"),
            """
            frontend = { host = "127.0.0.1" port = "%d" }
            backend = "[127.0.0.1]:%d"
            workers = %d
            backlog = 1024
            daemon = off
            tls-protos = TLSv1.3
            ocsp-dir = ""
            pem-file = "%s"
            %s
            """
                .formatted(
                    port, scene.backendPort(), WORKERS, scene.certificate().both(), owner()));
    List<String> command = tools.command("hitch");
    command.add("--config=" + file);
    return new Launch(command, Map.of());
  }

  /** It refuses to work as root. */
  private static String owner() {
    return System.getProperty("user.name").equals("root")
        ? "user = \"nobody\"\ngroup = \"nogroup\""
        : "";
  }
}

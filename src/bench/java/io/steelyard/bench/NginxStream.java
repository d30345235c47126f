package io.steelyard.bench;

import io.steelyard.bench.Scene.Protocol;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** nginx with its stream module: worker processes, each with its own accept queue. */
record NginxStream(Toolbox tools) implements Balancer {

  @Override
  public String name() {
    return "nginx";
  }

  @Override
  public String version() {
    return tools.says("nginx version.*", "nginx", "-V")
        + "; "
        + tools.says("built with.*", "nginx", "-V");
  }

  @Override
  public String logs() {
    return "nothing (stream has no access log unless asked for)";
  }

  @Override
  public boolean can(Scene scene) {
    return scene.crowd().equals(Crowd.ONE);
  }

  @Override
  public Launch prepare(Scene scene, Path directory, int port) {
    Path file = Texts.write(directory.resolve("nginx.conf"), configuration(scene, directory, port));
    List<String> command = tools.command("nginx");
    command.addAll(List.of("-p", directory.toString(), "-e", "stderr", "-c", file.toString()));
    return new Launch(command, Map.of());
  }

  private String configuration(Scene scene, Path directory, int port) {
    return """
    load_module %s;
    daemon off;
    worker_processes %d;
    pid %s;
    error_log stderr crit;
    events { worker_connections 24000; }
    stream {
      server {
        listen 127.0.0.1:%d%s reuseport;
    %s    proxy_pass 127.0.0.1:%d;
        proxy_timeout 900s;
    %s  }
    }
    """
        .formatted(
            tools.nginxModule("ngx_stream_module.so"),
            WORKERS,
            directory.resolve("nginx.pid"),
            port,
            scene.front() == Protocol.TLS ? " ssl" : "",
            front(scene),
            scene.backendPort(),
            behind(scene));
  }

  private static String front(Scene scene) {
    if (scene.front() == Protocol.TCP) {
      return "";
    }
    return """
        ssl_certificate %s;
        ssl_certificate_key %s;
        ssl_protocols TLSv1.3;
    """
        .formatted(scene.certificate().chain(), scene.certificate().key());
  }

  private static String behind(Scene scene) {
    if (scene.behind() == Protocol.TCP) {
      return "";
    }
    return """
        proxy_ssl on;
        proxy_ssl_protocols TLSv1.3;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate %s;
        proxy_ssl_server_name on;
        proxy_ssl_name %s;
    """
        .formatted(scene.authority(), Certificates.NAME);
  }
}

package io.steelyard.health;

import io.steelyard.config.HealthCheckConfig;
import io.steelyard.config.HealthCheckConfig.Method;
import java.nio.charset.StandardCharsets;

/** The bytes of the one HTTP/1.1 request that http and https probes send. */
final class ProbeRequest {

  private ProbeRequest() {}

  /**
   * @param host IP literal without brackets or name, used where the check configures no host
   * @param port the port probed
   */
  static byte[] encode(HealthCheckConfig check, String host, int port) {
    String authority =
        check.host().orElseGet(() -> (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
    StringBuilder request =
        new StringBuilder(256)
            .append(check.method())
            .append(' ')
            .append(check.path())
            .append(" HTTP/1.1\r\n")
            .append("Host: ")
            .append(authority)
            .append("\r\n")
            .append("User-Agent: steelyard-health\r\n")
            .append("Accept: */*\r\n")
            .append("Connection: close\r\n");
    if (check.method() == Method.POST) {
      request.append("Content-Length: 0\r\n");
    }
    return request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}

package io.steelyard.testkit;

import io.steelyard.admin.AccessToken;
import io.steelyard.admin.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A caller of the admin API with a token of its own. */
public final class AdminClient implements AutoCloseable {

  private final HttpClient http = HttpClient.newHttpClient();
  private final String token = AccessToken.make();
  private final int port = LoopbackPorts.free();
  private final Path tokensFile;

  /** Writes a tokens file that lets it in as operator. */
  public AdminClient(Path directory) {
    try {
      this.tokensFile =
          Files.writeString(
              directory.resolve("tokens"), AccessToken.line(token, "tester", Role.OPERATOR) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Has the process let it in. */
  public SteelyardProcess.Launch knownTo(SteelyardProcess.Launch launch) {
    return launch
        .set("QUARKUS_HTTP_PORT", Integer.toString(port))
        .set("STEELYARD_ADMIN_TOKENS_FILE", tokensFile.toString());
  }

  /** Calls the path below {@code /api/v1}; fails where there is no answer. */
  public HttpResponse<String> call(String method, String path, String type, String body)
      throws IOException {
    try {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1" + path))
              .header("Authorization", "Bearer " + token)
              .header("Content-Type", type)
              .timeout(Duration.ofSeconds(20))
              .method(method, HttpRequest.BodyPublishers.ofString(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Puts a YAML document into force. */
  public HttpResponse<String> put(String document) throws IOException {
    return call("PUT", "/document", "application/yaml", document);
  }

  @Override
  public void close() {
    http.close();
  }
}

package io.steelyard;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.steelyard.command.Product;
import io.steelyard.config.ConfigReader;
import io.steelyard.control.DocumentFile;
import io.steelyard.control.DrainTimes;
import io.steelyard.control.First;
import io.steelyard.testkit.SocketBackend;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The management port of a process from before its first revision to its drain: one life, told in
 * order, because a process starts and drains once.
 */
@QuarkusTest
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ManagementRoutesTest {

  private static final SocketBackend BACKEND = SocketBackend.echo();
  private static int port;

  @Inject Balancer balancer;

  @TestHTTPResource(value = "", management = true)
  URL management;

  @AfterAll
  static void closeBackend() {
    BACKEND.close();
  }

  @Test
  @Order(1)
  void health_beforeTheFirstRevision_isAliveAndNotReady() {
    get("/health/live").then().statusCode(200).body("status", equalTo("UP"));
    get("/health/started").then().statusCode(503);
    get("/health/ready").then().statusCode(503);
  }

  @Test
  @Order(2)
  void health_running_isReadyAndShowsListenersAndGroups() throws IOException {
    start();

    await().atMost(Duration.ofSeconds(20)).until(() -> get("/health/ready").statusCode() == 200);
    get("/health/started").then().statusCode(200);
    get("/health/live").then().statusCode(200).body("checks.data.silent", hasItem("[]"));
    get("/health/ready")
        .then()
        .body("checks[0].data.revision", equalTo(1))
        .body("checks[0].data.'listener raw'", containsString("accepting on port " + port))
        .body("checks[0].data.'group app'", containsString("1 of 1 backends up"));
  }

  @Test
  @Order(3)
  void metrics_afterAFlow_showItInPrometheusText() throws IOException {
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      client.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
      assertThat(client.getInputStream().readNBytes(5)).hasSize(5);
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                metrics()
                    .contains(
                        "steelyard_listener_connections_closed_total{listener=\"raw\","
                            + "cause=\"client_end\",} 1.0"));

    assertThat(metrics())
        .contains("steelyard_listener_connections{listener=\"raw\",} 0.0")
        .contains("steelyard_listener_connections_total{listener=\"raw\",} 1.0")
        .contains("steelyard_listener_received_bytes_total{listener=\"raw\",} 5.0")
        .contains("steelyard_listener_sent_bytes_total{listener=\"raw\",} 5.0")
        .contains("steelyard_build_info{version=\"" + Product.VERSION + "\",runtime=\"jvm\"");
  }

  @Test
  @Order(4)
  void metrics_foreignMetersOfVertx_areOff() {
    assertThat(metrics()).doesNotContain("vertx_net", "vertx_tcp", "net_server", "net_client");
  }

  @Test
  @Order(5)
  void metrics_clientPrefersOpenMetrics_getsTextAllTheSame() {
    get("/metrics", "application/openmetrics-text")
        .then()
        .statusCode(200)
        .contentType(containsString("text/plain"))
        .body(not(containsString("# EOF")));
  }

  @Test
  @Order(6)
  void health_draining_isAliveAndNotReady() {
    balancer.shutdown(new DrainTimes(Duration.ofSeconds(300), Duration.ZERO, 0));

    get("/health/ready").then().statusCode(503).body("checks[0].data.draining", equalTo(true));
    get("/health/live").then().statusCode(200);
    get("/health/started").then().statusCode(200);
    assertThat(metrics()).contains("steelyard_draining 1.0");
  }

  private void start() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    DocumentFile text =
        DocumentFile.of(
            "test.yaml",
            Path.of("."),
            """
            listeners:
              - {name: raw, protocol: tcp, address: 127.0.0.1, port: %d, server-group: app}
            server-groups:
              - {name: app, backends: [{address: "%s"}]}
            """
                .formatted(port, BACKEND.address()));
    ConfigReader.Reading reading = text.parse();
    assertThat(
            balancer
                .start(
                    new First(reading.document().orElseThrow(), text, Optional.empty()),
                    reading.problems())
                .toCompletionStage()
                .toCompletableFuture()
                .join())
        .as("%s", reading.problems().all())
        .isPresent();
  }

  private String metrics() {
    return get("/metrics").asString();
  }

  private Response get(String path) {
    return get(path, "*/*");
  }

  private Response get(String path, String accepted) {
    return given()
        .baseUri("http://" + management.getAuthority())
        .header("Accept", accepted)
        .get("/q" + path);
  }
}

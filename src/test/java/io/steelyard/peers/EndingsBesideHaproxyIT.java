package io.steelyard.peers;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.Haproxy;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.SocketBackend;
import io.steelyard.testkit.SteelyardProcess;
import io.steelyard.testkit.TlsFixture;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every way to end a flow, driven by the same client and backend through HAProxy and through
 * Steelyard: what both ends see. Words for what is seen: the data, then {@code end} (FIN, under TLS
 * after close_notify), {@code cut} (FIN without close_notify), {@code reset}, {@code alert}, {@code
 * closed} (FIN or RST, whichever overtakes), {@code nothing} (still open). The two are alike but
 * where an {@link Ending} gives HAProxy's client something else to see.
 */
class EndingsBesideHaproxyIT {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir static Path directory;

  private static final AtomicReference<SocketBackend.Script> SCRIPT = new AtomicReference<>();
  private static SocketBackend backend;
  private static TlsFixture fixture;
  private static Haproxy haproxy;
  private static SteelyardProcess steelyard;
  private static SteelyardProcess ownHandler;

  /** Those that are compared, each with a TLS and a TCP listener. */
  enum Balancer {
    HAPROXY,
    STEELYARD,
    /** Whose own handler carries TLS records, in the place of Netty's. */
    STEELYARD_NATIVE_TLS;

    private final int tlsPort = LoopbackPorts.free();
    private final int tcpPort = LoopbackPorts.free();
  }

  /** An ending, and what client and backend see of it. */
  enum Ending {
    /**
     * The one difference that is a lack: Netty's engine closes its own direction too when it gets
     * close_notify, so that the backend's answer is lost; HAProxy still delivers it, and so does
     * our own handler.
     */
    TLS_CLIENT_CLOSE_NOTIFY_TCP_KEPT_OPEN("end", "hello end", "bye end"),
    TLS_CLIENT_FIN_WITHOUT_CLOSE_NOTIFY("bye end", "hello end"),
    TLS_CLIENT_RESET("-", "hello reset"),
    TLS_BACKEND_END("bye end", "hello end"),
    TLS_BACKEND_HALF_CLOSE("bye end", "hello more end"),
    /**
     * On purpose: HAProxy makes an orderly end of it, which to a client looks like a whole answer.
     */
    TLS_BACKEND_RESET("reset", "hello -", "end"),
    TLS_UNDECRYPTABLE_RECORD("alert closed", "hello reset"),
    TLS_RECORD_OF_LENGTH_FFFF("alert closed", "hello reset"),
    TCP_CLIENT_HALF_CLOSE("bye end", "hello end"),
    TCP_BACKEND_HALF_CLOSE("bye end", "hello more end"),
    TCP_CLIENT_RESET("-", "hello reset"),
    /** On purpose, as under TLS. */
    TCP_BACKEND_RESET("reset", "hello -", "end");

    private final Seen steelyard;
    private final Seen haproxy;

    Ending(String client, String backend) {
      this(client, backend, client);
    }

    Ending(String client, String backend, String clientOfHaproxy) {
      steelyard = new Seen(client, backend);
      haproxy = new Seen(clientOfHaproxy, backend);
    }

    /** Where Netty's handler is not in the way, only what is on purpose may differ. */
    Seen withOwnHandler() {
      return this == TLS_CLIENT_CLOSE_NOTIFY_TCP_KEPT_OPEN ? haproxy : steelyard;
    }

    boolean isTls() {
      return name().startsWith("TLS_");
    }
  }

  /** What client and backend saw. */
  record Seen(String client, String backend) {}

  @BeforeAll
  static void start() throws IOException {
    fixture = new TlsFixture(directory);
    backend = SocketBackend.running(socket -> SCRIPT.get().run(socket));
    Files.writeString(
        directory.resolve("both.pem"),
        Files.readString(directory.resolve("web.crt"))
            + Files.readString(directory.resolve("web.key")));
    haproxy =
        Haproxy.start(
            directory,
            Balancer.HAPROXY.tcpPort,
            "nbthread 2",
            """
            listen tls
              bind 127.0.0.1:%d ssl crt %s
              server backend 127.0.0.1:%d
            listen tcp
              bind 127.0.0.1:%d
              server backend 127.0.0.1:%d
            """
                .formatted(
                    Balancer.HAPROXY.tlsPort,
                    directory.resolve("both.pem"),
                    backend.port(),
                    Balancer.HAPROXY.tcpPort,
                    backend.port()));
    steelyard = serving(Balancer.STEELYARD, "netty");
    ownHandler = serving(Balancer.STEELYARD_NATIVE_TLS, "native");
  }

  /** In a directory of its own: each follows its document. */
  private static SteelyardProcess serving(Balancer balancer, String tlsHandler) throws IOException {
    Path own = Files.createDirectory(directory.resolve(tlsHandler));
    for (String file : List.of("web.crt", "web.key")) {
      Files.copy(directory.resolve(file), own.resolve(file));
    }
    return SteelyardProcess.in(own)
        .set("STEELYARD_TLS_HANDLER", tlsHandler)
        .serve(
            """
                listeners:
                  - name: tls
                    protocol: tcpssl
                    port: %d
                    server-group: app
                    tls: {certificates: [web]}
                  - {name: tcp, protocol: tcp, port: %d, server-group: app}
                certificates:
                  - {name: web, certificate: web.crt, key: web.key}
                server-groups:
                  - name: app
                    backends: [{address: "127.0.0.1:%d"}]
                    health-check: {type: none}
                """
                .formatted(balancer.tlsPort, balancer.tcpPort, backend.port()));
  }

  @AfterAll
  static void stop() {
    steelyard.close();
    ownHandler.close();
    haproxy.close();
    backend.close();
  }

  @ParameterizedTest
  @EnumSource(Ending.class)
  void ending_throughHaproxyAndSteelyard_isSeenAlike(Ending ending) throws Exception {
    assertThat(drive(ending, Balancer.HAPROXY)).isEqualTo(ending.haproxy);
    assertThat(drive(ending, Balancer.STEELYARD)).isEqualTo(ending.steelyard);
    assertThat(drive(ending, Balancer.STEELYARD_NATIVE_TLS)).isEqualTo(ending.withOwnHandler());
  }

  private static Seen drive(Ending ending, Balancer balancer) throws Exception {
    CompletableFuture<String> backendSaw = new CompletableFuture<>();
    CompletableFuture<Void> greeted = new CompletableFuture<>();
    CompletableFuture<Void> clientEnded = new CompletableFuture<>();
    SCRIPT.set(
        socket -> {
          socket.setSoTimeout((int) PATIENCE.toMillis());
          String hello = new String(socket.getInputStream().readNBytes(6), US_ASCII);
          greeted.complete(null);
          backendSaw.complete(hello + serve(ending, socket, clientEnded));
        });
    try (Socket plain =
        new Socket("127.0.0.1", ending.isTls() ? balancer.tlsPort : balancer.tcpPort)) {
      plain.setSoTimeout((int) PATIENCE.toMillis());
      Socket client = ending.isTls() ? fixture.secure(plain, "TLSv1.3") : plain;
      client.getOutputStream().write("hello ".getBytes(US_ASCII));
      greeted.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      String clientSaw = act(ending, plain, client);
      clientEnded.complete(null);
      return new Seen(clientSaw, backendSaw.get(PATIENCE.toSeconds() * 2, TimeUnit.SECONDS));
    }
  }

  /** The backend's part after the greeting; returns what it saw. */
  private static String serve(Ending ending, Socket socket, CompletableFuture<Void> clientEnded)
      throws IOException {
    return switch (ending) {
      case TLS_BACKEND_RESET, TCP_BACKEND_RESET -> {
        socket.setSoLinger(true, 0);
        socket.close();
        yield "-";
      }
      case TLS_BACKEND_END, TLS_BACKEND_HALF_CLOSE, TCP_BACKEND_HALF_CLOSE -> {
        socket.getOutputStream().write("bye ".getBytes(US_ASCII));
        socket.shutdownOutput();
        yield observe(socket);
      }
      default -> {
        String seen = observe(socket);
        if (seen.endsWith("end")) {
          socket.getOutputStream().write("bye ".getBytes(US_ASCII));
          socket.shutdownOutput();
          clientEnded.join();
        }
        yield seen;
      }
    };
  }

  /** The client's part; returns what it saw. */
  private static String act(Ending ending, Socket plain, Socket client) throws IOException {
    switch (ending) {
      case TLS_CLIENT_CLOSE_NOTIFY_TCP_KEPT_OPEN -> ((SSLSocket) client).shutdownOutput();
      case TLS_CLIENT_FIN_WITHOUT_CLOSE_NOTIFY, TCP_CLIENT_HALF_CLOSE -> plain.shutdownOutput();
      case TLS_UNDECRYPTABLE_RECORD ->
          plain.getOutputStream().write(HexFormat.of().parseHex("1703030040" + "42".repeat(64)));
      case TLS_RECORD_OF_LENGTH_FFFF ->
          plain.getOutputStream().write(HexFormat.of().parseHex("170303ffff42"));
      case TLS_CLIENT_RESET, TCP_CLIENT_RESET -> {
        plain.setSoLinger(true, 0);
        plain.close();
        return "-";
      }
      case TLS_BACKEND_HALF_CLOSE, TCP_BACKEND_HALF_CLOSE -> {
        String seen = observe(client);
        client.getOutputStream().write("more ".getBytes(US_ASCII));
        client.shutdownOutput();
        return seen;
      }
      case TLS_BACKEND_END -> {
        String seen = observe(client);
        ((SSLSocket) client).shutdownOutput();
        return seen;
      }
      case TLS_BACKEND_RESET, TCP_BACKEND_RESET -> {
        // Acts the other end.
      }
    }
    String seen = observe(client);
    return seen.endsWith("alert ") ? seen + closed(plain) : seen;
  }

  /** Reads to whatever comes last. */
  private static String observe(Socket socket) {
    StringBuilder seen = new StringBuilder();
    try {
      for (int next = socket.getInputStream().read(); next >= 0; ) {
        seen.append((char) next);
        next = socket.getInputStream().read();
      }
      return seen.append("end").toString();
    } catch (SocketTimeoutException e) {
      return seen.append("nothing").toString();
    } catch (SSLException e) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("fatal alert")) {
        return seen.append("alert ").toString();
      }
      return seen.append(message.contains("close_notify") ? "cut" : "broken: " + e).toString();
    } catch (SocketException e) {
      return seen.append("reset").toString();
    } catch (IOException e) {
      return seen.append(e).toString();
    }
  }

  private static String closed(Socket plain) {
    String seen = observe(plain);
    return seen.equals("end") || seen.equals("reset") ? "closed" : seen;
  }
}

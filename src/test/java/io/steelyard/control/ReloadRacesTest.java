package io.steelyard.control;

import static io.steelyard.control.ReloadScene.asked;
import static io.steelyard.control.ReloadScene.await;
import static io.steelyard.control.ReloadScene.name;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.Problems;
import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.CapturedLog;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.NewFlows;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.SocketBackend;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes that meet something that is still under way: another change, a drain, a flow, a hand. */
class ReloadRacesTest {

  @TempDir private Path directory;
  private ReloadScene scene;

  @BeforeEach
  void open() {
    scene = new ReloadScene(directory);
  }

  @AfterEach
  void close() {
    scene.close();
  }

  /** The scene's document and one more listener of the same group. */
  private String withSecond(int port, String keys) {
    return scene
        .document("", keys, scene.one)
        .replaceFirst(
            "\n",
            "\n  - {name: second, protocol: tcp, address: 127.0.0.1, port: "
                + port
                + ", server-group: app}\n");
  }

  @Test
  void listener_movedToAndFroWithoutAPause_losesNoClient() throws Exception {
    try (SocketBackend echo = SocketBackend.echo()) {
      String narrow = scene.document("", "", echo);
      String wide = narrow.replace("address: 127.0.0.1", "address: 0.0.0.0");
      scene.start(narrow);
      try (NewFlows flows = NewFlows.opening(3, scene.port)) {
        for (int i = 0; i < 15; i++) {
          assertThat(scene.change(ReloadScene.to(wide)).outcome()).isEqualTo(Outcome.APPLIED);
          flows.awaitMore(3);
          assertThat(scene.change(ReloadScene.to(narrow)).outcome()).isEqualTo(Outcome.APPLIED);
          flows.awaitMore(3);
        }
        flows.awaitMore(100);
        flows.stop();
        assertThat(flows.failures()).isEmpty();
      }
    }
  }

  @Test
  void listener_renamedAgainAndAgain_losesNoClient() throws Exception {
    try (SocketBackend echo = SocketBackend.echo()) {
      String web = scene.document("", "", echo);
      String shop = web.replace("name: web", "name: shop");
      scene.start(web);
      try (NewFlows flows = NewFlows.opening(3, scene.port)) {
        for (int i = 0; i < 100; i++) {
          scene.change(ReloadScene.to(i % 2 == 0 ? shop : web));
        }
        flows.stop();
        assertThat(flows.failures()).isEmpty();
      }
    }
  }

  @Test
  void listeners_thatSwapPorts_loseNoClient() throws Exception {
    int other = LoopbackPorts.free();
    String straight = withSecond(other, "");
    String crossed =
        straight
            .replace("port: " + other, "port: x")
            .replace("port: " + scene.port, "port: " + other)
            .replace("port: x", "port: " + scene.port);
    scene.start(straight);
    try (Socket held = ReloadScene.open(other)) {
      assertThat(name(held)).isEqualTo("one");
      assertThat(scene.observer.accepted.getLast().listener()).isEqualTo("second");

      assertThat(scene.change(ReloadScene.to(crossed)).outcome()).isEqualTo(Outcome.APPLIED);

      assertThat(asked(other)).isEqualTo("one");
      assertThat(scene.observer.accepted.getLast().listener()).isEqualTo("web");
      assertThat(asked(scene.port)).isEqualTo("one");
      assertThat(scene.observer.accepted.getLast().listener()).isEqualTo("second");
      assertThat(name(held)).isEqualTo("one");
      assertThat(scene.listener("second").port()).isEqualTo(scene.port);
    }
  }

  @Test
  void listener_removedAndPutBack_keepsItsOldFlows() throws Exception {
    int other = LoopbackPorts.free();
    String keys = "    drain-timeout: 1s\n";
    scene.start(withSecond(other, keys));
    try (Socket held = ReloadScene.open(other)) {
      assertThat(name(held)).isEqualTo("one");
      scene.change(ReloadScene.to(scene.document("", keys, scene.one)));
      await(scene.vertx.timer(600).mapEmpty());

      scene.change(ReloadScene.to(withSecond(other, keys)));

      // Longer than the drain would have taken: it has been called off.
      await(scene.vertx.timer(1500).mapEmpty());
      assertThat(name(held)).isEqualTo("one");
      // And it is begun anew where the listener goes for good.
      scene.change(ReloadScene.to(scene.document("", keys, scene.one)));
      Patience.await().until(() -> scene.observer.ended.size() == 1);
      assertThat(scene.observer.ended.getFirst().ended()).isEqualTo(FlowEnd.DRAIN);
    }
  }

  @Test
  void listener_justRemoved_isSeenToDrain() throws Exception {
    int other = LoopbackPorts.free();
    scene.start(withSecond(other, ""));
    try (Socket held = ReloadScene.open(other)) {
      assertThat(name(held)).isEqualTo("one");
      scene.change(ReloadScene.to(scene.document("", "", scene.one)));
      scene.change(ReloadScene.to(withSecond(other, "")));
      assertThat(scene.listener("second").leavingFlows()).isOne();
    }
  }

  @Test
  void shutdown_rightAfterAListenerLeft_waitsForItsFlows() throws Exception {
    int other = LoopbackPorts.free();
    scene.start(withSecond(other, ""));
    try (Socket held = ReloadScene.open(other)) {
      assertThat(name(held)).isEqualTo("one");
      scene.change(ReloadScene.to(scene.document("", "", scene.one)));

      var down = scene.shutdown(new DrainTimes(Duration.ZERO, Duration.ofSeconds(30), 0.1));

      await(scene.vertx.timer(1000).mapEmpty());
      assertThat(down.isComplete()).isFalse();
      assertThat(name(held)).isEqualTo("one");
      held.close();
      await(down);
    }
  }

  @Test
  void backends_removedTogether_allDrain() throws Exception {
    String keys = "    drain-timeout: 1s\n    health-check: {type: none}\n";
    SocketBackend[] leaving = new SocketBackend[10];
    Arrays.setAll(leaving, i -> ReloadScene.answering("leaving"));
    scene.start(scene.document("", keys, leaving));
    List<Socket> held = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      Socket socket = ReloadScene.open(scene.port);
      assertThat(name(socket)).isEqualTo("leaving");
      held.add(socket);
    }

    scene.change(ReloadScene.to(scene.document("", keys, scene.one)));

    Patience.await().until(() -> scene.observer.ended.size() == 30);
    assertThat(scene.observer.ended).allMatch(flow -> flow.ended() == FlowEnd.DRAIN);
    assertThat(asked(scene.port)).isEqualTo("one");
    for (Socket socket : held) {
      socket.close();
    }
    for (SocketBackend backend : leaving) {
      backend.close();
    }
  }

  @Test
  void flow_onItsWayWhileItsGroupChanges_isDialledAsTheGroupIsNow() throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    try (SocketBackend recording =
        SocketBackend.running(
            socket -> {
              byte[] first = new byte[4];
              int read = socket.getInputStream().readNBytes(first, 0, 4);
              // A probe says nothing.
              if (read > 0) {
                heard.add(new String(first, 0, read, UTF_8));
              }
            })) {
      String routes = ", sni-routes: [{sni: a.example, server-group: app}]";
      scene.start(scene.document(routes, "    proxy-protocol: {send: v1}\n", scene.one));
      try (Socket client = ReloadScene.open(scene.port)) {
        Patience.await().until(() -> scene.listener("web").openFlows() == 1);

        scene.change(ReloadScene.to(scene.document(routes, "", recording)));
        client.getOutputStream().write("who\n".getBytes(UTF_8));

        Patience.await().until(() -> heard.size() == 1);
        assertThat(heard).containsExactly("who\n");
      }
    }
  }

  @Test
  void edit_whileTheFileWasEditedByHand_doesNotOverwriteIt() throws Exception {
    scene.start(scene.document("", "", scene.one));
    String byHand = scene.document(", max-connections: 7", "", scene.one);

    Files.writeString(scene.file, byHand);
    ChangeResult result =
        scene.change(ReloadScene.to(scene.document(", max-connections: 9", "", scene.one)));

    assertThat(scene.file).hasContent(byHand);
    assertThat(result.outcome()).isEqualTo(Outcome.APPLIED);
    assertThat(result.unsaved().orElseThrow()).contains("edited");
    Patience.await().until(() -> scene.listener("web").maxConnections() == 7);
  }

  @Test
  void listener_backInServiceInVain_isNotToldAsIfItWere() throws Exception {
    scene.start(scene.document("", "", scene.one));
    await(scene.controller.listener("web", false, new Problems("call")));
    try (CapturedLog log = CapturedLog.of(Controller.class);
        ServerSocket taken = taken(scene.port)) {
      assertThat(taken.isBound()).isTrue();
      Problems problems = new Problems("call");

      await(scene.controller.listener("web", true, problems));

      assertThat(problems.hasErrors()).isTrue();
      assertThat(log.lines()).noneMatch(line -> line.startsWith("INFO"));
    }
    assertThat(scene.listener("web").accepting()).isFalse();
  }

  /** A file system without owners and modes: writing throws what no I/O error is. */
  @Test
  void edit_fileSystemThatCannot_takesEffectAndSaysSo() throws Exception {
    URI archive = URI.create("jar:" + directory.resolve("files.zip").toUri());
    try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"));
        ReloadScene odd = new ReloadScene(zip.getPath("/"))) {
      odd.start(odd.document("", "", odd.one));

      ChangeResult result = odd.change(ReloadScene.to(odd.document("", "", odd.two)));

      assertThat(result.outcome()).isEqualTo(Outcome.APPLIED);
      assertThat(result.unsaved()).isPresent();
      assertThat(asked(odd.port)).isEqualTo("two");
    }
  }

  @Test
  void reload_documentsBefore_areNotKeptInMemory() throws Exception {
    scene.start(scene.document("", "", scene.one));
    var before =
        new WeakReference<>(scene.controller.withLoaded(LoadedDocument::parts).orElseThrow());
    for (int i = 1; i < 3; i++) {
      scene.change(ReloadScene.to(scene.document(", max-connections: " + i, "", scene.one)));
    }
    Patience.await()
        .until(
            () -> {
              System.gc();
              return before.refersTo(null);
            });
  }

  @Test
  void withLoaded_replacedMeanwhile_staysUsableUntilTheEndOfThatUse() throws Exception {
    scene.start(scene.document("", "", scene.one));
    LoadedDocument replaced =
        scene
            .controller
            .withLoaded(
                loaded -> {
                  scene.change(ReloadScene.to(scene.document("", "", scene.two)));
                  assertThat(isUsable(loaded)).isTrue();
                  return loaded;
                })
            .orElseThrow();

    Patience.await().until(() -> !isUsable(replaced));
    assertThat(scene.controller.withLoaded(ReloadRacesTest::isUsable)).contains(true);
  }

  @Test
  void withLoaded_nothingInForce_isEmpty() throws Exception {
    assertThat(scene.controller.withLoaded(LoadedDocument::document)).isEmpty();
    scene.start(scene.document("", "", scene.one));

    await(scene.shutdown(DrainTimes.AT_ONCE));

    assertThat(scene.controller.withLoaded(LoadedDocument::document)).isEmpty();
  }

  private static boolean isUsable(LoadedDocument loaded) {
    if (!loaded.tryRetain()) {
      return false;
    }
    loaded.release();
    return true;
  }

  private static ServerSocket taken(int port) {
    return Patience.await()
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> new ServerSocket(port, 1, InetAddress.getLoopbackAddress()), s -> true);
  }
}

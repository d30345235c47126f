package io.steelyard.control;

import static io.steelyard.control.ReloadScene.asked;
import static io.steelyard.control.ReloadScene.await;
import static io.steelyard.control.ReloadScene.name;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.backend.BackendState;
import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.LoopbackPorts;
import io.steelyard.testkit.Patience;
import io.steelyard.testkit.SocketBackend;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Documents that change under traffic: on real sockets, from a real file. */
class ReloadTest {

  private static final int MANY_HELD = 500;

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

  @Test
  void file_replaced_isFollowedAndHeldFlowsGoOn() throws Exception {
    scene.start(scene.document("", "", scene.one));
    try (Socket held = ReloadScene.open(scene.port)) {
      assertThat(name(held)).isEqualTo("one");

      scene.replace(scene.document("", "", scene.two));

      Patience.await().until(() -> scene.revision() == 2);
      assertThat(asked(scene.port)).isEqualTo("two");
      assertThat(name(held)).isEqualTo("one");
      assertThat(scene.controller.revisions().getFirst().source().kind())
          .isEqualTo(Source.Kind.FILE);
      assertThat(scene.controller.revisions().getFirst().changes()).isNotEmpty();
    }
  }

  @Test
  void file_writtenInPlace_isFollowed() throws Exception {
    scene.start(scene.document("", "", scene.one));

    Files.writeString(scene.file, scene.document("", "", scene.two));

    Patience.await().until(() -> scene.revision() == 2);
    assertThat(asked(scene.port)).isEqualTo("two");
  }

  /** As the kubelet publishes a ConfigMap: files behind {@code ..data}, which is swapped. */
  @Test
  void file_behindAnotherLink_isFollowed() throws Exception {
    Path mount = Files.createDirectory(directory.resolve("mount"));
    Path first = Files.createDirectory(mount.resolve("..first"));
    Path second = Files.createDirectory(mount.resolve("..second"));
    Files.writeString(second.resolve("steelyard.yaml"), scene.document("", "", scene.two));
    Files.writeString(first.resolve("steelyard.yaml"), scene.document("", "", scene.one));
    Files.createSymbolicLink(mount.resolve("..data"), Path.of("..first"));
    Files.createSymbolicLink(mount.resolve("steelyard.yaml"), Path.of("..data/steelyard.yaml"));
    Files.createSymbolicLink(scene.file, mount.resolve("steelyard.yaml"));
    scene.start(Files.readString(scene.file));

    Path swap = Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of("..second"));
    Files.move(swap, mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);

    Patience.await().until(() -> scene.revision() == 2);
    assertThat(asked(scene.port)).isEqualTo("two");
  }

  @Test
  void file_halfWritten_isNotServedUntilItIsWhole() throws Exception {
    scene.start(scene.document("", "", scene.one));
    String whole = scene.document("", "    scheduler: round-robin\n", scene.one, scene.two);
    // Ends within the second backend's line: the first half is a document of its own.
    int half = whole.indexOf(scene.two.address()) - 15;

    Files.writeString(scene.file, whole.substring(0, half));
    // More looks than a burst needs to settle, within the patience for a slow writer.
    await(scene.vertx.timer(500).mapEmpty());
    assertThat(scene.controller.revisions()).hasSize(1);
    Files.writeString(scene.file, whole.substring(half), StandardOpenOption.APPEND);

    Patience.await().until(() -> scene.revision() == 2);
    assertThat(scene.controller.status().groups().getFirst().backends()).hasSize(2);
  }

  @Test
  void file_touchedOnly_isNoRevision() throws Exception {
    scene.start(scene.document("", "", scene.one));

    scene.replace(Files.readString(scene.file));

    assertThat(scene.reload().outcome()).isEqualTo(Outcome.UNCHANGED);
    assertThat(scene.revision()).isEqualTo(1);
    assertThat(scene.controller.revisions()).hasSize(1);
    assertThat(scene.controller.status().reloads().unchanged()).isEqualTo(1);
  }

  @Test
  void file_withProblems_changesNothingAndIsTold() throws Exception {
    scene.start(scene.document("", "", scene.one));

    scene.replace("listeners:\n  - {name: web, protocol: tcp, port: 0x, colour: red}\n");

    Patience.await().until(() -> scene.controller.revisions().size() == 2);
    Revision refused = scene.controller.revisions().getFirst();
    assertThat(refused.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(refused.problems()).extracting(Problem::path).contains("listeners[web].colour");
    assertThat(scene.revision()).isEqualTo(1);
    assertThat(scene.controller.status().reloads().lastSuccessful()).isFalse();
    assertThat(asked(scene.port)).isEqualTo("one");
    ChangeResult again = scene.reload();
    assertThat(again.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(again.problems()).isEqualTo(refused.problems());
  }

  @Test
  void file_gone_isAFailedReloadAndTheOldServesOn() throws Exception {
    scene.start(scene.document("", "", scene.one));

    Files.delete(scene.file);

    Future<ChangeResult> asked = scene.controller.reload(new Source(Source.Kind.SIGNAL, "HUP"));
    Patience.await().until(asked::failed);
    assertThat(asked.cause()).hasMessageContaining("no such file");
    assertThat(scene.controller.status().reloads().lastSuccessful()).isFalse();
    assertThat(asked(scene.port)).isEqualTo("one");
    Files.writeString(scene.file, scene.document("", "", scene.two));
    Patience.await().until(() -> scene.revision() == 2);
    assertThat(scene.controller.status().reloads().lastSuccessful()).isTrue();
  }

  @Test
  void reload_manyAtOnce_takeEffectInOrder() throws Exception {
    scene.start(scene.document("", "", scene.one));
    List<Future<ChangeResult>> results = new ArrayList<>();
    for (int i = 1; i <= 30; i++) {
      String text = scene.document(", max-connections: " + i, "", scene.one);
      results.add(scene.controller.change(ReloadScene.to(text)));
    }

    for (int i = 1; i <= 30; i++) {
      ChangeResult result = await(results.get(i - 1));
      assertThat(result.outcome()).isEqualTo(Outcome.APPLIED);
      assertThat(result.revision().orElseThrow().number()).isEqualTo(i + 1);
    }
    assertThat(scene.listener("web").maxConnections()).isEqualTo(30);
    assertThat(scene.controller.revisions()).hasSize(Revisions.KEPT);
  }

  @Test
  void listener_removed_freesItsPortWhileItsFlowsLive() throws Exception {
    int other = LoopbackPorts.free();
    String second =
        "  - {name: second, protocol: tcp, address: 127.0.0.1, port: "
            + other
            + ", server-group: app}\n";
    String both = scene.document("", "", scene.one).replaceFirst("\n", "\n" + second);
    scene.start(both);
    try (Socket held = ReloadScene.open(other)) {
      assertThat(name(held)).isEqualTo("one");

      scene.replace(scene.document("", "", scene.one));

      Patience.await().until(() -> canBind(other));
      assertThat(name(held)).isEqualTo("one");
      scene.replace(both);
      Patience.await().until(() -> scene.revision() == 3);
      assertThat(asked(other)).isEqualTo("one");
      assertThat(scene.listener("second").leavingFlows()).isEqualTo(1);
      assertThat(name(held)).isEqualTo("one");
    }
    Patience.await().until(() -> scene.listener("second").openFlows() == 0);
  }

  @Test
  void listener_removed_drainsByItsGroupsTimes() throws Exception {
    int other = LoopbackPorts.free();
    String second =
        "  - {name: second, protocol: tcp, address: 127.0.0.1, port: "
            + other
            + ", server-group: app}\n";
    String keys = "    drain-timeout: 2s\n    drain-spread: 0.5\n";
    scene.start(scene.document("", keys, scene.one).replaceFirst("\n", "\n" + second));
    List<Socket> held = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Socket socket = ReloadScene.open(other);
      assertThat(name(socket)).isEqualTo("one");
      held.add(socket);
    }

    scene.replace(scene.document("", keys, scene.one));
    Patience.await().until(() -> scene.observer.ended.size() == 20);

    assertThat(scene.observer.ended).allMatch(flow -> flow.ended() == FlowEnd.DRAIN);
    for (Socket socket : held) {
      socket.close();
    }
  }

  @Test
  void listener_renamed_keepsThePortOpen() throws Exception {
    scene.start(scene.document("", "", scene.one));

    scene.replace(scene.document("", "", scene.one).replace("name: web", "name: shop"));

    Patience.await()
        .until(
            () -> {
              assertThat(asked(scene.port)).isEqualTo("one");
              return scene.revision() == 2;
            });
    assertThat(asked(scene.port)).isEqualTo("one");
    assertThat(scene.observer.accepted.getLast().listener()).isEqualTo("shop");
  }

  @Test
  void backend_kept_goesOnWithItsHealthAndCounts() throws Exception {
    scene.start(scene.document("", "", scene.one));
    assertThat(asked(scene.port)).isEqualTo("one");
    Patience.await().until(() -> scene.backend(scene.one).state() == BackendState.UP);
    var before = scene.backend(scene.one);

    scene.replace(scene.document("", "    retries: 1\n", scene.two, scene.one));
    Patience.await().until(() -> scene.revision() == 2);

    assertThat(scene.backend(scene.one).connectionsTotal()).isEqualTo(before.connectionsTotal());
    assertThat(scene.backend(scene.one).health().since()).isEqualTo(before.health().since());
  }

  @Test
  void backend_removed_getsNothingNewAndDrainsSpreadOverTheEnd() throws Exception {
    String keys = "    drain-timeout: 3s\n    drain-spread: 50%\n    health-check: {type: none}\n";
    scene.start(scene.document("", keys, scene.one));
    List<Socket> held = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      Socket socket = ReloadScene.open(scene.port);
      assertThat(name(socket)).isEqualTo("one");
      held.add(socket);
    }
    int accepted = scene.one.accepted();

    scene.replace(scene.document("", keys, scene.two));
    Patience.await().until(() -> scene.revision() == 2);

    for (int i = 0; i < 20; i++) {
      assertThat(asked(scene.port)).isEqualTo("two");
    }
    assertThat(scene.one.accepted()).isEqualTo(accepted);
    assertThat(held).allSatisfy(socket -> assertThat(name(socket)).isEqualTo("one"));
    Patience.await().until(() -> drained() > 0);
    // Not all at once: when the first is gone others are still there.
    assertThat(drained()).isLessThan(30);
    Patience.await().until(() -> drained() == 30);
    for (Socket socket : held) {
      socket.close();
    }
  }

  private long drained() {
    return List.copyOf(scene.observer.ended).stream()
        .filter(flow -> flow.ended() == FlowEnd.DRAIN)
        .count();
  }

  @Test
  void backend_removedAndPutBack_isItselfAndItsFlowsStay() throws Exception {
    String keys = "    drain-timeout: 1s\n";
    scene.start(scene.document("", keys, scene.one, scene.two));
    try (Socket held = ReloadScene.open(scene.port)) {
      String which = name(held);
      SocketBackend removed = which.equals("one") ? scene.one : scene.two;
      SocketBackend other = which.equals("one") ? scene.two : scene.one;
      scene.change(ReloadScene.to(scene.document("", keys, other)));

      scene.change(ReloadScene.to(scene.document("", keys, scene.one, scene.two)));

      assertThat(scene.backend(removed).connections()).isEqualTo(1);
      // Longer than the drain would have taken: it has been called off.
      await(scene.vertx.timer(1500).mapEmpty());
      assertThat(name(held)).isEqualTo(which);
    }
  }

  @Test
  void reload_portTaken_changesNothing() throws Exception {
    scene.start(scene.document("", "", scene.one));
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String text =
          scene
              .document("", "", scene.two)
              .replaceFirst(
                  "\n",
                  "\n  - {name: second, protocol: tcp, address: 127.0.0.1, port: "
                      + taken.getLocalPort()
                      + ", server-group: app}\n");

      ChangeResult result = scene.change(ReloadScene.to(text));

      assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
      assertThat(result.problems())
          .singleElement()
          .satisfies(
              problem -> {
                assertThat(problem.path()).isEqualTo("listeners[second].port");
                assertThat(problem.found()).contains("Address already in use");
              });
    }
    assertThat(asked(scene.port)).isEqualTo("one");
    assertThat(scene.revision()).isEqualTo(1);
  }

  @Test
  void reload_portTakenWhileAnotherMoves_losesNoClientOfTheMove() throws Exception {
    String before =
        scene.document("", "", scene.one).replaceFirst("address: 127.0.0.1", "address: 0.0.0.0");
    scene.start(before);
    List<Socket> clients = new CopyOnWriteArrayList<>();
    AtomicBoolean over = new AtomicBoolean();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      FutureTask<Void> opening =
          new FutureTask<>(
              () -> {
                while (!over.get()) {
                  Socket client = ReloadScene.open(scene.port);
                  clients.add(client);
                  assertThat(name(client)).isEqualTo("one");
                  if (clients.size() > MANY_HELD) {
                    // A process has only so many descriptors.
                    clients.removeFirst().close();
                  }
                }
                return null;
              });
      Thread.ofPlatform().daemon().start(opening);
      String moved =
          scene
              .document("", "", scene.one)
              .replaceFirst(
                  "\n",
                  "\n  - {name: second, protocol: tcp, address: 127.0.0.1, port: "
                      + taken.getLocalPort()
                      + ", server-group: app}\n");
      for (int i = 0; i < 5; i++) {
        assertThat(scene.change(ReloadScene.to(moved)).outcome()).isEqualTo(Outcome.REFUSED);
      }
      over.set(true);
      opening.get(20, TimeUnit.SECONDS);
    }
    for (Socket client : clients) {
      assertThat(name(client)).isEqualTo("one");
      client.close();
    }
  }

  @Test
  void edit_isWrittenBackAndTheFileBeforeIsKept() throws Exception {
    String before = scene.document("", "", scene.one);
    scene.start(before);
    String after = scene.document("", "", scene.two);

    ChangeResult result = scene.change(ReloadScene.to(after));

    assertThat(result.outcome()).isEqualTo(Outcome.APPLIED);
    assertThat(result.unsaved()).isEmpty();
    assertThat(scene.file).hasContent(after);
    assertThat(directory.resolve("steelyard.yaml.previous")).hasContent(before);
    // The watch sees what we wrote ourselves, and lets it be.
    await(scene.vertx.timer(600).mapEmpty());
    assertThat(scene.controller.revisions()).hasSize(2);
    assertThat(scene.controller.status().reloads().unchanged()).isZero();
  }

  @Test
  void edit_fileThatIsReadOnly_livesUntilTheNextReloadAndSaysSo() throws Exception {
    String before = scene.document("", "", scene.one);
    Files.writeString(scene.file, before);
    DocumentStore store = new DocumentStore(scene.file, false);
    assertThat(store.write("x".getBytes(UTF_8))).contains("steelyard.admin.write-back is off");
    assertThat(scene.file).hasContent(before);
  }

  @Test
  void edit_forAnotherDocument_isAConflict() throws Exception {
    scene.start(scene.document("", "", scene.one));
    String seen = scene.controller.document().orElseThrow().sha256();
    ChangeRequest first = ifMatch(seen, scene.document(", max-connections: 1", "", scene.one));
    ChangeRequest second = ifMatch(seen, scene.document(", max-connections: 2", "", scene.one));

    var one = scene.controller.change(first);
    var two = scene.controller.change(second);

    assertThat(await(one).outcome()).isEqualTo(Outcome.APPLIED);
    assertThat(await(two).outcome()).isEqualTo(Outcome.CONFLICT);
    assertThat(scene.listener("web").maxConnections()).isEqualTo(1);
  }

  private static ChangeRequest ifMatch(String sha256, String text) {
    return new ChangeRequest(
        new Source(Source.Kind.API, "test"),
        Optional.of(sha256),
        false,
        current -> text.getBytes(UTF_8));
  }

  @Test
  void edit_asADryRun_changesNothingAndTells() throws Exception {
    scene.start(scene.document("", "", scene.one));
    ChangeRequest dry =
        new ChangeRequest(
            new Source(Source.Kind.API, "test"),
            Optional.empty(),
            true,
            current -> scene.document("", "", scene.two).getBytes(UTF_8));

    ChangeResult result = scene.change(dry);

    assertThat(result.outcome()).isEqualTo(Outcome.WOULD_APPLY);
    assertThat(result.changes()).anyMatch(line -> line.contains(scene.two.address()));
    assertThat(result.revision()).isEmpty();
    assertThat(asked(scene.port)).isEqualTo("one");
    assertThat(scene.file).hasContent(scene.document("", "", scene.one));
  }

  @Test
  void rollback_restoresTheExactText() throws Exception {
    String first = "# the first\n" + scene.document("", "", scene.one);
    scene.start(first);
    scene.change(ReloadScene.to(scene.document("", "", scene.two)));

    ChangeResult back =
        scene.change(
            new ChangeRequest(
                new Source(Source.Kind.API, "test"),
                Optional.empty(),
                false,
                current -> scene.controller.document(1).orElseThrow().bytes()));

    assertThat(back.revision().orElseThrow().number()).isEqualTo(3);
    assertThat(scene.file).hasContent(first);
    assertThat(asked(scene.port)).isEqualTo("one");
  }

  @Test
  void backend_setAtRunTime_holdsUntilTheDocumentSaysOtherwise() throws Exception {
    scene.start(scene.document("", "", scene.one, scene.two));
    var drain = new Controller.BackendIntent(Optional.of(State.DRAIN), Optional.empty());

    assertThat(await(scene.controller.backend("app", scene.one.address(), drain))).isTrue();
    assertThat(await(scene.controller.backend("app", "192.0.2.1:1", drain))).isFalse();

    for (int i = 0; i < 10; i++) {
      assertThat(asked(scene.port)).isEqualTo("two");
    }
    scene.change(ReloadScene.to(scene.document("", "    retries: 2\n", scene.one, scene.two)));
    assertThat(scene.backend(scene.one).state()).isEqualTo(BackendState.DRAINING);
    scene.change(
        ReloadScene.to(
            scene
                .document("", "    retries: 2\n", scene.one, scene.two)
                .replace(
                    scene.one.address() + "\"", scene.one.address() + "\", state: maintenance")));
    assertThat(scene.backend(scene.one).state()).isEqualTo(BackendState.MAINTENANCE);
  }

  @Test
  void listener_outOfServiceAndBack_freesAndTakesItsPort() throws Exception {
    scene.start(scene.document("", "", scene.one));
    Problems problems = new Problems("call");

    assertThat(await(scene.controller.listener("web", false, problems))).isTrue();
    Patience.await().until(() -> canBind(scene.port));
    assertThat(scene.listener("web").accepting()).isFalse();
    Patience.await().until(() -> scene.controller.status().readiness().isReady());

    assertThat(await(scene.controller.listener("web", true, problems))).isTrue();
    assertThat(asked(scene.port)).isEqualTo("one");
    assertThat(await(scene.controller.listener("nobody", false, problems))).isFalse();
  }

  private static boolean canBind(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}

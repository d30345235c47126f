package io.steelyard.control;

import io.steelyard.backend.Backend;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.steelyard.control.Status.BackendStatus;
import io.steelyard.control.Status.CertificateStatus;
import io.steelyard.control.Status.GroupStatus;
import io.steelyard.control.Status.ListenerStatus;
import io.steelyard.control.Status.Readiness;
import io.steelyard.flow.FlowEnd;
import io.steelyard.health.HealthChecker;
import io.steelyard.listener.BoundPort;
import io.steelyard.listener.Listener;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Decides what exists: turns a document into what runs (prepare, which may fail and then leaves
 * nothing behind; commit, which may not), tells what runs, and drains the process. All methods may
 * be called from any thread; changes are made one at a time by whoever calls.
 */
public final class Controller {

  private final Machinery machinery;
  private final Timer timer;
  private volatile Optional<Running> running = Optional.empty();
  private final AtomicBoolean draining = new AtomicBoolean();
  private volatile boolean accepting;
  private volatile boolean probed;

  /** Nothing runs yet. */
  public Controller(Machinery machinery) {
    this(machinery, Timer.of(machinery.vertx()));
  }

  Controller(Machinery machinery, Timer timer) {
    this.machinery = machinery;
    this.timer = timer;
  }

  /**
   * Puts the first document into force.
   *
   * @param sha256 of its text
   * @param problems gets what is found on the way, with places of that document
   * @return the revision, or empty where the problems got an error: then nothing runs and nothing
   *     is bound
   */
  public Future<Optional<Revision>> start(
      BalancerDocument document, String sha256, Problems problems) {
    return prepare(document, problems)
        .map(prepared -> prepared.map(snapshot -> commit(snapshot, sha256)));
  }

  /** May fail, and then leaves nothing behind. Files are read on a worker thread. */
  private Future<Optional<Snapshot>> prepare(BalancerDocument document, Problems problems) {
    return machinery
        .vertx()
        .executeBlocking(
            () -> LoadedDocument.load(document, machinery.engine(), Optional.empty(), problems),
            false)
        .compose(
            loaded ->
                loaded.isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : bind(machinery.build(loaded.get()), problems));
  }

  private Future<Optional<Snapshot>> bind(Snapshot snapshot, Problems problems) {
    List<Future<BoundPort>> binds =
        snapshot.listeners().stream().map(listener -> bind(listener, snapshot)).toList();
    return Future.join(binds)
        .transform(
            all -> {
              if (all.succeeded()) {
                return Future.succeededFuture(Optional.of(snapshot));
              }
              for (int i = 0; i < binds.size(); i++) {
                if (binds.get(i).failed()) {
                  ListenerConfig config = snapshot.listeners().get(i).config();
                  BindProblem.add(config, binds.get(i).cause(), problems);
                }
              }
              return snapshot.close().map(Optional.<Snapshot>empty());
            });
  }

  private Future<BoundPort> bind(Listener listener, Snapshot snapshot) {
    ListenerConfig config = listener.config();
    return machinery
        .ports()
        .bind(config.address(), config.port(), listener)
        .onSuccess(port -> snapshot.ports().put(listener.name(), port));
  }

  /** Swaps the one reference that says what runs, and starts the probes. */
  private Revision commit(Snapshot snapshot, String sha256) {
    long number = running.map(now -> now.revision().number() + 1).orElse(1L);
    Revision revision =
        new Revision(
            number,
            sha256,
            Instant.now(),
            new Source(Source.Kind.START, ""),
            Outcome.APPLIED,
            List.of(),
            List.of());
    accepting = true;
    running = Optional.of(new Running(revision, snapshot));
    Future.join(snapshot.checkers().stream().map(HealthChecker::firstResults).toList())
        .onComplete(results -> probed = true);
    return revision;
  }

  /** What runs now. */
  public Status status() {
    return running.map(this::status).orElse(Status.STARTING);
  }

  private Status status(Running now) {
    Snapshot snapshot = now.snapshot();
    List<ListenerStatus> listeners =
        snapshot.loaded().document().listeners().stream()
            .map(config -> status(config, snapshot))
            .toList();
    boolean bound =
        listeners.stream().allMatch(listener -> listener.accepting() || !listener.enabled());
    return new Status(
        new Readiness(true, bound, probed, draining.get()),
        Optional.of(now.revision()),
        listeners,
        snapshot.groups().all().stream().map(Controller::status).toList(),
        certificates(snapshot));
  }

  /** Each once, whichever listeners serve it. */
  private static List<CertificateStatus> certificates(Snapshot snapshot) {
    return snapshot.loaded().serverTls().values().stream()
        .flatMap(tls -> tls.certificates().stream())
        .map(
            served ->
                new CertificateStatus(
                    served.name(), served.keyType().toLowerCase(Locale.ROOT), served.notAfter()))
        .distinct()
        .toList();
  }

  private ListenerStatus status(ListenerConfig config, Snapshot snapshot) {
    Optional<Listener> listener = snapshot.listener(config.name());
    Optional<BoundPort> port = Optional.ofNullable(snapshot.ports().get(config.name()));
    return new ListenerStatus(
        config.name(),
        config.protocol(),
        config.address(),
        port.map(BoundPort::port).orElse(config.port()),
        config.enabled(),
        listener.isPresent() && accepting,
        listener.map(Listener::openFlowCount).orElse(0),
        config.maxConnections());
  }

  private static GroupStatus status(ServerGroup group) {
    return new GroupStatus(
        group.config().name(),
        group.isFailOpen(),
        group.waiting(),
        group.backends().stream().map(Controller::status).toList());
  }

  private static BackendStatus status(Backend backend) {
    return new BackendStatus(
        backend.config().address(),
        backend.state(),
        backend.health(),
        backend.connections(),
        backend.connectionsTotal(),
        backend.effectiveWeight());
  }

  /** The document in force, as it was written; empty before the first. */
  public Optional<DocumentFile> document() {
    throw new UnsupportedOperationException();
  }

  /**
   * Tries a change: in turn with all others, one at a time. Never fails but with what the edit
   * itself throws, or when the process is on its way out.
   */
  public Future<ChangeResult> change(ChangeRequest request) {
    throw new UnsupportedOperationException();
  }

  /**
   * Reads the document's file again, now.
   *
   * @return fails with {@link DocumentFile.Unreadable} where there is no text to try
   */
  public Future<ChangeResult> reload(Source source) {
    throw new UnsupportedOperationException();
  }

  /** The last 20 revisions, the newest first; the one in force is always among them. */
  public List<Revision> revisions() {
    throw new UnsupportedOperationException();
  }

  /** The text that was tried as that revision, while it is kept. */
  public Optional<DocumentFile> document(long revision) {
    throw new UnsupportedOperationException();
  }

  /** What a backend's operator wants, at run time. See {@link #backend}. */
  public record BackendIntent(Optional<State> state, Optional<Integer> weight) {}

  /**
   * Sets state and weight of a backend now. They hold until the document's own entry for it changes
   * its state or weight, or the process ends; a draining backend takes nothing new, and its flows
   * are closed as the group's drain-timeout and drain-spread say.
   *
   * @return whether there is such a backend
   */
  public Future<Boolean> backend(String group, String address, BackendIntent intent) {
    throw new UnsupportedOperationException();
  }

  /**
   * Takes a listener out of service now (its port is freed, its flows drain as their groups say) or
   * back into it. Holds until changed again, the listener leaves the document, or the process ends.
   *
   * @return whether there is such a listener that the document enables; fails where its port cannot
   *     be bound again
   */
  public Future<Boolean> listener(String name, boolean inService) {
    throw new UnsupportedOperationException();
  }

  /** Event loops, by index, that do not answer within the deadline. */
  public CompletionStage<List<Integer>> silentLoops(Duration deadline) {
    return machinery.loops().silent(deadline);
  }

  /**
   * Drains the process: not ready from now on, still accepting for the delay; then no new flows,
   * and the old end by themselves or are closed towards the end of the timeout.
   *
   * @return completes as soon as the last flow has ended and everything is closed; a second call
   *     completes never
   */
  public Future<Void> shutdown(DrainTimes times) {
    if (!draining.compareAndSet(false, true)) {
      return Promise.<Void>promise().future();
    }
    Optional<Running> now = running;
    if (now.isEmpty()) {
      return Future.succeededFuture();
    }
    Snapshot snapshot = now.get().snapshot();
    machinery.ports().steerAway();
    List<Drainable> targets =
        snapshot.listeners().stream().map(listener -> drainable(listener, snapshot)).toList();
    return new Drain(targets, times, timer)
        .begin()
        .compose(drained -> snapshot.close())
        .compose(closed -> machinery.clients().close());
  }

  private Drainable drainable(Listener listener, Snapshot snapshot) {
    return new Drainable() {
      @Override
      public void stopAccepting() {
        accepting = false;
        // The listener goes on until the port is closed: what the kernel has let in is served.
        Optional.ofNullable(snapshot.ports().get(listener.name()))
            .map(BoundPort::close)
            .orElseGet(Future::succeededFuture)
            .onComplete(closed -> listener.stopAccepting());
      }

      @Override
      public int openFlows() {
        return listener.openFlowCount();
      }

      @Override
      public void endOldest(int count) {
        listener.endOldest(count, FlowEnd.DRAIN, "process drain");
      }

      @Override
      public Future<Void> drained() {
        return listener.drained();
      }
    };
  }

  /** A revision and what runs under it. */
  private record Running(Revision revision, Snapshot snapshot) {}
}

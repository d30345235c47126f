package io.steelyard.control;

import io.steelyard.backend.Backend;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.steelyard.control.Snapshot.Served;
import io.steelyard.control.Status.Readiness;
import io.steelyard.flow.FlowEnd;
import io.steelyard.health.HealthChecker;
import io.steelyard.listener.Listener;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Decides what exists: puts documents into force, one at a time and in the order they came; sets
 * what operators want at run time; tells what runs; drains the process. All methods may be called
 * from any thread.
 */
public final class Controller {

  private static final Logger LOG = Logger.getLogger(Controller.class);

  /** How often the files that the document names are looked at, while that is cheap. */
  private static final Duration RENEWAL_PERIOD = Duration.ofSeconds(2);

  /** However much a look costs: renewals take effect within ten seconds. */
  private static final Duration LONGEST_RENEWAL_PERIOD = Duration.ofSeconds(7);

  /** With ten thousand certificates looking takes its time: at most a fiftieth of a processor. */
  private static final int RENEWAL_SHARE = 50;

  private final Machinery machinery;
  private final Timer timer;
  private final World world;
  private final Revisions revisions;
  private final Changes changes;
  private final Turns turns = new Turns();
  private final Renewals renewals;
  private volatile Optional<DocumentWatch> watch = Optional.empty();
  private final AtomicBoolean draining = new AtomicBoolean();
  private volatile boolean accepting;
  private volatile boolean probed;

  /**
   * Nothing runs yet.
   *
   * @param inForce gets the number of every revision that takes effect
   */
  public Controller(Machinery machinery, LongConsumer inForce) {
    this(machinery, inForce, Timer.of(machinery.vertx()));
  }

  Controller(Machinery machinery, LongConsumer inForce, Timer timer) {
    this.machinery = machinery;
    this.timer = timer;
    this.world = new World(machinery, timer);
    this.revisions = new Revisions(inForce);
    this.changes = new Changes(machinery, world, revisions);
    this.renewals = new Renewals(machinery.engine());
  }

  /**
   * Puts the first document into force, and from then on follows its file.
   *
   * @param problems gets what is found on the way, with places of that document
   * @return the revision, or empty where the problems got an error: then nothing runs and nothing
   *     is bound
   */
  public Future<Optional<Revision>> start(First first, Problems problems) {
    return turns
        .take(() -> changes.start(first, problems))
        .onSuccess(revision -> revision.ifPresent(started -> started()));
  }

  private void started() {
    accepting = true;
    Snapshot now = world.current();
    if (now != null) {
      Future.join(now.checkers().values().stream().map(HealthChecker::firstResults).toList())
          .onComplete(results -> probed = true);
    }
    watch = changes.store().map(this::watch);
    watch.ifPresent(DocumentWatch::start);
    if (draining.get()) {
      // Told to go while it was starting: nobody follows the file any more.
      watch.ifPresent(DocumentWatch::stop);
    }
    timer.after(RENEWAL_PERIOD, this::renew);
  }

  /** Gets every document that takes effect after the first; it may block. */
  public void whenApplied(Consumer<BalancerDocument> told) {
    changes.whenApplied(told);
  }

  private DocumentWatch watch(DocumentStore file) {
    Source source = new Source(Source.Kind.FILE, file.file().toString());
    return new DocumentWatch(
        machinery.vertx(),
        file,
        changes::isSeen,
        found -> turn(() -> changes.ofFile(found, source)),
        changes::unreadable);
  }

  /** The document in force, as it was written; empty before the first. */
  public Optional<DocumentFile> document() {
    return revisions.currentText();
  }

  /**
   * What becomes of the same with everything that it names, held for as long as that runs and not
   * longer; empty before the first and after the end.
   */
  public <T> Optional<T> withLoaded(Function<LoadedDocument, T> use) {
    return world.withLoaded(use);
  }

  /** The living groups of the document in force, for explanations. */
  public Optional<ServerGroup> group(String name) {
    return Optional.ofNullable(world.current())
        .flatMap(now -> now.groups().find(name))
        .map(runtime -> runtime.group());
  }

  /**
   * Tries a change: in turn with all others, one at a time. Fails with what the edit itself throws,
   * and with {@link NotServing} before the first document and when the process is on its way out.
   */
  public Future<ChangeResult> change(ChangeRequest request) {
    return turn(() -> changes.asked(request));
  }

  /**
   * Reads the document's file again, now.
   *
   * @return fails with {@link DocumentFile.Unreadable} where there is no text to try, and as {@link
   *     #change}
   */
  public Future<ChangeResult> reload(Source source) {
    Optional<DocumentStore> store = changes.store();
    if (store.isEmpty()) {
      return Future.failedFuture(
          new NotServing("this process was started without a document file"));
    }
    DocumentStore file = store.get();
    return turn(() ->
            machinery
                .vertx()
                .executeBlocking(file::read, false)
                .compose(text -> changes.ofFile(text, source))
                // Whoever asks for a reload may have renewed a certificate only.
                .compose(result -> renewed().map(result).otherwise(result)))
        .onFailure(this::notReloaded);
  }

  private void notReloaded(Throwable cause) {
    if (cause instanceof DocumentFile.Unreadable unreadable) {
      changes.unreadable(unreadable);
    } else {
      LOG.warnf("not reloaded, the revision in force serves on: %s", cause.getMessage());
    }
  }

  private <T> Future<T> turn(Supplier<Future<T>> task) {
    return turns.take(
        () -> {
          if (draining.get()) {
            return Future.failedFuture(new NotServing("this process is on its way out"));
          }
          if (world.current() == null) {
            return Future.failedFuture(new NotServing("nothing is in force yet"));
          }
          return task.get();
        });
  }

  /** The last 20 revisions, the newest first; the one in force is always among them. */
  public List<Revision> revisions() {
    return revisions.all();
  }

  /** The text that was tried as that revision, while it is kept. */
  public Optional<DocumentFile> document(long revision) {
    return revisions.text(revision);
  }

  /**
   * What an operator wants of a backend at run time.
   *
   * @param state absent: as it is
   * @param weight 0–256; absent: as it is
   */
  public record BackendIntent(Optional<State> state, Optional<Integer> weight) {}

  /**
   * Sets state and weight of a backend now. They hold until the document's own entry for it changes
   * its state or weight, or the process ends; a draining backend takes nothing new, and its flows
   * are closed as the group's drain-timeout and drain-spread say.
   *
   * @return whether there is such a backend; fails as {@link #change}
   */
  public Future<Boolean> backend(String group, String address, BackendIntent intent) {
    return turn(() -> machinery.vertx().executeBlocking(() -> set(group, address, intent), false));
  }

  private boolean set(String groupName, String address, BackendIntent wanted) {
    Optional<ServerGroup> group = group(groupName);
    Optional<Backend> found =
        group.flatMap(
            one ->
                one.backends().stream()
                    .filter(backend -> backend.config().address().equals(address))
                    .findFirst());
    if (group.isEmpty() || found.isEmpty()) {
      return false;
    }
    Backend backend = found.get();
    State state = wanted.state().orElse(backend.intent());
    int weight = wanted.weight().orElse(backend.weight());
    group.get().intent(backend, state, weight);
    world.drainAsIntended(group.get().config(), backend);
    LOG.infof(
        "backend set group=%s backend=%s state=%s weight=%d",
        groupName, address, state.name().toLowerCase(Locale.ROOT), weight);
    return true;
  }

  /**
   * Takes a listener out of service now (its port is freed, its flows drain as their groups say) or
   * back into it. Holds until changed again, the listener leaves the document, or the process ends.
   *
   * @param problems gets the reason where its port cannot be bound again
   * @return whether there is such a listener that the document enables; fails as {@link #change}
   */
  public Future<Boolean> listener(String name, boolean inService, Problems problems) {
    return turn(
        () -> {
          Snapshot now = world.current();
          boolean known =
              now != null
                  && now.loaded().document().listeners().stream()
                      .anyMatch(config -> config.name().equals(name) && config.enabled());
          if (!known || world.isInService(name) == inService) {
            return Future.succeededFuture(known);
          }
          return changes
              .inService(name, inService, problems)
              .onSuccess(done -> tell(name, inService, done))
              .map(true);
        });
  }

  private static void tell(String listener, boolean inService, boolean done) {
    if (done) {
      LOG.infof("listener %s: %s", listener, inService ? "back in service" : "out of service");
      return;
    }
    LOG.warnf("listener %s: not %s", listener, inService ? "back in service" : "out of service");
  }

  private void renew() {
    if (draining.get()) {
      return;
    }
    turn(this::renewed)
        .onFailure(cause -> LOG.warnf("files of the document were not looked at: %s", cause))
        .onComplete(took -> timer.after(renewalPause(took.otherwise(0L).result()), this::renew));
  }

  private static Duration renewalPause(long lookNanos) {
    return Duration.ofNanos(
        Math.clamp(
            RENEWAL_SHARE * lookNanos, RENEWAL_PERIOD.toNanos(), LONGEST_RENEWAL_PERIOD.toNanos()));
  }

  /** Looks at all files, and takes what is new; how many nanoseconds the look took. */
  private Future<Long> renewed() {
    Snapshot now = world.current();
    if (now == null) {
      return Future.succeededFuture(0L);
    }
    long startNanos = timer.nanoTime();
    return machinery
        .vertx()
        .executeBlocking(() -> renewals.check(now.loaded(), machinery.renewals()), false)
        .compose(
            renewed -> {
              long tookNanos = timer.nanoTime() - startNanos;
              return (renewed.isEmpty()
                      ? Future.<Void>succeededFuture()
                      : changes.renewed(renewed.get()))
                  .map(tookNanos);
            });
  }

  /** What runs now. */
  public Status status() {
    Snapshot now = world.current();
    if (now == null || revisions.current().isEmpty()) {
      return Status.STARTING;
    }
    List<Status.ListenerStatus> listeners = StatusView.listeners(now, world.leaving(), accepting);
    boolean bound =
        listeners.stream()
            .allMatch(
                listener ->
                    listener.accepting()
                        || !listener.enabled()
                        || !world.isInService(listener.name()));
    return new Status(
        new Readiness(true, bound, probed, draining.get()),
        revisions.current(),
        changes.reloads(),
        listeners,
        StatusView.groups(now),
        StatusView.certificates(now),
        renewals.failures());
  }

  /** Event loops, by index, that do not answer within the deadline. */
  public CompletionStage<List<Integer>> silentLoops(Duration deadline) {
    return machinery.loops().silent(deadline);
  }

  /**
   * Drains the process: not ready from now on, still accepting for the delay, though new clients go
   * to another process that shares the ports, where there is one; then no new flows, and the old
   * end by themselves or are closed towards the end of the timeout.
   *
   * @return completes as soon as the last flow has ended and everything is closed; a second call
   *     completes never
   */
  public Future<Void> shutdown(DrainTimes times) {
    if (!draining.compareAndSet(false, true)) {
      return Promise.<Void>promise().future();
    }
    watch.ifPresent(DocumentWatch::stop);
    machinery.ports().steerAway();
    // What is on its way through its turn ends first: nothing is bound behind the drain's back.
    return turns
        .take(Future::succeededFuture)
        .compose(free -> world.unbound())
        .compose(closed -> drain(times))
        .compose(drained -> world.close());
  }

  private Future<Void> drain(DrainTimes times) {
    Snapshot now = world.current();
    if (now == null) {
      return Future.succeededFuture();
    }
    List<Drainable> targets = new ArrayList<>();
    now.listeners().values().forEach(served -> targets.add(drainable(served)));
    world.leaving().forEach(listener -> targets.add(new DrainingListener(listener)));
    return new Drain(targets, times, timer).begin();
  }

  private Drainable drainable(Served served) {
    return new DrainingListener(served.listener()) {
      @Override
      public void stopAccepting() {
        accepting = false;
        // The clients that the kernel has let in already are served.
        served.port().close().onComplete(unbound -> super.stopAccepting());
      }
    };
  }

  /** A listener seen from the drain of the process. */
  private static class DrainingListener implements Drainable {

    private final Listener listener;

    DrainingListener(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void stopAccepting() {
      listener.stopAccepting();
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
  }
}

package io.steelyard.control;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ConfigReader;
import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The one road of every change: text, all problems, difference, prepare, commit, retire, revision.
 * Used by one turn at a time, but for what says otherwise.
 */
final class Changes {

  private static final Logger LOG = Logger.getLogger(Controller.class);

  /** So many lines of one change are logged; the revision has them all. */
  private static final int LOGGED_LINES = 20;

  private final Machinery machinery;
  private final World world;
  private final Revisions revisions;
  private volatile Optional<DocumentStore> store = Optional.empty();
  private volatile Reloads reloads = Reloads.NONE;
  private volatile Consumer<BalancerDocument> whenApplied = document -> {};

  /** Of the text that the file was last seen to have, or given: any thread. */
  private volatile String seenSha256 = "";

  Changes(Machinery machinery, World world, Revisions revisions) {
    this.machinery = machinery;
    this.world = world;
    this.revisions = revisions;
  }

  /** Gets every document that takes effect after the first, on a worker thread. */
  void whenApplied(Consumer<BalancerDocument> told) {
    whenApplied = told;
  }

  /** Any thread. */
  Reloads reloads() {
    return reloads;
  }

  private synchronized void count(Outcome outcome) {
    reloads = reloads.with(outcome);
  }

  private synchronized void countStart() {
    reloads = reloads.started();
  }

  /** Whether the file's text of that digest has been dealt with. Any thread. */
  boolean isSeen(String sha256) {
    return sha256.equals(seenSha256);
  }

  /** Where the document lives, if it is in a file. */
  Optional<DocumentStore> store() {
    return store;
  }

  /** The first document; its problems are the caller's to tell. */
  Future<Optional<Revision>> start(First first, Problems problems) {
    store = first.store();
    seenSha256 = first.text().sha256();
    Source source = new Source(Source.Kind.START, first.text().name());
    return prepare(first.document(), problems)
        .compose(
            prepared ->
                prepared.isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : commit(prepared.get())
                        .map(
                            done -> {
                              countStart();
                              return Optional.of(
                                  revisions.applied(
                                      first.text(), source, problems.all(), List.of()));
                            }));
  }

  /** The file gave no text: any thread. */
  void unreadable(DocumentFile.Unreadable cause) {
    count(Outcome.REFUSED);
    LOG.warnf("the document cannot be read, the revision in force serves on: %s", cause.reason());
  }

  /** Text of the file. */
  Future<ChangeResult> ofFile(DocumentFile text, Source source) {
    seenSha256 = text.sha256();
    return tried(new Try(text, source, false), Optional.empty());
  }

  /** What somebody asks for; saved in the file where that can be. */
  Future<ChangeResult> asked(ChangeRequest request) {
    DocumentFile current = revisions.currentText().orElseThrow();
    if (request.ifMatch().isPresent() && !request.ifMatch().get().equals(current.sha256())) {
      return Future.succeededFuture(
          new ChangeResult(
              Outcome.CONFLICT,
              Optional.empty(),
              current.sha256(),
              List.of(),
              List.of(),
              Optional.empty()));
    }
    return blocking(() -> current.with(request.edit().apply(current)))
        .compose(
            text ->
                tried(
                    new Try(text, request.source(), request.dryRun()),
                    request.dryRun() ? Optional.empty() : Optional.of(this::save)));
  }

  /** Why the text could not be saved. On a worker thread. */
  private Optional<String> save(DocumentFile text) {
    if (store.isEmpty()) {
      return Optional.of("this process was started without a document file");
    }
    DocumentStore file = store.get();
    if (isEditedMeanwhile(file)) {
      return Optional.of(file.file() + ": edited meanwhile; that text is tried next");
    }
    Optional<String> unsaved = file.write(text.bytes());
    if (unsaved.isEmpty()) {
      seenSha256 = text.sha256();
    }
    return unsaved;
  }

  /** Somebody's text must not be lost before it was even looked at. */
  private boolean isEditedMeanwhile(DocumentStore file) {
    try {
      return !isSeen(file.read().sha256());
    } catch (DocumentFile.Unreadable e) {
      return false; // what is wrong with it, writing says
    }
  }

  private Future<ChangeResult> tried(Try attempt, Optional<Saving> saving) {
    DocumentFile current = revisions.currentText().orElseThrow();
    if (attempt.text.sha256().equals(current.sha256())) {
      return unchanged(attempt, current, saving);
    }
    return blocking(() -> attempt.read(inForce()))
        .compose(
            document ->
                document == null
                    ? Future.succeededFuture(refused(attempt))
                    : planned(attempt, document, saving));
  }

  /** The text is in force; perhaps only the file does not have it. */
  private Future<ChangeResult> unchanged(
      Try attempt, DocumentFile current, Optional<Saving> saving) {
    if (!attempt.dryRun) {
      count(Outcome.UNCHANGED);
      LOG.infof("configuration unchanged source=%s", shown(attempt.source));
    }
    return (saving.isPresent() && !isSeen(current.sha256())
            ? blocking(() -> saving.get().save(current))
            : Future.succeededFuture(Optional.<String>empty()))
        .map(
            unsaved ->
                new ChangeResult(
                    Outcome.UNCHANGED,
                    Optional.empty(),
                    current.sha256(),
                    List.of(),
                    List.of(),
                    unsaved));
  }

  private Optional<BalancerDocument> inForce() {
    return Optional.ofNullable(world.current()).map(now -> now.loaded().document());
  }

  private Future<ChangeResult> planned(
      Try attempt, BalancerDocument document, Optional<Saving> saving) {
    if (attempt.dryRun) {
      return load(document, attempt.problems)
          .map(
              loaded -> {
                loaded.ifPresent(LoadedDocument::release);
                return loaded.isEmpty() ? refused(attempt) : result(Outcome.WOULD_APPLY, attempt);
              });
    }
    return prepare(document, attempt.problems)
        .compose(
            prepared ->
                prepared.isEmpty()
                    ? Future.succeededFuture(refused(attempt))
                    : saved(attempt, saving)
                        .compose(
                            unsaved ->
                                commit(prepared.get()).map(done -> applied(attempt, unsaved)))
                        .onSuccess(done -> blocking(() -> tell(document))));
  }

  private boolean tell(BalancerDocument document) {
    whenApplied.accept(document);
    return true;
  }

  private Future<Optional<String>> saved(Try attempt, Optional<Saving> saving) {
    return saving.isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : blocking(() -> saving.get().save(attempt.text))
            // What was prepared must take effect or be undone, whatever a file system throws.
            .recover(thrown -> Future.succeededFuture(Optional.of(thrown.toString())));
  }

  private Future<Optional<Preparation>> prepare(BalancerDocument document, Problems problems) {
    return load(document, problems)
        .compose(
            loaded ->
                loaded.isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : world.prepare(loaded.get(), world::isInService, problems));
  }

  /** The same document, another set of listeners in service. */
  Future<Boolean> inService(String listener, boolean serves, Problems problems) {
    Snapshot now = running();
    now.loaded().retain();
    return world
        .prepare(
            now.loaded(),
            name -> name.equals(listener) ? serves : world.isInService(name),
            problems)
        .compose(
            prepared -> {
              if (prepared.isEmpty()) {
                return Future.succeededFuture(false);
              }
              world.inService(listener, serves);
              return commit(prepared.get()).map(true);
            });
  }

  /** The same document, files it names read anew. */
  Future<Void> renewed(LoadedDocument renewed) {
    Problems problems = new Problems("renewal");
    return world
        .prepare(renewed, world::isInService, problems)
        .compose(
            prepared -> prepared.isEmpty() ? Future.succeededFuture() : commit(prepared.get()));
  }

  private Snapshot running() {
    Snapshot now = world.current();
    if (now == null) {
      throw new IllegalStateException("nothing runs yet");
    }
    return now;
  }

  private Future<Optional<LoadedDocument>> load(BalancerDocument document, Problems problems) {
    Optional<LoadedDocument> earlier = Optional.ofNullable(world.current()).map(Snapshot::loaded);
    return blocking(
        () ->
            LoadedDocument.load(
                document,
                machinery.engine(),
                machinery.handling(),
                machinery.signing(),
                earlier,
                problems));
  }

  private Future<Void> commit(Preparation prepared) {
    // The ports that go need some tenths of a second: nobody waits for them, they can be bound anew
    // meanwhile.
    return blocking(
            () -> {
              world.commit(prepared);
              return Boolean.TRUE;
            })
        .mapEmpty();
  }

  private <T> Future<T> blocking(Callable<T> task) {
    return machinery.vertx().executeBlocking(task, false);
  }

  private ChangeResult refused(Try attempt) {
    ChangeResult result = result(Outcome.REFUSED, attempt);
    if (attempt.dryRun) {
      return result;
    }
    count(Outcome.REFUSED);
    Revision revision =
        revisions.refused(attempt.text, attempt.source, result.problems(), result.changes());
    LOG.warnf(
        "configuration refused revision=%d source=%s problems=%d; the revision in force serves on",
        revision.number(), shown(attempt.source), result.problems().size());
    result.problems().stream().limit(LOGGED_LINES).map(Problem::text).forEach(LOG::warn);
    return new ChangeResult(
        Outcome.REFUSED,
        Optional.of(revision),
        result.sha256(),
        result.problems(),
        result.changes(),
        Optional.empty());
  }

  private ChangeResult applied(Try attempt, Optional<String> unsaved) {
    count(Outcome.APPLIED);
    List<Problem> warnings = attempt.problems.inOrder();
    Revision revision = revisions.applied(attempt.text, attempt.source, warnings, attempt.plan);
    LOG.infof(
        "configuration applied revision=%d source=%s changes=%d%s",
        revision.number(),
        shown(attempt.source),
        attempt.plan.size(),
        unsaved.map(reason -> " unsaved=\"" + reason + "\"").orElse(""));
    attempt.plan.stream().limit(LOGGED_LINES).forEach(LOG::info);
    warnings.stream().limit(LOGGED_LINES).map(Problem::text).forEach(LOG::warn);
    return new ChangeResult(
        Outcome.APPLIED, Optional.of(revision), revision.sha256(), warnings, attempt.plan, unsaved);
  }

  private ChangeResult result(Outcome outcome, Try attempt) {
    return new ChangeResult(
        outcome,
        Optional.empty(),
        revisions.currentText().orElseThrow().sha256(),
        attempt.problems.inOrder(),
        attempt.plan,
        Optional.empty());
  }

  private static String shown(Source source) {
    String kind = source.kind().name().toLowerCase(Locale.ROOT);
    return source.who().isEmpty() ? kind : kind + " who=\"" + source.who() + "\"";
  }

  /** Puts a text where the next start finds it, or says why not. */
  @FunctionalInterface
  private interface Saving {
    Optional<String> save(DocumentFile text);
  }

  /** One text on its way. */
  private static final class Try {

    private final DocumentFile text;
    private final Source source;
    private final boolean dryRun;
    private Problems problems;
    private List<String> plan = List.of();

    Try(DocumentFile text, Source source, boolean dryRun) {
      this.text = text;
      this.source = source;
      this.dryRun = dryRun;
      this.problems = new Problems(text.name());
    }

    /** The document, or null where its problems got an error; and what it would change. */
    @Nullable BalancerDocument read(Optional<BalancerDocument> inForce) {
      ConfigReader.Reading reading = text.parse();
      problems = reading.problems();
      plan = reading.document().map(next -> ChangePlan.between(inForce, next).lines()).orElse(plan);
      return reading.document().orElse(null);
    }
  }
}

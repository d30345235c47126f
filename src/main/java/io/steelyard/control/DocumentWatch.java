package io.steelyard.control;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Notices new content of the document's file: replaced, written in place, or reached through
 * another link (Kubernetes' {@code ..data}). Looks instead of listening: inotify sees neither the
 * far end of links nor network file systems, and a look at one file costs microseconds.
 */
final class DocumentWatch {

  /** How often it looks. */
  static final Duration PERIOD = Duration.ofMillis(100);

  /** Content counts once nothing has touched the file for so long: a burst is one change. */
  static final Duration QUIET = Duration.ofMillis(200);

  /**
   * Content that reads like half a file (it has problems, or its last line has no end) counts only
   * after so long: whoever writes it may be slow.
   */
  static final Duration PATIENCE = Duration.ofMillis(1500);

  private final Vertx vertx;
  private final DocumentStore store;
  private final Predicate<String> known;
  private final Function<DocumentFile, Future<?>> changed;
  private final Consumer<DocumentFile.Unreadable> unreadable;
  private long timer = -1;
  private boolean looking;

  /* Below: used by one look at a time. */
  private Map<String, Object> signature = Map.of();
  private long touchedNanos;
  private boolean pending;

  /**
   * @param known whether content of that sha256 is the latest that was tried or written already
   * @param changed gets other content; the next look waits until it is dealt with
   * @param unreadable is told when the file gives no text, once it has not for a while
   */
  DocumentWatch(
      Vertx vertx,
      DocumentStore store,
      Predicate<String> known,
      Function<DocumentFile, Future<?>> changed,
      Consumer<DocumentFile.Unreadable> unreadable) {
    this.vertx = vertx;
    this.store = store;
    this.known = known;
    this.changed = changed;
    this.unreadable = unreadable;
  }

  /** Looks from now on. */
  synchronized void start() {
    timer = vertx.setPeriodic(PERIOD.toMillis(), id -> tick());
  }

  synchronized void stop() {
    vertx.cancelTimer(timer);
  }

  private synchronized void tick() {
    if (looking) {
      return;
    }
    looking = true;
    vertx
        .executeBlocking(this::look, false)
        .compose(found -> found.map(changed).orElseGet(Future::succeededFuture))
        .onComplete(
            done -> {
              synchronized (this) {
                looking = false;
              }
            });
  }

  /** New content that is ready to be tried. On a worker thread. */
  private Optional<DocumentFile> look() {
    Map<String, Object> now = signature(store.file());
    if (!now.equals(signature)) {
      signature = now;
      touchedNanos = System.nanoTime();
      pending = true;
      return Optional.empty();
    }
    if (!pending || untouchedFor() < QUIET.toNanos()) {
      return Optional.empty();
    }
    boolean patient = untouchedFor() < PATIENCE.toNanos();
    try {
      DocumentFile found = store.read();
      if (!signature(store.file()).equals(signature)) {
        return Optional.empty(); // written to while it was read
      }
      if (known.test(found.sha256())) {
        pending = false;
        return Optional.empty();
      }
      if (patient && looksUnfinished(found)) {
        return Optional.empty();
      }
      pending = false;
      return Optional.of(found);
    } catch (DocumentFile.Unreadable e) {
      if (!patient) {
        pending = false;
        unreadable.accept(e);
      }
      return Optional.empty();
    }
  }

  private long untouchedFor() {
    return System.nanoTime() - touchedNanos;
  }

  private static boolean looksUnfinished(DocumentFile found) {
    byte[] text = found.bytes();
    return text.length == 0
        || text[text.length - 1] != '\n'
        || found.parse().problems().hasErrors();
  }

  /** What differs as soon as anybody has written or replaced the file. */
  private static Map<String, Object> signature(Path file) {
    try {
      return Files.readAttributes(file, "unix:dev,ino,size,ctime,lastModifiedTime");
    } catch (IOException missing) {
      return Map.of("missing", true);
    } catch (UnsupportedOperationException | IllegalArgumentException otherSystem) {
      return readable(file);
    }
  }

  private static Map<String, Object> readable(Path file) {
    try {
      return Files.readAttributes(file, "size,lastModifiedTime", new LinkOption[0]);
    } catch (IOException missing) {
      return Map.of("missing", true);
    }
  }
}

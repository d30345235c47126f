package io.steelyard.control;

import io.steelyard.config.Problem;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/** What was tried, and what is in force. Thread-safe. */
final class Revisions {

  /** The one in force is kept beyond it. */
  static final int KEPT = 20;

  private final Deque<Entry> newestFirst = new ArrayDeque<>();
  private long last;
  private Optional<Entry> inForce = Optional.empty();
  private final LongConsumer applied;

  /**
   * @param applied gets the number of each that takes effect
   */
  Revisions(LongConsumer applied) {
    this.applied = applied;
  }

  /** Puts a document into force under the next number. */
  synchronized Revision applied(
      DocumentFile text, Source source, List<Problem> warnings, List<String> changes) {
    Entry entry = entry(text, source, Outcome.APPLIED, warnings, changes);
    inForce = Optional.of(entry);
    add(entry);
    applied.accept(last);
    return entry.revision();
  }

  /**
   * Notes one that was refused. The same text refused for the same source again is the same
   * revision: a broken file that is read every minute must not push all others out.
   */
  synchronized Revision refused(
      DocumentFile text, Source source, List<Problem> problems, List<String> changes) {
    Entry newest = newestFirst.peekFirst();
    if (newest != null
        && newest.revision().outcome() == Outcome.REFUSED
        && newest.revision().source().equals(source)
        && newest.revision().sha256().equals(text.sha256())
        && newest.revision().problems().equals(problems)) {
      return newest.revision();
    }
    Entry entry = entry(text, source, Outcome.REFUSED, problems, changes);
    add(entry);
    return entry.revision();
  }

  private Entry entry(
      DocumentFile text,
      Source source,
      Outcome outcome,
      List<Problem> problems,
      List<String> changes) {
    last++;
    return new Entry(
        new Revision(last, text.sha256(), Instant.now(), source, outcome, problems, changes), text);
  }

  private void add(Entry entry) {
    newestFirst.addFirst(entry);
    Iterator<Entry> oldestFirst = newestFirst.descendingIterator();
    while (newestFirst.size() > KEPT && oldestFirst.hasNext()) {
      Entry old = oldestFirst.next();
      if (inForce.isEmpty() || inForce.get() != old) {
        oldestFirst.remove();
      }
    }
  }

  /** The revision in force. */
  synchronized Optional<Revision> current() {
    return inForce.map(Entry::revision);
  }

  /** Its text. */
  synchronized Optional<DocumentFile> currentText() {
    return inForce.map(Entry::text);
  }

  /** All kept, the newest first. */
  synchronized List<Revision> all() {
    return newestFirst.stream().map(Entry::revision).toList();
  }

  /** The text of that revision, while it is kept. */
  synchronized Optional<DocumentFile> text(long number) {
    return newestFirst.stream()
        .filter(entry -> entry.revision().number() == number)
        .map(Entry::text)
        .findFirst();
  }

  private record Entry(Revision revision, DocumentFile text) {}
}

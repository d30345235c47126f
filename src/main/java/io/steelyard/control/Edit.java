package io.steelyard.control;

/** What a change makes of the document in force, computed when its turn has come. */
@FunctionalInterface
public interface Edit {

  /**
   * The text that is to be in force. On a worker thread.
   *
   * @param current in force now
   * @throws RuntimeException where it cannot be done, such as an edit of what is not there: it
   *     fails the change's future as it is, and nothing has changed
   */
  byte[] apply(DocumentFile current);
}

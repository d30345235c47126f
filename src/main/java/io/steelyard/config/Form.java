package io.steelyard.config;

/** The form of a value: what texts it accepts, and what they mean. */
interface Form<T> {

  /** What a problem names as right, where the value is missing or refused without a better hint. */
  String expected();

  /** The meaning of an expanded text. */
  Answer<T> read(String text);

  /** What a form makes of a text. */
  sealed interface Answer<T> {

    /** It fits. */
    record Accepted<T>(T value) implements Answer<T> {}

    /**
     * It does not.
     *
     * @param remark follows the text as written in what the problem says was found; may be empty
     */
    record Refused<T>(String remark, String expected) implements Answer<T> {}
  }
}

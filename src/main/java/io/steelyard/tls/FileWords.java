package io.steelyard.tls;

import io.steelyard.config.FileContents;
import java.io.IOException;
import java.nio.file.NoSuchFileException;

/** Words for a file that cannot be read, to follow its name. */
final class FileWords {

  private FileWords() {}

  static String unreadable(IOException cause) {
    return switch (cause) {
      case NoSuchFileException missing -> ", which does not exist";
      case FileContents.TooLongException tooLong -> ", which is too long";
      default -> ", which cannot be read";
    };
  }
}

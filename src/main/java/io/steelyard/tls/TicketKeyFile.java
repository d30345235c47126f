package io.steelyard.tls;

import io.steelyard.config.FileContents;
import io.steelyard.config.Problems;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Reads ticket keys from a file: one a line, 48 bytes in base64; empty lines and {@code #} comments
 * are passed over. Never prints what it reads.
 */
final class TicketKeyFile {

  /** Far above what anybody rotates through; each ticket that nobody made costs a look at all. */
  static final int MAX_KEYS = 64;

  private static final int MAX_BYTES = 64 * 1024;

  private static final String EXPECTED =
      "48 bytes in base64 a line, as `openssl rand -base64 48` makes them";

  private TicketKeyFile() {}

  /**
   * Reads it.
   *
   * @param path of its problems
   * @return in the file's order, the first encrypts; empty where the problems got an error
   */
  static Optional<List<byte[]>> read(
      Path file, FileContents contents, String path, Problems problems) {
    String text;
    try {
      text = decoded(contents.bytes(file, MAX_BYTES));
    } catch (CharacterCodingException e) {
      problems.error(path, file + ", which is not text", EXPECTED);
      return Optional.empty();
    } catch (IOException e) {
      problems.error(path, file + FileWords.unreadable(e), EXPECTED);
      return Optional.empty();
    }
    if (contents.isReadableByOthers(file)) {
      problems.warning(path, file + ", which others can read", "mode 0600 or 0640");
    }
    List<byte[]> keys = keys(text, file, path, problems);
    if (keys.isEmpty() && !problems.hasErrors()) {
      problems.error(path, file + " without a key", EXPECTED);
    } else if (keys.size() > MAX_KEYS) {
      problems.error(path, file + " with " + keys.size() + " keys", "at most " + MAX_KEYS);
    }
    return problems.hasErrors() ? Optional.empty() : Optional.of(List.copyOf(keys));
  }

  private static List<byte[]> keys(String text, Path file, String path, Problems problems) {
    List<byte[]> keys = new ArrayList<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      String bare = line.strip();
      if (bare.isEmpty() || bare.startsWith("#")) {
        continue;
      }
      String at = file + ", line " + number + ": ";
      try {
        byte[] key = Base64.getDecoder().decode(bare);
        if (key.length != TicketKeys.KEY_BYTES) {
          problems.error(path, at + "a key of " + key.length + " bytes", EXPECTED);
          continue;
        }
        keys.add(key);
      } catch (IllegalArgumentException e) {
        // Its message quotes characters of the key.
        problems.error(path, at + "not base64", EXPECTED);
      }
    }
    return keys;
  }

  private static String decoded(byte[] bytes) throws CharacterCodingException {
    CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
    return text.toString();
  }
}

package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.FileContents;
import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ticket keys are read strictly, and never shown. */
class TicketKeyFileTest {

  @TempDir Path directory;
  private final Problems problems = new Problems("test");

  private Optional<List<byte[]>> read(String text, String mode) throws IOException {
    return read(text.getBytes(StandardCharsets.UTF_8), mode);
  }

  private Optional<List<byte[]>> read(byte[] content, String mode) throws IOException {
    Path file = directory.resolve("ticket.keys");
    Files.write(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    return TicketKeyFile.read(file, FileContents.read(List.of(file)), "key-file", problems);
  }

  private static String key(int first, int length) {
    byte[] key = new byte[length];
    key[0] = (byte) first;
    return Base64.getEncoder().encodeToString(key);
  }

  private List<String> found() {
    return problems.all().stream()
        .map(Problem::found)
        .map(found -> found.replace(directory + "/", ""))
        .toList();
  }

  @Test
  void read_commentsAndEmptyLines_arePassedOver() throws IOException {
    String text = "# new\n\n" + key(1, 48) + "\r\n  " + key(2, 48) + "  \n";
    assertThat(read(text, "rw-------").orElseThrow())
        .extracting(one -> (int) one[0])
        .containsExactly(1, 2);
    assertThat(problems.all()).isEmpty();
  }

  @Test
  void read_wrongLines_areAllToldWithoutTheirText() throws IOException {
    String text = key(1, 48) + "\n" + key(2, 32) + "\nnot base64!\n";
    assertThat(read(text, "rw-------")).isEmpty();
    assertThat(found())
        .containsExactly(
            "ticket.keys, line 2: a key of 32 bytes", "ticket.keys, line 3: not base64");
  }

  @Test
  void read_noKey_isAProblem() throws IOException {
    assertThat(read("# nothing\n", "rw-------")).isEmpty();
    assertThat(found()).containsExactly("ticket.keys without a key");
  }

  @Test
  void read_binary_isAProblem() throws IOException {
    assertThat(read(new byte[] {(byte) 0xff, 1, 2}, "rw-------")).isEmpty();
    assertThat(found()).containsExactly("ticket.keys, which is not text");
  }

  @Test
  void read_tooManyKeys_isAProblem() throws IOException {
    assertThat(read((key(1, 48) + "\n").repeat(65), "rw-------")).isEmpty();
    assertThat(found()).containsExactly("ticket.keys with 65 keys");
  }

  @Test
  void read_readableByOthers_isAWarning() throws IOException {
    assertThat(read(key(1, 48), "rw-r--r--")).isPresent();
    assertThat(found()).containsExactly("ticket.keys, which others can read");
    assertThat(problems.hasErrors()).isFalse();
  }

  @Test
  void read_noFile_isAProblem() {
    Path file = directory.resolve("absent");
    assertThat(TicketKeyFile.read(file, FileContents.read(List.of(file)), "key-file", problems))
        .isEmpty();
    assertThat(found()).containsExactly("absent, which does not exist");
  }
}

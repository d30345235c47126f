package io.steelyard.admin;

import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * The tokens file, read again when its content changes. A broken one changes nothing: whoever was
 * let in before still is. Read by one thread at a time, asked by any.
 */
final class CallersFile {

  private static final Logger LOG = Logger.getLogger(CallersFile.class);

  /** Far above {@link Callers#MAX_ENTRIES} lines. */
  private static final int MAX_BYTES = 1 << 20;

  private final Path file;
  private byte[] lastTried = new byte[0];
  private boolean readable = true;
  private volatile Callers callers = Callers.NONE;

  private CallersFile(Path file) {
    this.file = file;
  }

  /** Reads it for the first time (blocking); what is wrong with it is told in the problems. */
  static CallersFile open(Path file, Problems problems) {
    CallersFile opened = new CallersFile(file);
    try {
      opened.lastTried = opened.read();
      opened.take(problems);
    } catch (IOException e) {
      problems.error("steelyard.admin.tokens-file", opened.reason(e), "a file that can be read");
    }
    return opened;
  }

  Callers callers() {
    return callers;
  }

  /** Looks whether the content is another one (blocking). */
  void refresh() {
    byte[] now;
    try {
      now = read();
    } catch (IOException e) {
      if (readable) {
        LOG.errorf("tokens file cannot be read, the old tokens stay: %s", reason(e));
      }
      readable = false;
      return;
    }
    readable = true;
    if (Arrays.equals(now, lastTried)) {
      return;
    }
    lastTried = now;
    Problems problems = new Problems(file.toString());
    take(problems);
    if (problems.hasErrors()) {
      LOG.errorf(
          "tokens file has a problem, the old tokens stay: %s",
          problems.all().stream().map(Problem::text).findFirst().orElse(""));
    } else {
      LOG.infof("tokens file read again file=%s callers=%d", file, callers.size());
    }
  }

  private void take(Problems problems) {
    Problems ofFile = new Problems(file.toString());
    Callers read = Callers.parse(new String(lastTried, StandardCharsets.UTF_8), ofFile);
    ofFile.all().forEach(problems::add);
    if (!ofFile.hasErrors()) {
      callers = read;
      warnIfOpen();
    }
  }

  /**
   * Digests of random tokens tell nobody the tokens; but whoever may write it may let anyone in.
   */
  private void warnIfOpen() {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (permissions.contains(PosixFilePermission.OTHERS_READ)
          || permissions.contains(PosixFilePermission.OTHERS_WRITE)
          || permissions.contains(PosixFilePermission.GROUP_WRITE)) {
        LOG.warnf("tokens file is open to others file=%s fix=\"chmod 600\"", file);
      }
    } catch (IOException | UnsupportedOperationException unknown) {
      // No permissions to speak of.
    }
  }

  private byte[] read() throws IOException {
    try (InputStream input = Files.newInputStream(file)) {
      byte[] bytes = input.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException("more than " + MAX_BYTES + " bytes");
      }
      return bytes;
    }
  }

  private String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return file + ": no such file";
    }
    return Optional.ofNullable(e.getMessage())
        .filter(message -> !message.equals(file.toString()))
        .map(message -> file + ": " + message)
        .orElse(file + ": cannot be read");
  }
}

package io.steelyard.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/**
 * Ends every process that a run has started, however the run ends, SIGKILL included: a shell in a
 * session of its own reads the driver's list of process groups from a pipe, and the pipe's end is
 * the driver's end. A process that has ended is taken off the list before its id can be anybody
 * else's.
 */
final class Guard implements AutoCloseable {

  /** TERM first: masters end their workers. Whatever is left after a second is killed. */
  private static final String SCRIPT =
      """
      declare -A groups
      while read -r verb group; do
        if [ "$verb" = add ]; then groups[$group]=1; else unset "groups[$group]"; fi
      done
      [ ${#groups[@]} -gt 0 ] || exit 0
      for group in "${!groups[@]}"; do kill -TERM -- "-$group" 2>/dev/null; done
      sleep 1
      for group in "${!groups[@]}"; do kill -KILL -- "-$group" 2>/dev/null; done
      """;

  private final Process shell;
  private final Writer list;

  Guard() throws IOException {
    shell =
        new ProcessBuilder("setsid", "bash", "-c", SCRIPT)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    list = shell.outputWriter(StandardCharsets.US_ASCII);
  }

  void add(long group) {
    tell("add " + group);
  }

  void remove(long group) {
    tell("remove " + group);
  }

  private void tell(String line) {
    try {
      list.write(line + "\n");
      list.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the guard of started processes is gone", e);
    }
  }

  /** Ends what is still on the list. */
  @Override
  public void close() {
    try {
      list.close();
      shell.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

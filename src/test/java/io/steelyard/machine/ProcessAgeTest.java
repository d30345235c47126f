package io.steelyard.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.MachineFiles;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The age of a process out of the kernel's files. */
class ProcessAgeTest {

  private static final String STAT =
      "17 (steel) yard) S 1 17 17 0 -1 4194560 1 0 0 0 2 1 0 0 20 0 9 0 500 1 1 1 1 1 1 0 0";

  @TempDir private Path root;

  @Test
  void read_startedAtFiveSeconds_isUptimeLessThat() {
    new MachineFiles(root).put("proc/uptime", "5.03 9.99").put("proc/self/stat", STAT);

    assertThat(ProcessAge.read(root.resolve("proc"))).contains(Duration.ofMillis(30));
  }

  @Test
  void read_unknownForms_knowNothing() {
    assertThat(ProcessAge.read(root.resolve("proc"))).isEmpty();
    new MachineFiles(root).put("proc/uptime", "long").put("proc/self/stat", STAT);
    assertThat(ProcessAge.read(root.resolve("proc"))).isEmpty();
    new MachineFiles(root).put("proc/uptime", "5.03 9.99").put("proc/self/stat", "17 (x) S");
    assertThat(ProcessAge.read(root.resolve("proc"))).isEmpty();
  }
}

package io.steelyard.machine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How long this process has been running. The JDK adds the start's ticks to a boot time of whole
 * seconds, which is off by up to one of them; a native executable is up in a few hundredths.
 */
public final class ProcessAge {

  /** A tick in /proc is this long, whatever the kernel's own timer (USER_HZ, proc(5)). */
  private static final long TICK_MILLIS = 10;

  /** Of the fields behind the command's closing bracket in {@code /proc/self/stat}. */
  private static final int START_FIELD = 19;

  private ProcessAge() {}

  /** Zero where the kernel does not say. */
  public static Duration now() {
    return read(Path.of("/proc")).orElse(Duration.ZERO);
  }

  static Optional<Duration> read(Path proc) {
    Optional<String> uptime = MachineLimits.text(proc.resolve("uptime"));
    Optional<String> stat = MachineLimits.text(proc.resolve("self/stat"));
    if (uptime.isEmpty() || stat.isEmpty()) {
      return Optional.empty();
    }
    String[] fields = stat.get().substring(stat.get().lastIndexOf(')') + 1).strip().split(" ", -1);
    try {
      long upMillis = Math.round(Double.parseDouble(uptime.get().split(" ", -1)[0]) * 1000);
      long startMillis = Long.parseLong(fields[START_FIELD]) * TICK_MILLIS;
      return Optional.of(Duration.ofMillis(Math.max(0, upMillis - startMillis)));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException unknownForm) {
      return Optional.empty();
    }
  }
}

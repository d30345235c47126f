package io.steelyard.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.OptionalLong;

/**
 * Processor time of any process to the nanosecond, from its clock (clock_getcpuclockid(3)): user
 * and system, of all its threads, those that have ended too. It is the very count that {@code
 * /proc/PID/stat} cuts to steps of 10 ms, and the sum of {@code /proc/PID/task/TID/schedstat}, in
 * which threads that have ended are missing.
 */
final class CpuClock {

  private static final MethodHandle OF_PROCESS =
      handle("clock_getcpuclockid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle READ =
      handle("clock_gettime", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));

  private CpuClock() {}

  private static MethodHandle handle(String name, FunctionDescriptor shape) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), shape);
  }

  /** Empty where the process is gone. */
  static OptionalLong nanos(long pid) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment clock = arena.allocate(JAVA_INT);
      MemorySegment time = arena.allocate(JAVA_LONG, 2);
      if ((int) OF_PROCESS.invokeExact((int) pid, clock) != 0
          || (int) READ.invokeExact(clock.get(JAVA_INT, 0), time) != 0) {
        return OptionalLong.empty();
      }
      return OptionalLong.of(
          time.getAtIndex(JAVA_LONG, 0) * 1_000_000_000L + time.getAtIndex(JAVA_LONG, 1));
    } catch (Error | RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}

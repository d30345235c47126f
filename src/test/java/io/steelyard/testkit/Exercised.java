package io.steelyard.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Against an executable (system property {@code steelyard.executable}), leaves out what is marked
 * {@link InProcess}, and keeps the list of what was exercised and of what could not be, with the
 * reason, in the file that {@code steelyard.exercised} names. Found by service files.
 */
public final class Exercised implements PostDiscoveryFilter, TestExecutionListener {

  /** JUnit makes an instance for each of the two services. */
  private static final Map<String, Integer> PASSED = new TreeMap<>();

  private static final Map<String, String> NOT_APPLICABLE = new TreeMap<>();

  @Override
  public FilterResult apply(TestDescriptor descriptor) {
    if (System.getProperty(SteelyardProcess.EXECUTABLE) == null) {
      return FilterResult.included("in process");
    }
    InProcess mark = descriptor.getSource().map(Exercised::mark).orElse(null);
    if (mark == null) {
      return FilterResult.included("has a form for executables");
    }
    NOT_APPLICABLE.put(name(descriptor.getSource().orElseThrow()), mark.value());
    return FilterResult.excluded(mark.value());
  }

  private static InProcess mark(TestSource source) {
    return switch (source) {
      case ClassSource type -> type.getJavaClass().getAnnotation(InProcess.class);
      case MethodSource method -> {
        InProcess ofMethod = method.getJavaMethod().getAnnotation(InProcess.class);
        yield ofMethod == null ? method.getJavaClass().getAnnotation(InProcess.class) : ofMethod;
      }
      default -> null;
    };
  }

  private static String name(TestSource source) {
    return switch (source) {
      case ClassSource type -> type.getJavaClass().getSimpleName();
      case MethodSource method ->
          method.getJavaClass().getSimpleName() + "." + method.getMethodName();
      default -> source.toString();
    };
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (test.isTest() && result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
      test.getSource()
          .filter(MethodSource.class::isInstance)
          .map(MethodSource.class::cast)
          .ifPresent(
              method -> PASSED.merge(method.getJavaClass().getSimpleName(), 1, Integer::sum));
    }
  }

  @Override
  public void testPlanExecutionFinished(TestPlan plan) {
    String file = System.getProperty("steelyard.exercised");
    if (file == null) {
      return;
    }
    StringBuilder text = new StringBuilder("exercised:\n");
    PASSED.forEach((type, count) -> text.append("%5d %s%n".formatted(count, type)));
    text.append("%5d in all%n".formatted(PASSED.values().stream().mapToInt(n -> n).sum()));
    text.append("not applicable:\n");
    NOT_APPLICABLE.forEach((test, why) -> text.append("      %s: %s%n".formatted(test, why)));
    try {
      Files.createDirectories(Path.of(file).getParent());
      Files.writeString(Path.of(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

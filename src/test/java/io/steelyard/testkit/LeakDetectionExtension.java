package io.steelyard.testkit;

import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails every test class at whose end a leak is found. The records name the place: a leak can be
 * that of an earlier class that still held the object at its own end. Found by service file.
 */
public final class LeakDetectionExtension implements AfterAllCallback {
  @Override
  public void afterAll(ExtensionContext context) {
    if (context.getParent().flatMap(ExtensionContext::getTestClass).isPresent()) {
      return; // a @Nested class: its outermost class looks for both
    }
    List<String> leaks = LeakDetection.sweep();
    if (!leaks.isEmpty()) {
      throw new AssertionError(leaks.size() + " leaks:\n" + String.join("\n", leaks));
    }
  }
}

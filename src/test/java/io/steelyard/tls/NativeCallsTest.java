package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NativeCallsTest {

  @Test
  void load_libraryThatIsNotThere_isEmpty() {
    assertThat(NativeCalls.load("libnothing-of-that-name.so.3")).isEmpty();
  }
}

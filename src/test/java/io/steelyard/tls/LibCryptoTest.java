package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibCryptoTest {

  @TempDir private Path directory;

  @Test
  void isFasterOn_processorWithTheInstructions_isTrue() throws IOException {
    assertThat(isFasterOn("processor\t: 0\nflags\t\t: fpu avx512ifma sha_ni\n")).isTrue();
  }

  @Test
  void isFasterOn_processorWithOthersOnly_isFalse() throws IOException {
    assertThat(isFasterOn("processor\t: 0\nflags\t\t: fpu avx512ifmax adx avx512f\n")).isFalse();
    assertThat(isFasterOn("Features\t: fp asimd aes\n")).isFalse();
  }

  @Test
  void isFasterOn_nothingToReadThere_isFalse() {
    assertThat(LibCrypto.isFasterOn(directory.resolve("missing"))).isFalse();
  }

  private boolean isFasterOn(String text) throws IOException {
    return LibCrypto.isFasterOn(Files.writeString(directory.resolve("cpuinfo"), text));
  }
}

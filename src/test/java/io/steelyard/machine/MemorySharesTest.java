package io.steelyard.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** How a container's memory is shared out, and that builder and launchers were told the same. */
class MemorySharesTest {

  private static final long MIB = 1 << 20;

  @Test
  void shares_heapBuffersAndTheRest_fitTheLimit() {
    for (long limit = 128 * MIB; limit <= 65_536 * MIB; limit *= 2) {
      long heap = limit / 100 * MemoryShares.HEAP_PERCENT;

      assertThat(heap + MemoryShares.directBytes(limit, heap) + MemoryShares.outsideBytes(limit))
          .isLessThanOrEqualTo(limit);
    }
  }

  @Test
  void directBytes_heapOfItsOwnShare_isAQuarter() {
    assertThat(MemoryShares.directBytes(1000 * MIB, 350 * MIB)).isEqualTo(1000 * MIB / 100 * 25);
  }

  @Test
  void directBytes_largeHeap_isWhatItLeaves() {
    assertThat(MemoryShares.directBytes(1000 * MIB, 700 * MIB))
        .isEqualTo(300 * MIB - MemoryShares.outsideBytes(1000 * MIB));
  }

  @Test
  void directBytes_heapThatLeavesNothing_isTheLeast() {
    assertThat(MemoryShares.directBytes(256 * MIB, 256 * MIB))
        .isEqualTo(MemoryShares.MIN_DIRECT_BYTES);
  }

  @Test
  void heapPercent_ofBuilderAndLauncher_isOurs() throws IOException {
    assertThat(Files.readString(Path.of("pom.xml")))
        .contains("-R:MaximumHeapSizePercent=" + MemoryShares.HEAP_PERCENT + "<");
    assertThat(Files.readString(Path.of("Makefile")))
        .contains(
            "-XX:MinRAMPercentage=%1$d -XX:MaxRAMPercentage=%1$d\n"
                .formatted(MemoryShares.HEAP_PERCENT));
  }
}

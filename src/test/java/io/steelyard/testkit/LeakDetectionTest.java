package io.steelyard.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.container;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;

class LeakDetectionTest {
  @Test
  void sweep_bufferReleased_findsNothing() {
    PooledByteBufAllocator.DEFAULT.buffer(64).release();

    assertThat(LeakDetection.sweep()).isEmpty();
  }

  @Test
  void sweep_bufferForgotten_namesThePlace() {
    forgetBuffer();

    assertThat(LeakDetection.sweep())
        .singleElement()
        .asString()
        .contains("ByteBuf was not released", "LeakDetectionTest.forgetBuffer");
  }

  @Test
  void extension_classForgetsBuffer_failsTheClass() {
    EngineTestKit.engine("junit-jupiter")
        .selectors(selectClass(Forgetful.class))
        .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
        .execute()
        .containerEvents()
        .assertThatEvents()
        .haveExactly(
            1,
            event(
                container(Forgetful.class),
                finishedWithFailure(message(text -> text.contains("LeakDetectionTest")))));
  }

  private static void forgetBuffer() {
    PooledByteBufAllocator.DEFAULT.buffer(64).writeByte(1);
  }

  /**
   * Run by {@link #extension_classForgetsBuffer_failsTheClass} only: its name matches no pattern.
   */
  static class Forgetful {
    @Test
    void buffer_neverReleased_leaks() {
      ByteBuf buffer = PooledByteBufAllocator.DEFAULT.buffer(64);
      assertThat(buffer.writableBytes()).isEqualTo(64);
    }
  }
}

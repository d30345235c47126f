package io.steelyard.listener;

import io.netty.channel.EventLoop;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * The event loops that carry flows, one Vert.x context each. Every port is accepted for on each of
 * them, and a flow stays on the loop it was given to.
 */
public final class Loops {

  private final List<Loop> all;
  private final DescriptorReserve reserve;
  private final LoopBalance balance;

  private Loops(List<Loop> all) {
    this.all = List.copyOf(all);
    this.reserve = new DescriptorReserve(all.size());
    this.balance = new LoopBalance(all);
  }

  /**
   * One event loop.
   *
   * @param index from 0
   */
  public record Loop(int index, ContextInternal context) {
    EventLoop eventLoop() {
      return context.nettyEventLoop();
    }
  }

  /**
   * Contexts on {@code count} different event loops of that Vert.x.
   *
   * @throws IllegalStateException where Vert.x has fewer loops
   */
  public static Loops of(Vertx vertx, int count) {
    VertxInternal internal = (VertxInternal) vertx;
    List<Loop> loops = new ArrayList<>();
    Set<EventLoop> seen = new HashSet<>();
    // Vert.x hands out its loops in turn, perhaps to others in between.
    for (int attempt = 0; attempt < count * 64 && loops.size() < count; attempt++) {
      ContextInternal context = internal.createEventLoopContext();
      if (seen.add(context.nettyEventLoop())) {
        loops.add(new Loop(loops.size(), context));
      }
    }
    if (loops.size() < count) {
      throw new IllegalStateException(
          "Vert.x has " + seen.size() + " event loops, " + count + " are asked for");
    }
    return new Loops(loops);
  }

  /**
   * Asks every loop to answer.
   *
   * @return the indexes of those that have not within the deadline; completed on one of the loops,
   *     or on the thread that counts the deadline
   */
  public CompletionStage<List<Integer>> silent(Duration deadline) {
    List<CompletableFuture<Void>> answers = new ArrayList<>();
    for (Loop loop : all) {
      CompletableFuture<Void> answer = new CompletableFuture<>();
      loop.context().runOnContext(v -> answer.complete(null));
      // The JDK's own delay thread: a timer on a loop would be as silent as the loop.
      answers.add(answer.orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS));
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .handle(
            (done, failure) ->
                all.stream()
                    .map(Loop::index)
                    .filter(index -> answers.get(index).isCompletedExceptionally())
                    .toList());
  }

  /** Which of them clients are given to. */
  LoopBalance balance() {
    return balance;
  }

  /** What is put by for when there are no descriptors. */
  DescriptorReserve reserve() {
    return reserve;
  }

  /** How many. */
  public int size() {
    return all.size();
  }

  /** All, by index. */
  public List<Loop> all() {
    return all;
  }
}

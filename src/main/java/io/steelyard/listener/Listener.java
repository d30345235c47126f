package io.steelyard.listener;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.steelyard.config.ListenerConfig;
import io.steelyard.flow.Flow;
import io.steelyard.flow.FlowEnd;
import io.steelyard.flow.FlowObserver;
import io.steelyard.flow.Refusal;
import io.steelyard.listener.Loops.Loop;
import io.steelyard.relay.ReadBuffers;
import io.vertx.core.Future;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A name that flows are accepted under, whatever port they come through ({@link BoundPort}) and
 * whichever revision's settings are in force. Lives across revisions: its open flows, its counters
 * and what has been used of its rate go on when it is retuned. Thread-safe.
 */
public final class Listener {

  private static final AtomicLong FLOW_IDS = new AtomicLong();

  private final String name;
  private final FlowObserver observer;
  private final OpenFlows openFlows;

  /** One for all flows, not one for each. */
  private final ChannelFutureListener flowClosed;

  private volatile Admission admission;
  private volatile boolean stopped;

  /**
   * A listener without a port.
   *
   * @param first taken over: the caller's use of them is the listener's from now on
   */
  public Listener(String name, Loops loops, FlowObserver observer, ListenerSettings first) {
    this.name = name;
    this.observer = observer;
    this.openFlows = new OpenFlows(loops);
    this.flowClosed = closed -> openFlows.closed();
    this.admission = Admission.first(first, openFlows);
  }

  /** The same in every revision that has it. */
  public String name() {
    return name;
  }

  /** What new flows are accepted under. Only those who retain them may use what they hold. */
  public ListenerSettings settings() {
    return admission.settings();
  }

  /** The configuration in force. */
  public ListenerConfig config() {
    return settings().config();
  }

  /**
   * New flows are accepted under these from now on; open ones keep those they came under.
   *
   * @param next taken over, as the first ones; those before are released
   * @throws IllegalStateException where it has stopped accepting
   */
  public synchronized void retune(ListenerSettings next) {
    if (stopped) {
      throw new IllegalStateException("listener " + name + " has stopped accepting");
    }
    Admission before = admission;
    admission = before.next(next);
    before.settings().release();
  }

  /**
   * Takes a socket over from the port. Runs on the loop, once it is active and before anything is
   * read.
   *
   * @return false where it has stopped accepting: the socket is still the caller's
   */
  boolean accept(Loop loop, Channel channel) {
    if (!(channel.remoteAddress() instanceof InetSocketAddress remote)
        || !(channel.localAddress() instanceof InetSocketAddress local)) {
      channel.close();
      return true;
    }
    Admission held = hold();
    if (held == null) {
      return false;
    }
    InetSocketAddress client = PeerAddress.unmapped(remote);
    Refusal refusal = held.admit(client.getAddress());
    if (refusal != null) {
      held.settings().release();
      if (refusal == Refusal.DRAINING) {
        return false;
      }
      refuse(channel, refusal);
      return true;
    }
    channel.closeFuture().addListener(flowClosed);
    channel.config().setAllocator(PooledByteBufAllocator.DEFAULT);
    ReadBuffers.prepare(channel);
    if (held.settings().readsFirst() && !channel.config().isAutoRead()) {
      // The port met the settings before these.
      channel.config().setAutoRead(true);
    }
    Flow flow =
        new Flow(
            FLOW_IDS.incrementAndGet(), name, loop.index(), client, PeerAddress.unmapped(local));
    new Journey(this, held.settings(), loop, channel, flow).start();
    return true;
  }

  /** What is in force, with its settings retained; null once stopped. */
  private @Nullable Admission hold() {
    while (!stopped) {
      Admission now = admission;
      // Fails only where they were replaced after the line above.
      if (now.settings().tryRetain()) {
        return now;
      }
    }
    return null;
  }

  /** Ends a socket that becomes no flow. */
  void refuse(Channel channel, Refusal reason) {
    observer.refused(name, reason);
    Refusing.refuse(channel, config().onLimit());
  }

  /**
   * Refuses every new flow from now on, for good; open ones go on. Whoever wants no client refused
   * closes its ports first, and waits for them. Idempotent.
   */
  public synchronized void stopAccepting() {
    if (stopped) {
      return;
    }
    stopped = true;
    openFlows.drain();
    settings().release();
  }

  /** Completes when no flow is open after {@link #stopAccepting}. */
  public Future<Void> drained() {
    return openFlows.drained();
  }

  /** Ends up to that many of the flows that have been open longest. */
  public void endOldest(int count, FlowEnd how, String detail) {
    openFlows.endOldest(count, how, detail);
  }

  /**
   * The open flows that match, oldest first, as they are when each loop is asked.
   *
   * @param which called on the flow's own loop; keeps no reference to the flow
   */
  public Future<List<DrainableFlow>> flows(Predicate<Flow> which) {
    return openFlows.matching(which);
  }

  /** Flows open now. */
  public int openFlowCount() {
    return openFlows.count();
  }

  FlowObserver observer() {
    return observer;
  }

  OpenFlows openFlows() {
    return openFlows;
  }

  @Override
  public String toString() {
    return "listener " + name;
  }
}

package io.steelyard.listener;

import io.steelyard.flow.FlowObserver;
import io.steelyard.flow.Refusal;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Whether a port has met the end of the file descriptors, said once when it begins and once when it
 * is over, and whom it has refused for it. Shared by the {@link DescriptorGuard}s of the port;
 * thread-safe.
 */
final class DescriptorShortage {

  private static final Logger LOG = Logger.getLogger(DescriptorShortage.class);

  private final Supplier<String> listener;
  private final FlowObserver observer;
  private final AtomicBoolean lasts = new AtomicBoolean();
  private final AtomicLong refused = new AtomicLong();

  /**
   * None.
   *
   * @param listener the name of the listener that the port accepts for at the moment
   */
  DescriptorShortage(Supplier<String> listener, FlowObserver observer) {
    this.listener = listener;
    this.observer = observer;
  }

  String listener() {
    return listener.get();
  }

  /** An accept has failed for it; whether it is the first. */
  boolean begin() {
    if (!lasts.compareAndSet(false, true)) {
      return false;
    }
    LOG.errorf(
        "out of file descriptors listener=%s: new clients are refused, open flows go on (raise the"
            + " limit of open files: ulimit -n, LimitNOFILE)",
        listener.get());
    return true;
  }

  void end() {
    lasts.set(false);
    LOG.infof(
        "file descriptors are free again listener=%s refused-total=%d",
        listener.get(), refused.get());
  }

  /** One more client has been refused. */
  void count() {
    refused.incrementAndGet();
    observer.refused(listener.get(), Refusal.FILES);
  }

  /** Clients refused since the port was bound. */
  long refused() {
    return refused.get();
  }
}

package io.steelyard.tls;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Something that outlives the revision it was made for while others still use it, such as native
 * memory. Made with one user, its maker; the last user to leave destroys it. Thread-safe.
 */
public abstract class Shared implements AutoCloseable {

  private final AtomicInteger users = new AtomicInteger(1);

  /**
   * One more user.
   *
   * @throws IllegalStateException where it has been destroyed: whoever calls this must be sure that
   *     another user stays meanwhile
   */
  public final void retain() {
    if (!tryRetain()) {
      throw new IllegalStateException(this + " was released by its last user");
    }
  }

  /** One more user, unless it has been destroyed. */
  public final boolean tryRetain() {
    int now = users.get();
    while (now > 0) {
      if (users.compareAndSet(now, now + 1)) {
        return true;
      }
      now = users.get();
    }
    return false;
  }

  /**
   * One user less; the last destroys it, on the calling thread.
   *
   * @throws IllegalStateException where more users leave than came: a bug
   */
  public final void release() {
    int left = users.decrementAndGet();
    if (left == 0) {
      destroy();
    } else if (left < 0) {
      throw new IllegalStateException(this + " released more often than retained");
    }
  }

  /** The same as {@link #release}, for users that live as long as a block of code. */
  @Override
  public final void close() {
    release();
  }

  /** Gives back what it holds. Called once. */
  protected abstract void destroy();
}

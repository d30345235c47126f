package io.steelyard.testkit;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Collects what Netty's leak detector would only log: reference-counted objects that the garbage
 * collector took before their last release. Installed before any test class is loaded, since Netty
 * takes each detector once, into a static field; thread-safe.
 */
public final class LeakDetection {
  /** Long enough for a full collection on a loaded machine; a collection takes milliseconds. */
  private static final long COLLECTION_TIMEOUT_MILLIS = 10_000;

  private static final List<CollectingDetector<?>> DETECTORS = new CopyOnWriteArrayList<>();
  private static final Queue<String> REPORTS = new ConcurrentLinkedQueue<>();

  private LeakDetection() {}

  /** Makes every detector that Netty creates from now on a collecting one, at level paranoid. */
  static void install() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new CollectingFactory());
  }

  /**
   * Collects garbage; returns the leaks found since the last call, each with its access records.
   */
  public static List<String> sweep() {
    collectGarbage();
    DETECTORS.forEach(CollectingDetector::poll);
    List<String> found = new ArrayList<>();
    for (String report = REPORTS.poll(); report != null; report = REPORTS.poll()) {
      found.add(report);
    }
    return found;
  }

  private static void collectGarbage() {
    ReferenceQueue<Object> collected = new ReferenceQueue<>();
    WeakReference<Object> sentinel = new WeakReference<>(new Object(), collected);
    System.gc();
    try {
      if (collected.remove(COLLECTION_TIMEOUT_MILLIS) != sentinel) {
        throw new IllegalStateException("System.gc() has no effect: leaks would go unseen");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while looking for leaks", e);
    }
  }

  private static final class CollectingFactory extends ResourceLeakDetectorFactory {
    @Override
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
        Class<T> resource, int samplingInterval, long maxActive) {
      return newResourceLeakDetector(resource, samplingInterval);
    }

    @Override
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
        Class<T> resource, int samplingInterval) {
      CollectingDetector<T> detector = new CollectingDetector<>(resource, samplingInterval);
      DETECTORS.add(detector);
      return detector;
    }
  }

  private static final class CollectingDetector<T> extends ResourceLeakDetector<T> {
    CollectingDetector(Class<T> resource, int samplingInterval) {
      super(resource, samplingInterval);
    }

    /** A detector looks at its queue only while it starts to track something. */
    @SuppressWarnings("unchecked") // the tracked object is used as an identity only
    void poll() {
      Object probe = new Object();
      var tracker = ((ResourceLeakDetector<Object>) this).trackForcibly(probe);
      tracker.close(probe);
    }

    @Override
    protected boolean needReport() {
      return true;
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
      REPORTS.add("LEAK: " + resourceType + " was not released" + records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
      REPORTS.add("LEAK: " + resourceType + " was not released (no records)");
    }
  }
}

package io.steelyard.jmh;

import io.steelyard.backend.Lease;
import io.steelyard.backend.LeaseRequest;
import io.steelyard.backend.ServerGroup;
import java.net.InetAddress;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A lease and its release, as every flow has one; other flows hold so many at that time. {@code
 * make jmh ARGS="Schedulers"}, with {@code -t 2} for two event loops at one group.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class SchedulersBenchmark {

  private static final int HELD = 1_000;

  @Param({"weighted-round-robin", "round-robin", "weighted-least-connections", "source-ip-hash"})
  String scheduler;

  @Param({"3", "1000", "10000"})
  int backends;

  private ServerGroup group;
  private LeaseRequest request;

  /** Before any measurement. */
  @Setup
  public void prepare() {
    group = new ServerGroup(Documents.group(scheduler, backends));
    request = new LeaseRequest(InetAddress.ofLiteral("192.0.2.1"), Set.of());
    for (int flow = 0; flow < HELD; flow++) {
      group.lease(new LeaseRequest(client(flow), Set.of()));
    }
  }

  private static InetAddress client(int flow) {
    return InetAddress.ofLiteral("198.51." + flow / 250 + "." + (1 + flow % 250));
  }

  /** The whole claim. */
  @Benchmark
  public Lease lease() {
    Lease lease = (Lease) group.lease(request);
    lease.release();
    return lease;
  }
}

package io.steelyard.jmh;

import io.steelyard.config.Cidr;
import io.steelyard.config.ListenerConfig.AccessConfig.Mode;
import io.steelyard.listener.AccessList;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The question that is asked for every accepted client, and what a new list costs. {@code make jmh
 * ARGS="AccessList"}.
 */
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class AccessListBenchmark {

  /** Clients are asked about in turn, so that no branch is learnt by heart; a power of two. */
  private static final int CLIENTS = 4_096;

  @Param({"1", "1000", "100000"})
  int networks;

  private List<Cidr> cidrs;
  private AccessList list;
  private InetAddress[] clients;
  private int next;

  /** Networks of 32 addresses with gaps between them; every other client is in one. */
  @Setup
  public void prepare() {
    cidrs =
        IntStream.range(0, networks)
            .mapToObj(number -> Cidr.parse(address(number * 64) + "/27").orElseThrow())
            .toList();
    list = new AccessList(Mode.ALLOW, cidrs);
    clients =
        IntStream.range(0, CLIENTS)
            .mapToObj(
                number ->
                    InetAddress.ofLiteral(
                        address((int) ((long) number * networks / CLIENTS) * 64 + number % 2 * 32)))
            .toArray(InetAddress[]::new);
  }

  private static String address(int number) {
    return "10.%d.%d.%d".formatted(number >> 16 & 255, number >> 8 & 255, number & 255);
  }

  /** One client. */
  @Benchmark
  public boolean permits() {
    return list.permits(clients[next++ & CLIENTS - 1]);
  }

  /** One reload. */
  @Benchmark
  @OutputTimeUnit(TimeUnit.MICROSECONDS)
  public AccessList build() {
    return new AccessList(Mode.ALLOW, cidrs);
  }
}

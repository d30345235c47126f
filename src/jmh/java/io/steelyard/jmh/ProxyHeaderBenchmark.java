package io.steelyard.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol.Tlv;
import io.steelyard.config.ServerGroupConfig.ProxyProtocol.Version;
import io.steelyard.wire.ProxyHeader;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.Optional;
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

/** Writing a flow's PROXY header. {@code make jmh ARGS="ProxyHeader"}. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class ProxyHeaderBenchmark {

  /** What is written. */
  public enum Kind {
    V1,
    V2,
    V2_ALL_TLVS
  }

  @Param Kind kind;

  private ProxyHeader header;
  private ProxyProtocol settings;

  /** A TLS flow without a client certificate. */
  @Setup
  public void prepare() {
    header =
        new ProxyHeader(
            false,
            new InetSocketAddress("192.0.2.1", 40_000),
            new InetSocketAddress("198.51.100.1", 443),
            "h2",
            "bench.test",
            "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
            Optional.of(
                new ProxyHeader.Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256", false, "", new byte[0])));
    settings =
        switch (kind) {
          case V1 -> new ProxyProtocol(Version.V1, Set.of());
          case V2 -> new ProxyProtocol(Version.V2, Set.of());
          case V2_ALL_TLVS -> new ProxyProtocol(Version.V2, EnumSet.allOf(Tlv.class));
        };
  }

  /** Written and released. */
  @Benchmark
  public int encode() {
    ByteBuf bytes = header.encode(PooledByteBufAllocator.DEFAULT, settings);
    int length = bytes.readableBytes();
    bytes.release();
    return length;
  }
}

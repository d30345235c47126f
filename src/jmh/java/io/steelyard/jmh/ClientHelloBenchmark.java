package io.steelyard.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.steelyard.wire.ClientHelloReader;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Reading the first message of a client, here the JDK's. {@code make jmh ARGS="ClientHello"}. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class ClientHelloBenchmark {

  private ByteBuf hello;

  /** Asks the JDK for what it would send. */
  @Setup
  public void prepare() throws GeneralSecurityException, SSLException {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("bench.test", 443);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
    engine.setSSLParameters(parameters);
    ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), out);
    hello = Unpooled.directBuffer().writeBytes(out.flip());
    if (!(read() instanceof ClientHelloReader.Result.Complete)) {
      throw new IllegalStateException("not a whole ClientHello");
    }
  }

  /** The whole message, at once. */
  @Benchmark
  public ClientHelloReader.Result read() {
    return ClientHelloReader.read(hello);
  }
}

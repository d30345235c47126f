package io.steelyard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.steelyard.flow.FlowEnd;
import io.steelyard.testkit.Configs.Group;
import io.steelyard.testkit.Configs.Listen;
import io.steelyard.testkit.InProcess;
import io.steelyard.testkit.SocketBackend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Descriptors that one flow has given back and the next one has got, while events of the first are
 * still to be handled: the loop is held, and finds all of it at once, in the order it happened.
 */
@InProcess("holds the event loop up")
class DescriptorReuseTest {

  private final BlockingQueue<Socket> backendSides = new LinkedBlockingQueue<>();
  private final SocketBackend backend =
      SocketBackend.running(
          socket -> {
            backendSides.add(socket);
            socket.getInputStream().transferTo(socket.getOutputStream());
          });
  private final PortScene scene =
      new PortScene(
          1, false, new Listen().build(), new Group().backend(backend.port()).retries(0).build());
  private final EventLoop loop = scene.loops.all().getFirst().eventLoop();
  private final CountDownLatch goOn = new CountDownLatch(1);

  @AfterEach
  void stop() {
    goOn.countDown();
    scene.close();
    backend.close();
  }

  @Test
  void dial_descriptorOfAnEndedBackend_doesNotTakeItsEndForItsOwn() throws Exception {
    int port = scene.bind(0).port();
    Socket first = connect(port);
    assertEchoes(first);
    Socket firstBackend = backendSides.take();
    hold();
    reset(first);
    try (Socket second = connect(port)) {
      firstBackend.shutdownOutput();
      goOn.countDown();
      assertEchoes(second);
    }
    scene.observer.awaitEnded(2);
    assertThat(scene.observer.ended)
        .extracting(flow -> flow.ended())
        .containsExactly(FlowEnd.CLIENT_RESET, FlowEnd.CLIENT_END);
  }

  @Test
  void accept_descriptorOfAnEndedClient_doesNotTakeItsEndForItsOwn() throws Exception {
    int port = scene.bind(0).port();
    Socket first = connect(port);
    assertEchoes(first);
    Socket firstBackend = backendSides.take();
    hold();
    reset(firstBackend);
    try (Socket second = connect(port)) {
      first.shutdownOutput();
      goOn.countDown();
      assertEchoes(second);
      Channel accepted = scene.accepted().getLast();
      AtomicInteger reads = new AtomicInteger();
      loop.submit(() -> accepted.pipeline().addFirst(new ReadCount(reads))).sync();
      for (int turn = 0; turn < 10; turn++) {
        loop.submit(() -> {}).sync();
      }
      assertThat(reads).as("reads of a client that says nothing").hasValue(0);
      assertEchoes(second);
    }
    first.close();
  }

  /** Reads, whether they got anything or not. */
  private static final class ReadCount extends ChannelInboundHandlerAdapter {
    private final AtomicInteger reads;

    ReadCount(AtomicInteger reads) {
      this.reads = reads;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      reads.incrementAndGet();
      ctx.fireChannelReadComplete();
    }
  }

  private void hold() throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    loop.execute(
        () -> {
          held.countDown();
          try {
            goOn.await(20, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    held.await();
  }

  private static Socket connect(int port) throws IOException {
    Socket client = new Socket(InetAddress.getLoopbackAddress(), port);
    client.setSoTimeout(20_000);
    return client;
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  private static void assertEchoes(Socket client) throws IOException {
    client.getOutputStream().write(42);
    assertThat(client.getInputStream().read()).isEqualTo(42);
  }
}

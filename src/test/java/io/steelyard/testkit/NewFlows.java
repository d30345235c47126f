package io.steelyard.testkit;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients that open one plain connection after the other to a loopback port, as fast as they can:
 * each has a byte echoed, ends its stream and reads to the end. What goes wrong is kept, told from
 * what went well by its text.
 */
public final class NewFlows implements AutoCloseable {

  /** Well below what a dropped SYN costs, the kernel's first retransmission. */
  private static final int SLOW_CONNECT_MILLIS = 900;

  private final int port;
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger slow = new AtomicInteger();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final List<Thread> clients = new ArrayList<>();
  private volatile boolean stopped;

  private NewFlows(int port) {
    this.port = port;
  }

  /** That many clients of that port at a time. */
  public static NewFlows opening(int clients, int port) {
    NewFlows flows = new NewFlows(port);
    for (int i = 0; i < clients; i++) {
      flows.clients.add(Thread.ofPlatform().daemon().start(flows::open));
    }
    return flows;
  }

  private void open() {
    while (!stopped) {
      String step = "connect";
      long startNanos = System.nanoTime();
      try (Socket socket = new Socket(loopback(), port)) {
        if (System.nanoTime() - startNanos > SLOW_CONNECT_MILLIS * 1_000_000L) {
          slow.incrementAndGet();
        }
        socket.setSoTimeout(20_000);
        step = "write";
        socket.getOutputStream().write(42);
        step = "read";
        if (socket.getInputStream().read() != 42) {
          throw new IOException("ended without an answer");
        }
        socket.shutdownOutput();
        step = "end";
        if (socket.getInputStream().read() != -1) {
          throw new IOException("no end");
        }
        done.incrementAndGet();
      } catch (IOException e) {
        failures.add(step + ": " + e.getMessage());
      }
    }
  }

  private static InetAddress loopback() throws UnknownHostException {
    return Inet4Address.getByName("127.0.0.1");
  }

  /** How many went well. */
  public int done() {
    return done.get();
  }

  /** How many had to wait for a second SYN. */
  public int slow() {
    return slow.get();
  }

  /** What went wrong, a line each. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  /** Waits for that many more to go well. */
  public void awaitMore(int count) {
    int enough = done() + count;
    Patience.await().atMost(java.time.Duration.ofSeconds(120)).until(() -> done() >= enough);
  }

  /** Lets those under way finish, and starts no more. */
  public void stop() {
    stopped = true;
    for (Thread client : clients) {
      try {
        client.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void close() {
    stop();
  }
}

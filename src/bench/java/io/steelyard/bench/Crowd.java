package io.steelyard.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How many of everything a balancer has to hold.
 *
 * @param backends addresses of one backend process: 127.1.x.y
 * @param listeners ports in a row; the first one carries the load
 * @param certificates of {@code folder}, all on the first listener; 0 leaves the scene's own
 * @param networks entries of the first listener's access list, clients' among them; 0 is no list
 * @param folder see {@link Certificates#many}
 */
record Crowd(int backends, int listeners, int certificates, int networks, Path folder) {

  static final Crowd ONE = new Crowd(1, 1, 0, 0, Path.of("."));

  List<String> backendAddresses() {
    if (backends == 1) {
      return List.of("127.0.0.1");
    }
    return IntStream.range(0, backends)
        .mapToObj(number -> "127.1." + number / 250 + "." + (1 + number % 250))
        .toList();
  }

  /** Networks of 10/8 that no client is in, spread so that none can be merged, and the clients'. */
  List<String> networkLines() {
    return IntStream.concat(IntStream.of(-1), IntStream.range(0, networks - 1))
        .mapToObj(number -> number < 0 ? "127.0.0.0/8" : network(number))
        .toList();
  }

  private static String network(int number) {
    int address = number * 64;
    return "10.%d.%d.%d/27".formatted(address >> 16 & 255, address >> 8 & 255, address & 255);
  }
}

package io.steelyard.jmh;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ConfigReader;
import io.steelyard.config.ServerGroupConfig;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Documents of one plain listener and one group, as operators write them. */
final class Documents {

  private Documents() {}

  /**
   * So many backends, all of weight 100 but the first.
   *
   * @param weight of the first
   */
  static BalancerDocument of(String scheduler, int backends, int weight) {
    String text =
        """
        listeners:
          - {name: front, protocol: tcp, port: 8443, server-group: app}
        server-groups:
          - name: app
            scheduler: %s
            health-check: {type: none}
            backends:
        """
                .formatted(scheduler)
            + IntStream.range(0, backends)
                .mapToObj(number -> backend(number, number == 0 ? weight : 100))
                .collect(Collectors.joining());
    ConfigReader.Reading reading = ConfigReader.read(text, "jmh", Path.of("."), name -> null);
    return reading
        .document()
        .orElseThrow(() -> new IllegalStateException(reading.problems().toString()));
  }

  private static String backend(int number, int weight) {
    return "      - {address: \"10.%d.%d.%d:8080\", weight: %d}\n"
        .formatted(number / 62_500, number / 250 % 250, 1 + number % 250, weight);
  }

  static ServerGroupConfig group(String scheduler, int backends) {
    return of(scheduler, backends, 100).serverGroups().getFirst();
  }
}

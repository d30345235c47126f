package io.steelyard.telemetry;

import io.steelyard.telemetry.NegotiatedCounters.Negotiated;
import java.util.HashMap;
import java.util.Map;

/**
 * Completed handshakes of one listener, summed both ways they are shown: by version and resumption,
 * and by version, cipher and group.
 */
record HandshakeCounts(Map<Resumption, Long> byResumption, Map<Suite, Long> bySuite) {

  static HandshakeCounts of(Map<Negotiated, Long> negotiated) {
    HandshakeCounts counts = new HandshakeCounts(new HashMap<>(), new HashMap<>());
    negotiated.forEach(
        (what, count) -> {
          counts.byResumption.merge(
              new Resumption(what.version(), what.resumed()), count, Long::sum);
          counts.bySuite.merge(
              new Suite(what.version(), what.cipher(), what.group()), count, Long::sum);
        });
    return counts;
  }

  void addTo(Families families, String listener) {
    byResumption.forEach(
        (key, count) ->
            families.add(
                MeterNames.TLS_HANDSHAKES,
                count,
                listener,
                key.version(),
                Boolean.toString(key.resumed())));
    bySuite.forEach(
        (key, count) ->
            families.add(
                MeterNames.TLS_CIPHERS, count, listener, key.version(), key.cipher(), key.group()));
  }

  record Resumption(String version, boolean resumed) {}

  record Suite(String version, String cipher, String group) {}
}

package io.steelyard.telemetry;

import java.nio.file.Path;

/**
 * Where the access log goes and what it leaves out.
 *
 * @param sampleShare share of the flows that get a line, 0–1
 * @param probes whether connections of port scans and outside probes get a line too
 */
public record AccessLogSettings(Target target, double sampleShare, boolean probes) {

  public static final AccessLogSettings DEFAULT =
      new AccessLogSettings(new Target.StandardOutput(), 1, false);

  /** Where the lines go. */
  public sealed interface Target {
    record Off() implements Target {}

    record StandardOutput() implements Target {}

    /** Appended to; made where it is not there. */
    record File(Path path) implements Target {}
  }
}

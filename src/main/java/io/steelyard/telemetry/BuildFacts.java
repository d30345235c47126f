package io.steelyard.telemetry;

/**
 * What is running.
 *
 * @param runtime {@code jvm} or {@code native}
 * @param tlsEngine {@code boringssl} or {@code jdk}
 */
public record BuildFacts(String version, String runtime, String tlsEngine) {}

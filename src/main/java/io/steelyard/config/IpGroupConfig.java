package io.steelyard.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A named set of addresses.
 *
 * @param addresses IP literals or CIDRs, as written
 * @param file one address or CIDR a line, {@code #} comments
 */
public record IpGroupConfig(String name, List<String> addresses, Optional<Path> file) {
  /** Entries of one group, those of its file included. */
  public static final int MAX_ENTRIES = 100_000;

  public IpGroupConfig {
    addresses = List.copyOf(addresses);
  }
}

package io.steelyard.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads one entry of {@code ip-groups}; its file is read by {@link IpGroupEntries}. */
final class IpGroupReader {

  private final Form<Path> file;

  IpGroupReader(Path directory) {
    this.file = Forms.file(directory);
  }

  Located<IpGroupConfig> read(Section section) {
    String name = section.required("name", Forms.NAME, "");
    List<String> addresses = section.list("addresses", Forms.NETWORK, IpGroupConfig.MAX_ENTRIES);
    Optional<Path> entries = section.optional("file", file);
    if (!section.has("addresses") && !section.has("file")) {
      section.missing("addresses", "addresses, a file, or both");
    }
    if (section.isEmptyList("addresses") && !section.has("file")) {
      section.warning("addresses", "an empty group", "addresses, a file, or both");
    }
    section.end();
    return new Located<>(section.path(), new IpGroupConfig(name, addresses, entries));
  }
}

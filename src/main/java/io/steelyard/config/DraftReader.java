package io.steelyard.config;

import io.steelyard.config.Node.Mapping;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/** Reads the four lists of a document. */
final class DraftReader {

  private static final int MAX_PARTS = 10_000;

  private final ListenerReader listeners;
  private final IpGroupReader ipGroups;
  private final CertificateReader certificates;
  private final ServerGroupReader serverGroups;

  DraftReader(Path directory) {
    listeners = new ListenerReader(directory);
    ipGroups = new IpGroupReader(directory);
    certificates = new CertificateReader(directory);
    serverGroups = new ServerGroupReader(directory);
  }

  Draft read(Mapping root, Problems problems) {
    Section section = new Section(root, "", root.place(), problems);
    Draft draft =
        new Draft(
            parts(section, "listeners", listeners::read),
            parts(section, "ip-groups", ipGroups::read),
            parts(section, "certificates", certificates::read),
            parts(section, "server-groups", serverGroups::read));
    if (!section.has("listeners")) {
      problems.warning("listeners", "missing", "at least one listener");
    }
    section.end();
    return draft;
  }

  private static <T> List<Located<T>> parts(
      Section root, String key, Function<Section, Located<T>> reader) {
    return root.sections(key, MAX_PARTS, true).stream().map(reader).toList();
  }
}

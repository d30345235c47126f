package io.steelyard.machine;

import io.steelyard.machine.MachineLimits.Memory;
import io.steelyard.machine.MachineLimits.Memory.Source;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory limits of this process's control groups, of version 2 and of version 1, whichever are
 * mounted at {@code /sys/fs/cgroup}.
 *
 * <p>A limit holds for everything below it, so each group from ours up to the mount is asked.
 * Inside a container the name of our group may be the host's while the mount shows our own group
 * alone: then the mount is asked. Sources: Documentation/admin-guide/cgroup-v2.rst,
 * cgroup-v1/memory.rst, cgroups(7).
 */
final class CgroupMemory {

  /** {@code hierarchy:controllers:path}. */
  private static final Pattern GROUP = Pattern.compile("(\\d+):([^:]*):(/.*)");

  private CgroupMemory() {}

  /** All limits that hold for us; none where there are none. */
  static List<Memory> limits(Path root) {
    List<Memory> limits = new ArrayList<>();
    Path mount = root.resolve("sys/fs/cgroup");
    String groups = MachineLimits.text(root.resolve("proc/self/cgroup")).orElse("");
    for (String line : groups.lines().toList()) {
      Matcher group = GROUP.matcher(line);
      if (!group.matches()) {
        continue;
      }
      if (group.group(1).equals("0") && group.group(2).isEmpty()) {
        collect(mount, group.group(3), "memory.max", Source.CGROUP_V2, limits);
      } else if (List.of(group.group(2).split(",")).contains("memory")) {
        Path controller = mount.resolve("memory");
        collect(controller, group.group(3), "memory.limit_in_bytes", Source.CGROUP_V1, limits);
      }
    }
    return limits;
  }

  private static void collect(
      Path mount, String name, String file, Source source, List<Memory> limits) {
    Path group = visible(mount, name);
    while (group != null && group.startsWith(mount)) {
      MachineLimits.number(MachineLimits.text(group.resolve(file)))
          .ifPresent(bytes -> limits.add(new Memory(bytes, source)));
      group = group.getParent();
    }
  }

  /** The directory of that group, the mount itself where it cannot be seen. */
  private static Path visible(Path mount, String name) {
    // Seen from a namespace below it, a group's name starts with "/..".
    Path group = mount.resolve(name.substring(1)).normalize();
    return group.startsWith(mount) && Files.isDirectory(group) ? group : mount;
  }
}

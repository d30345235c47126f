package io.steelyard.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.machine.MachineLimits.Memory;
import io.steelyard.machine.MachineLimits.Memory.Source;
import io.steelyard.testkit.MachineFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read out of the kernel's files. */
class MachineLimitsTest {

  private static final long MIB = 1 << 20;

  @TempDir private Path root;
  private MachineFiles files;

  @BeforeEach
  void machine() {
    files = new MachineFiles(root);
  }

  @Test
  void read_machineWithoutContainer_findsEachLimit() {
    assertThat(MachineLimits.read(root))
        .isEqualTo(
            new MachineLimits(
                OptionalLong.of(1_048_576),
                OptionalLong.of(4096),
                OptionalLong.of(64_512),
                Optional.of(new Memory(16_384 * MIB, Source.MACHINE))));
  }

  /** Files below /proc/sys differ from those of a fixture: they answer one read, whole. */
  @Test
  void read_thisMachine_findsWhatItsSettingsSay() throws IOException {
    MachineLimits limits = MachineLimits.read(Path.of("/"));

    assertThat(limits.backlog()).isEqualTo(numbers("/proc/sys/net/core/somaxconn").findFirst());
    long[] ports = numbers("/proc/sys/net/ipv4/ip_local_port_range").toArray();
    assertThat(limits.outgoingPorts())
        .isEqualTo(
            ports.length == 2 ? OptionalLong.of(ports[1] - ports[0] + 1) : OptionalLong.empty());
  }

  private static LongStream numbers(String file) throws IOException {
    Path path = Path.of(file);
    if (!Files.exists(path)) {
      return LongStream.empty();
    }
    try (BufferedReader reader = Files.newBufferedReader(path)) {
      return Arrays.stream(reader.readLine().split("\\s+")).mapToLong(Long::parseLong);
    }
  }

  @Test
  void read_noFileAtAll_knowsNothing() {
    assertThat(MachineLimits.read(root.resolve("elsewhere")))
        .isEqualTo(
            new MachineLimits(
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty()));
  }

  @Test
  void read_nonsenseInFiles_knowsNothingOfThem() {
    files
        .put("proc/self/limits", "Max open files  many  more files")
        .put("proc/sys/net/core/somaxconn", "-1")
        .put("proc/sys/net/ipv4/ip_local_port_range", "60999\t32768")
        .put("proc/meminfo", "MemTotal: a lot");

    MachineLimits limits = MachineLimits.read(root);

    assertThat(limits.openFiles()).isEmpty();
    assertThat(limits.backlog()).isEmpty();
    assertThat(limits.outgoingPorts()).isEmpty();
    assertThat(limits.memory()).isEmpty();
  }

  @Test
  void openFiles_unlimited_areNoLimit() {
    files.openFiles("unlimited");

    assertThat(MachineLimits.read(root).openFiles()).isEmpty();
  }

  @Test
  void openFiles_softBelowHard_areTheSoftOnes() {
    files.openFiles("1024");

    assertThat(MachineLimits.read(root).openFiles()).hasValue(1024);
  }

  @Test
  void memory_ownNamespaceOfVersion2_isTheMounts() {
    files.put("sys/fs/cgroup/memory.max", "268435456");

    assertThat(memory()).contains(new Memory(256 * MIB, Source.CGROUP_V2));
  }

  @Test
  void memory_nestedGroupsOfVersion2_isTheTightestAbove() {
    files
        .put("proc/self/cgroup", "0::/kubepods.slice/pod1/container")
        .put("sys/fs/cgroup/kubepods.slice/memory.max", "8589934592")
        .put("sys/fs/cgroup/kubepods.slice/pod1/memory.max", "134217728")
        .put("sys/fs/cgroup/kubepods.slice/pod1/container/memory.max", "max");

    assertThat(memory()).contains(new Memory(128 * MIB, Source.CGROUP_V2));
  }

  @Test
  void memory_groupNamedAsTheHostDoes_isWhatTheMountShows() {
    files
        .put("proc/self/cgroup", "0::/system.slice/docker-1f2e.scope")
        .put("sys/fs/cgroup/memory.max", "268435456");

    assertThat(memory()).contains(new Memory(256 * MIB, Source.CGROUP_V2));
  }

  @Test
  void memory_groupOutsideOfTheNamespace_staysInsideTheMount() {
    files
        .put("proc/self/cgroup", "0::/../../../secret")
        .put("secret/memory.max", "1")
        .put("sys/fs/cgroup/memory.max", "268435456");

    assertThat(memory()).contains(new Memory(256 * MIB, Source.CGROUP_V2));
  }

  @Test
  void memory_version2WithoutLimit_isTheMachines() {
    files.put("sys/fs/cgroup/memory.max", "max");

    assertThat(memory()).contains(new Memory(16_384 * MIB, Source.MACHINE));
  }

  @Test
  void memory_version1_isItsGroups() {
    files
        .put(
            "proc/self/cgroup",
            "9:name=systemd:/\n4:memory:/docker/1f2e\n3:cpuset:/docker/1f2e\n0::/")
        .put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712")
        .put("sys/fs/cgroup/memory/docker/1f2e/memory.limit_in_bytes", "268435456");

    assertThat(memory()).contains(new Memory(256 * MIB, Source.CGROUP_V1));
  }

  @Test
  void memory_version1InAContainer_isWhatTheMountShows() {
    files
        .put("proc/self/cgroup", "4:cpu,memory:/docker/1f2e")
        .put("sys/fs/cgroup/memory/memory.limit_in_bytes", "134217728");

    assertThat(memory()).contains(new Memory(128 * MIB, Source.CGROUP_V1));
  }

  @Test
  void memory_version1WithoutLimit_isTheMachines() {
    files
        .put("proc/self/cgroup", "4:memory:/")
        .put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");

    assertThat(memory()).contains(new Memory(16_384 * MIB, Source.MACHINE));
  }

  private Optional<Memory> memory() {
    return MachineLimits.read(root).memory();
  }
}

package io.steelyard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Address lists from documents and files. */
class IpGroupEntriesTest {

  private final Problems problems = new Problems("steelyard.yaml");

  @TempDir Path directory;

  @Test
  void read_addressesAndFile_areOneList() throws IOException {
    Path file = directory.resolve("office.txt");
    Files.writeString(file, "# head\n\n 192.0.2.0/24 # net\n2001:db8::1\r\n10.0.0.1");

    assertThat(read(file, "198.51.100.0/24"))
        .extracting(Cidr::toString)
        .containsExactly("198.51.100.0/24", "192.0.2.0/24", "2001:db8::1/128", "10.0.0.1/32");
    assertThat(problems.all()).isEmpty();
  }

  @Test
  void read_wrongLines_haveTheirPlace() throws IOException {
    Path file = directory.resolve("office.txt");
    Files.writeString(file, "192.0.2.0/24\n  192.0.2.1/24\nexample.com # name\n");

    assertThat(read(file)).hasSize(1);
    assertThat(problems.all())
        .extracting(Problem::text)
        .containsExactly(
            file
                + ":2:3: ip-groups[office].file: 192.0.2.1/24: bits after the prefix are set"
                + " (expected: 192.0.2.0/24)",
            file
                + ":3:1: ip-groups[office].file: text that is no address, not shown"
                + " (expected: an IP address or CIDR, such as 192.0.2.0/24 or 2001:db8::/32)");
  }

  @Test
  void read_hundredThousandEntries_areTheMost() throws IOException {
    Path file = directory.resolve("office.txt");
    List<String> lines =
        IntStream.range(0, IpGroupConfig.MAX_ENTRIES)
            .mapToObj(i -> "10.%d.%d.%d".formatted(i >> 16, i >> 8 & 255, i & 255))
            .toList();
    Files.write(file, lines);

    assertThat(read(file)).hasSize(IpGroupConfig.MAX_ENTRIES);
    assertThat(problems.all()).isEmpty();

    read(file, "192.0.2.1");
    assertThat(problems.all())
        .extracting(Problem::text)
        .containsExactly(
            file + ":100000:1: ip-groups[office].file: entry 100001 (expected: at most 100000)");
  }

  @Test
  void read_binaryFile_isOneProblem() throws IOException {
    Path file = directory.resolve("office.txt");
    Files.write(file, "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
    read(file);
    assertThat(problems.all()).extracting(Problem::found).containsExactly(file + " is not UTF-8");
  }

  @Test
  void read_fileOfSecrets_repeatsNoneOfThem() throws IOException {
    Path file = directory.resolve("server.key");
    Files.writeString(
        file,
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n"
            + "PASSWORD=hunter2\n0123456789abcdef\nroot:x:0:0\n");
    read(file);
    assertThat(problems.all())
        .extracting(Problem::found)
        .containsOnly("text that is no address, not shown")
        .hasSize(4);
  }

  @Test
  void read_pipe_isNotWaitedFor() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> read(pipe));

    assertThat(problems.all()).extracting(Problem::found).containsExactly(pipe + " is no file");
  }

  @Test
  void read_linesAllWrong_areCutShort() throws IOException {
    Path file = directory.resolve("office.txt");
    Files.writeString(file, "x\n".repeat(5000));
    read(file);
    assertThat(problems.all())
        .hasSize(101)
        .last()
        .extracting(Problem::found)
        .isEqualTo("more than 100 wrong lines");
  }

  @Test
  void read_missingFile_saysSo() {
    Path file = directory.resolve("none.txt");
    read(file);
    assertThat(problems.all())
        .extracting(Problem::text)
        .containsExactly(
            "steelyard.yaml: ip-groups[office].file: no file "
                + file
                + " (expected: a file, one IP address or CIDR a line)");
  }

  private List<Cidr> read(Path file, String... addresses) {
    IpGroupConfig group = new IpGroupConfig("office", List.of(addresses), Optional.of(file));
    return IpGroupEntries.read(group, problems);
  }
}

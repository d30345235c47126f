package io.steelyard.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;

/**
 * Steelyard as operators run it: a process of its own, the native executable where the system
 * property {@code steelyard.executable} names one, else the packaged application on this JDK. Its
 * management port is a free one; it does not wait before it drains unless a test says so.
 */
public final class SteelyardProcess implements AutoCloseable {

  /** The system property that names the executable; {@code jvm} or none is the packaged one. */
  static final String EXECUTABLE = "steelyard.executable";

  private static final String DEFAULT_JAR = "target/quarkus-app/quarkus-run.jar";
  private static final String DEFAULT_FLAGS =
      "--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow";

  /**
   * Opened for both directions, a pipe needs no reader to be written to; more than 64 KiB fill it.
   */
  private static final String FULL_PIPE =
      "mkfifo full && exec 3<>full && dd if=/dev/zero of=full bs=512 count=1024 oflag=nonblock"
          + " 2>/dev/null";

  private final PeerProcess process;
  private final int managementPort;

  private SteelyardProcess(PeerProcess process, int managementPort) {
    this.process = process;
    this.managementPort = managementPort;
  }

  /** How it is to be run; relative file names in the document are relative to that directory. */
  public static Launch in(Path directory) {
    return new Launch(directory);
  }

  /**
   * What a command line begins with.
   *
   * @param jvmFlags an executable is not given them
   */
  public static List<String> command(List<String> jvmFlags) {
    if (runtime().equals("native")) {
      return List.of(Path.of(System.getProperty(EXECUTABLE)).toAbsolutePath().toString());
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("steelyard.jvm-flags", DEFAULT_FLAGS).split(" ")));
    command.addAll(jvmFlags);
    command.addAll(List.of("-jar", jar().toString()));
    return command;
  }

  /** {@code jvm} or {@code native}, as it calls it. */
  public static String runtime() {
    return System.getProperty(EXECUTABLE, "jvm").equals("jvm") ? "jvm" : "native";
  }

  private static Path jar() {
    Path jar = Path.of(System.getProperty("steelyard.jar", DEFAULT_JAR)).toAbsolutePath();
    assertThat(jar).as("the packaged application; make build makes it").exists();
    return jar;
  }

  /** Waits for the start-up line. */
  public SteelyardProcess awaitStarted() {
    process.awaitPrinted("the start-up line", text -> text.contains(" started runtime="));
    return this;
  }

  /** What {@code /q/metrics} says. */
  public Scrape metrics() {
    return Scrape.of(management("/q/metrics").body());
  }

  /** Waits until that metric has that sum, as in {@link Scrape#sum}. */
  public void awaitMetric(double expected, String name, String... labels) {
    Awaitility.await(name + Arrays.toString(labels))
        .atMost(java.time.Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(metrics().sum(name, labels)).isEqualTo(expected));
  }

  /** A GET on the management port, on a connection of its own. */
  public Answer management(String path) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + managementPort + path).toURL().openConnection();
      connection.setRequestProperty("Connection", "close");
      int status = connection.getResponseCode();
      try (var body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
        return new Answer(status, new String(body.readAllBytes(), StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The access log so far: every line on standard output must be a JSON object. */
  public List<JsonObject> accessLog() {
    String printed = process.out();
    return printed
        .substring(0, printed.lastIndexOf('\n') + 1)
        .lines()
        .map(JsonObject::new)
        .toList();
  }

  /** Waits for that many access log lines, and returns them all. */
  public List<JsonObject> awaitAccessLog(int lines) {
    Awaitility.await("access log lines")
        .atMost(java.time.Duration.ofSeconds(30))
        .until(() -> accessLog().size() >= lines);
    return accessLog();
  }

  /** The log: standard error. */
  public String log() {
    return process.err();
  }

  public PeerProcess process() {
    return process;
  }

  /** Ends it at once. A stack trace in its log, or a leaked buffer, fails the test. */
  @Override
  public void close() {
    process.close();
    assertThat(log()).doesNotContain("Exception", "LEAK:", "\tat ");
  }

  /** An answer of the management port. */
  public record Answer(int status, String body) {}

  /** A command line and environment to run it with. */
  public static final class Launch {
    private final Path directory;
    private final int managementPort = LoopbackPorts.free();
    private final int adminPort = LoopbackPorts.free();
    private final Map<String, String> environment = new HashMap<>();
    private final List<String> jvmFlags = new ArrayList<>(List.of("-Xmx512m"));
    private final List<String> properties = new ArrayList<>();
    private Optional<Path> copy = Optional.empty();
    private int files;
    private String joinGroup = "";
    private boolean stalledConsole;

    private Launch(Path directory) {
      this.directory = directory;
      environment.put("QUARKUS_MANAGEMENT_PORT", Integer.toString(managementPort));
      environment.put("QUARKUS_MANAGEMENT_HOST", "127.0.0.1");
      environment.put("QUARKUS_HTTP_PORT", Integer.toString(adminPort));
      environment.put("STEELYARD_SHUTDOWN_DELAY", "0s");
    }

    /** Sets an environment variable. */
    public Launch set(String variable, String value) {
      environment.put(variable, value);
      return this;
    }

    /** Adds a flag of the JVM; an executable is not given it. */
    public Launch jvm(String flag) {
      jvmFlags.add(flag);
      return this;
    }

    /** Sets a system property, in either form of the program. */
    public Launch property(String name, String value) {
      properties.add("-D" + name + "=" + value);
      return this;
    }

    /** Runs that copy of the executable instead of the one that was built. */
    public Launch executable(Path other) {
      copy = Optional.of(other);
      return this;
    }

    /** Limits its open files: {@code ulimit -n}. */
    public Launch files(int limit) {
      files = limit;
      return this;
    }

    /** Runs it in that group. */
    public Launch in(MemoryCgroup group) {
      joinGroup = group.join();
      return this;
    }

    /** Gives it a pipe for standard error that is full and that nobody reads. */
    public Launch stalledConsole() {
      stalledConsole = true;
      return this;
    }

    /** Starts {@code run} with that document and waits until it serves. */
    public SteelyardProcess serve(String document) {
      SteelyardProcess started = run("run", "--config", write(document).toString());
      try {
        return started.awaitStarted();
      } catch (AssertionError | RuntimeException e) {
        started.process.close();
        throw e;
      }
    }

    /** Starts it with these arguments. */
    public SteelyardProcess run(String... arguments) {
      List<String> command = new ArrayList<>();
      if (files > 0) {
        command.addAll(List.of("/bin/sh", "-c", "ulimit -n " + files + "; exec \"$@\"", "sh"));
      }
      if (!joinGroup.isEmpty()) {
        command.addAll(List.of("/bin/sh", "-c", joinGroup + "; exec \"$@\"", "sh"));
      }
      if (stalledConsole) {
        command.addAll(List.of("/bin/sh", "-c", FULL_PIPE + "; exec \"$@\" 2>full", "sh"));
      }
      command.addAll(program());
      command.addAll(List.of(arguments));
      return new SteelyardProcess(
          PeerProcess.start(directory, command, environment), managementPort);
    }

    private List<String> program() {
      List<String> program = new ArrayList<>();
      if (copy.isPresent()) {
        program.add(copy.get().toString());
        program.addAll(properties);
      } else if (runtime().equals("jvm")) {
        List<String> flags = new ArrayList<>(jvmFlags);
        flags.addAll(properties);
        program.addAll(command(flags));
      } else {
        program.addAll(command(jvmFlags));
        program.addAll(properties);
      }
      return program;
    }

    /** Writes the document to a file of its own. */
    public Path write(String document) {
      try {
        return Files.writeString(directory.resolve("steelyard.yaml"), document);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

package io.steelyard;

import io.steelyard.admin.AdminSettings;
import io.steelyard.admin.AdminSettings.AdminTls;
import io.steelyard.admin.Role;
import io.steelyard.command.EngineSetting;
import io.steelyard.config.Durations;
import io.steelyard.config.Problems;
import io.steelyard.control.DrainTimes;
import io.steelyard.telemetry.AccessLogSettings;
import io.steelyard.telemetry.AccessLogSettings.Target;
import io.steelyard.tls.RsaSigner;
import io.steelyard.tls.TlsEngine;
import io.steelyard.tls.TlsHandling;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Turns process settings from text into values, with all problems at once. */
final class SettingsReader {

  static final int MAX_EVENT_LOOPS = 1024;
  static final Duration MAX_SHUTDOWN_DELAY = Duration.ofSeconds(300);
  static final Duration MAX_DRAIN_TIMEOUT = Duration.ofSeconds(86_400);
  private static final int MAX_PORT = 65_535;
  private static final String PREFIX = "steelyard.";

  private final Problems problems;

  private SettingsReader(Problems problems) {
    this.problems = problems;
  }

  /** The values, usable where the problems got no error. */
  static Settings read(ProcessSettings written, Problems problems) {
    SettingsReader reader = new SettingsReader(problems);
    return new Settings(
        written.config().flatMap(text -> reader.path("config", text)),
        written
            .eventLoops()
            .map(text -> reader.number("event-loops", text, MAX_EVENT_LOOPS))
            .orElseGet(() -> Runtime.getRuntime().availableProcessors()),
        reader.engine(written.tlsEngine()),
        reader.handling(written.tlsHandler()),
        reader.rsaSigner(written.rsaSigner()),
        new DrainTimes(
            reader.duration("shutdown-delay", written.shutdownDelay(), MAX_SHUTDOWN_DELAY),
            reader.duration("drain-timeout", written.drainTimeout(), MAX_DRAIN_TIMEOUT),
            reader.share("drain-spread", written.drainSpread())),
        reader.truth("takeover", written.takeover()),
        reader.accessLog(written.accessLog()),
        reader.admin(written.admin()),
        reader.number("demo-port", written.demoPort(), MAX_PORT));
  }

  private AdminSettings admin(ProcessSettings.Admin written) {
    String anonymous = written.anonymous().strip().toLowerCase(Locale.ROOT);
    if (!anonymous.equals("none") && !anonymous.equals("loopback-read")) {
      wrong("admin.anonymous", written.anonymous(), "none or loopback-read");
    }
    return new AdminSettings(
        written.tokensFile().flatMap(text -> path("admin.tokens-file", text)),
        anonymous.equals("loopback-read"),
        truth("admin.write-back", written.writeBack()),
        adminTls(written.tls()));
  }

  private Optional<AdminTls> adminTls(ProcessSettings.Admin.Tls written) {
    Optional<Path> certificate =
        written.certificate().flatMap(text -> path("admin.tls.certificate", text));
    Optional<Path> key = written.key().flatMap(text -> path("admin.tls.key", text));
    Optional<Path> clientCa = written.clientCa().flatMap(text -> path("admin.tls.client-ca", text));
    Optional<Role> role = Role.named(written.clientRole().strip().toLowerCase(Locale.ROOT));
    if (role.isEmpty() && !written.clientRole().strip().equalsIgnoreCase("none")) {
      wrong("admin.tls.client-role", written.clientRole(), "none, viewer or operator");
    }
    if (certificate.isPresent() && key.isPresent()) {
      return Optional.of(new AdminTls(certificate.get(), key.get(), clientCa, role));
    }
    if (certificate.isPresent() || key.isPresent() || clientCa.isPresent()) {
      String missing = certificate.isEmpty() ? "admin.tls.certificate" : "admin.tls.key";
      wrong(missing, "nothing", "a PEM file, as other settings of admin.tls are there");
    }
    return Optional.empty();
  }

  private AccessLogSettings accessLog(ProcessSettings.AccessLog written) {
    return new AccessLogSettings(
        target(written.file()),
        sample(written.sample()),
        truth("access-log.probes", written.probes()));
  }

  private Target target(String text) {
    return switch (text) {
      case "-" -> new Target.StandardOutput();
      case "off" -> new Target.Off();
      default ->
          path("access-log.file", text).<Target>map(Target.File::new).orElseGet(Target.Off::new);
    };
  }

  /**
   * Also takes the plain number of per cent that the word "sample 0–100" suggests; 1 and less is a
   * share.
   */
  private double sample(String text) {
    String name = "access-log.sample";
    boolean plain = text.matches("[0-9]{1,3}(\\.[0-9]+)?") && Double.parseDouble(text) > 1;
    return share(name, plain ? text + "%" : text);
  }

  private Optional<Path> path(String name, String text) {
    try {
      return Optional.of(Path.of(text));
    } catch (InvalidPathException notAPath) {
      wrong(name, text, "a file name");
      return Optional.empty();
    }
  }

  private int number(String name, String text, int max) {
    try {
      int value = Integer.parseInt(text.strip());
      if (value >= 1 && value <= max) {
        return value;
      }
    } catch (NumberFormatException notANumber) {
      // The problem below says it.
    }
    wrong(name, text, "1.." + max);
    return 1;
  }

  private Duration duration(String name, String text, Duration max) {
    Optional<Duration> value =
        Durations.parse(text.strip())
            .filter(duration -> !duration.isNegative() && duration.compareTo(max) <= 0);
    if (value.isEmpty()) {
      wrong(name, text, "0s.." + max.toSeconds() + "s, such as 500ms, 5s, 2m, 1h");
    }
    return value.orElse(Duration.ZERO);
  }

  private double share(String name, String text) {
    Optional<Double> value = Durations.share(text.strip());
    if (value.isEmpty()) {
      wrong(name, text, "a share such as 20% or 0.2");
    }
    return value.orElse(0.0);
  }

  private boolean truth(String name, String text) {
    String word = text.strip().toLowerCase(Locale.ROOT);
    if (!word.equals("true") && !word.equals("false")) {
      wrong(name, text, "true or false");
    }
    return word.equals("true");
  }

  private TlsEngine engine(String text) {
    Optional<TlsEngine> engine = EngineSetting.engine(text);
    if (engine.isEmpty()) {
      wrong("tls-engine", text, EngineSetting.words());
    }
    return engine.orElse(TlsEngine.BORINGSSL);
  }

  private TlsHandling handling(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "netty" -> TlsHandling.NETTY;
      case "native" -> TlsHandling.NATIVE;
      default -> {
        wrong("tls-handler", text, "native or netty");
        yield TlsHandling.NATIVE;
      }
    };
  }

  private RsaSigner rsaSigner(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "auto" -> RsaSigner.AUTO;
      case "boringssl" -> RsaSigner.BORINGSSL;
      case "openssl" -> RsaSigner.OPENSSL;
      default -> {
        wrong("rsa-signer", text, "auto, boringssl or openssl");
        yield RsaSigner.AUTO;
      }
    };
  }

  private void wrong(String name, String found, String expected) {
    problems.error(PREFIX + name, found, expected);
  }
}

package io.steelyard.config;

import io.steelyard.config.Form.Answer;
import io.steelyard.config.Form.Answer.Accepted;
import io.steelyard.config.Form.Answer.Refused;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The forms of single values. */
final class Forms {

  static final int MAX_NAME_LENGTH = 255;

  private static final Pattern WHOLE_NUMBER = Pattern.compile("0|[1-9][0-9]{0,9}");
  private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{64}");
  // RFC 9110 section 4.2 leaves ports to the URI; probes may want one in Host.
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:\\[\\]-]{1,253}");
  private static final Pattern REQUEST_PATH = Pattern.compile("/[!-~]*");
  private static final Pattern NAME_PATTERN =
      Pattern.compile("(?:\\*\\.)?[a-z0-9_](?:[a-z0-9_-]*+)(?:\\.[a-z0-9_-]++)*+");

  /** RFC 1035 section 2.3.4. */
  private static final int MAX_DNS_LENGTH = 253;

  private Forms() {}

  static final Form<Boolean> FLAG =
      of(
          "true or false",
          text ->
              switch (text.toLowerCase(Locale.ROOT)) {
                case "true", "yes", "on" -> Optional.of(true);
                case "false", "no", "off" -> Optional.of(false);
                default -> Optional.empty();
              });

  /** For switches of later versions. */
  static final Form<Boolean> OFF =
      of(
          "false",
          text ->
              FLAG.read(text) instanceof Accepted<Boolean>(Boolean on) && !on
                  ? Optional.of(false)
                  : Optional.empty());

  /** For amounts of later versions: no number, time or share. */
  static final Form<Integer> ZERO =
      of(
          "0",
          text ->
              Durations.parse(text).filter(Duration::isZero).isPresent()
                      || Durations.share(text).filter(share -> share == 0).isPresent()
                  ? Optional.of(0)
                  : Optional.empty());

  static final Form<String> NAME = text(1, MAX_NAME_LENGTH);

  static final Form<String> SERVER_GROUP = nameOf("a server group");
  static final Form<String> CERTIFICATE = nameOf("a certificate");
  static final Form<String> IP_GROUP = nameOf("an ip-group");

  /** What a socket can be bound to: no group of many hosts. */
  static final Form<String> LISTENING_ADDRESS =
      of(
          "an IP address of a host, such as 192.0.2.1 or 2001:db8::1",
          text ->
              IpLiteral.parse(text)
                  .filter(address -> !address.isMulticastAddress())
                  .map(IpLiteral::text));

  /** Kept as written, checked to be a network. */
  static final Form<String> NETWORK =
      new Form<>() {
        @Override
        public String expected() {
          return "an IP address or CIDR, such as 192.0.2.0/24 or 2001:db8::/32";
        }

        @Override
        public Answer<String> read(String text) {
          if (Cidr.parse(text).isPresent()) {
            return new Accepted<>(text);
          }
          return Cidr.enclosing(text)
              .<Answer<String>>map(
                  network -> new Refused<>(": bits after the prefix are set", network.toString()))
              .orElseGet(() -> new Refused<>("", expected()));
        }
      };

  static final Form<Double> SHARE = of("0%..100%", Durations::share);

  /** A DNS name, made lower-case. */
  static final Form<String> DNS_NAME =
      of("a DNS name, in ASCII", text -> dnsPattern(text).filter(name -> name.charAt(0) != '*'));

  /** A DNS name or a wildcard of one label, made lower-case. */
  static final Form<String> DNS_PATTERN = of("a DNS name or *.name, in ASCII", Forms::dnsPattern);

  static final Form<String> FINGERPRINT_SHA256 =
      of(
          "a SHA-256 fingerprint of 64 hex digits",
          text ->
              Optional.of(text.replace(":", "").toLowerCase(Locale.ROOT))
                  .filter(hex -> FINGERPRINT.matcher(hex).matches()));

  static final Form<String> HTTP_PATH =
      of(
          "a path of 1..1024 characters that starts with /",
          text ->
              Optional.of(text)
                  .filter(path -> path.length() <= 1024 && REQUEST_PATH.matcher(path).matches()));

  static final Form<String> HTTP_HOST =
      of("a host of 1..253 characters", text -> Optional.of(text).filter(HOST.asMatchPredicate()));

  /** RFC 7301 section 3.1: 1 to 255 bytes; printable ASCII as all registered ones are. */
  static final Form<String> ALPN_PROTOCOL =
      of(
          "a protocol such as h2 or http/1.1",
          text ->
              Optional.of(text)
                  .filter(id -> id.length() <= 255 && id.matches("[!-~]+"))
                  .filter(id -> !AlpnPolicies.isPolicy(id)));

  private static Form<String> nameOf(String what) {
    return of(
        "the name of " + what,
        text ->
            NAME.read(text) instanceof Accepted<String>(String name)
                ? Optional.of(name)
                : Optional.empty());
  }

  static Form<Integer> number(int min, int max) {
    return of(
        min + ".." + max,
        text ->
            WHOLE_NUMBER.matcher(text).matches()
                ? Optional.of(Long.parseLong(text))
                    .filter(number -> number >= min && number <= max)
                    .map(Long::intValue)
                : Optional.empty());
  }

  static Form<Duration> duration(String min, String max) {
    Duration least = Durations.parse(min).orElseThrow();
    Duration most = Durations.parse(max).orElseThrow();
    return of(
        min + ".." + max,
        text ->
            Durations.parse(text)
                .filter(value -> value.compareTo(least) >= 0 && value.compareTo(most) <= 0));
  }

  /**
   * Length in characters as people count them (code points); nothing that a terminal would act on.
   */
  static Form<String> text(int min, int max) {
    return of(
        min + ".." + max + " characters",
        text -> {
          int length = text.codePointCount(0, text.length());
          return length >= min && length <= max && text.codePoints().allMatch(Shown::isHarmless)
              ? Optional.of(text)
              : Optional.empty();
        });
  }

  /**
   * A file, relative to the document's directory. What looks like the content itself is never
   * shown.
   */
  static Form<Path> file(Path directory) {
    return new Form<>() {
      @Override
      public String expected() {
        return "a file name";
      }

      @Override
      public Answer<Path> read(String text) {
        if (text.isEmpty() || !text.codePoints().allMatch(Shown::isHarmless)) {
          return new Refused<>("", expected());
        }
        try {
          return new Accepted<>(directory.resolve(text).toAbsolutePath().normalize());
        } catch (InvalidPathException notAFile) {
          return new Refused<>("", expected());
        }
      }
    };
  }

  private static Optional<String> dnsPattern(String text) {
    return Optional.of(text.toLowerCase(Locale.ROOT))
        .filter(name -> name.length() <= MAX_DNS_LENGTH)
        .filter(name -> NAME_PATTERN.matcher(name).matches());
  }

  static <T> Form<T> of(String expected, Function<String, Optional<T>> parser) {
    return new Form<>() {
      @Override
      public String expected() {
        return expected;
      }

      @Override
      public Answer<T> read(String text) {
        return parser
            .apply(text)
            .<Answer<T>>map(Accepted::new)
            .orElseGet(() -> new Refused<>("", expected));
      }
    };
  }
}

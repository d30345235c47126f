package io.steelyard.admin;

import io.steelyard.config.Problem;
import io.steelyard.config.Problem.Severity;
import io.steelyard.config.Problems;
import io.steelyard.config.Sha256;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** All callers that a tokens file knows. Immutable. */
final class Callers {

  /** Each request is compared with all of them. */
  static final int MAX_ENTRIES = 1000;

  static final Callers NONE = new Callers(List.of());

  private static final Pattern DIGEST = Pattern.compile("(?i)[0-9a-f]{2}(:?[0-9a-f]{2}){31}");
  private static final String TOKEN = "sha256:";
  private static final String CERTIFICATE = "certificate:";
  private static final String FORM =
      "NAME viewer|operator sha256:<64 hex digits> or certificate:<SHA-256 fingerprint>";

  private final List<Entry> entries;

  private Callers(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /**
   * Reads the lines of a tokens file: name, role, digest; {@code #} begins a comment. What stands
   * in a wrong line is never repeated, it may be a token.
   */
  static Callers parse(String text, Problems problems) {
    List<Entry> entries = new ArrayList<>();
    Set<String> names = new HashSet<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      String bare = line.replaceFirst("(^|\\s)#.*", "").strip();
      if (bare.isEmpty()) {
        continue;
      }
      Optional<Entry> entry = entry(bare.split("\\s+"));
      if (entry.isEmpty()) {
        wrong(problems, number, "a line of another form", FORM);
      } else if (!names.add(entry.get().caller().name())) {
        wrong(problems, number, "a name that an earlier line has", "each name once");
      } else if (entries.size() == MAX_ENTRIES) {
        wrong(problems, number, "more than " + MAX_ENTRIES + " lines", "fewer callers");
        break;
      } else {
        entries.add(entry.get());
      }
    }
    return new Callers(entries);
  }

  private static void wrong(Problems problems, int line, String found, String expected) {
    problems.add(
        new Problem(Severity.ERROR, problems.file(), line, 1, "line " + line, found, expected));
  }

  private static Optional<Entry> entry(String[] words) {
    if (words.length != 3 || !AccessToken.isName(words[0])) {
      return Optional.empty();
    }
    boolean token = words[2].startsWith(TOKEN);
    if (!token && !words[2].startsWith(CERTIFICATE)) {
      return Optional.empty();
    }
    String digest = words[2].substring(words[2].indexOf(':') + 1);
    if (!DIGEST.matcher(digest).matches()) {
      return Optional.empty();
    }
    byte[] bytes = HexFormat.of().parseHex(digest.replace(":", "").toLowerCase(Locale.ROOT));
    return Role.named(words[1]).map(role -> new Entry(new Caller(words[0], role), token, bytes));
  }

  /** Whose token it is. Takes the same time whoever it is, and whether it is anybody's. */
  Optional<Caller> byToken(String token) {
    return AccessToken.isShaped(token) ? find(true, AccessToken.digest(token)) : Optional.empty();
  }

  /** Whose certificate it is, by its DER form. */
  Optional<Caller> byCertificate(byte[] der) {
    return find(false, Sha256.of(der));
  }

  private Optional<Caller> find(boolean token, byte[] digest) {
    Optional<Caller> found = Optional.empty();
    for (Entry entry : entries) {
      boolean same = MessageDigest.isEqual(entry.digest(), digest);
      if (same && entry.token() == token) {
        found = Optional.of(entry.caller());
      }
    }
    return found;
  }

  int size() {
    return entries.size();
  }

  /** A line. */
  private record Entry(Caller caller, boolean token, byte[] digest) {}
}

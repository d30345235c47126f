package io.steelyard.config;

import io.steelyard.config.Form.Answer;
import io.steelyard.config.TlsConfig.AllowRules;
import io.steelyard.config.TlsConfig.ClientAuth;
import io.steelyard.config.TlsConfig.Policy;
import io.steelyard.config.TlsConfig.Session;
import io.steelyard.config.TlsConfig.SniMatch;
import io.steelyard.config.TlsConfig.UnknownSni;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads a listener's {@code tls}. Whether a policy's words mean anything is for package tls to say.
 */
final class TlsReader {

  private static final int MAX_CERTIFICATES = 10_000;
  private static final int MAX_CIPHERS = 64;
  private static final int MAX_ALPN = 64;
  private static final int MAX_ALLOWED = 10_000;
  private static final int MAX_CRL_FILES = 100;

  private static final List<String> VERSIONS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");
  private static final Form<String> VERSION =
      Forms.of(
          Choice.oneOf(VERSIONS),
          text -> VERSIONS.stream().filter(text::equalsIgnoreCase).findFirst());
  private static final Choice<SniMatch> SNI_MATCH = Choice.of(SniMatch.class);
  private static final Choice<UnknownSni> UNKNOWN_SNI = Choice.of(UnknownSni.class);
  private static final Choice<ClientAuth.Mode> MODE = Choice.of(ClientAuth.Mode.class);
  private static final Form<Boolean> EARLY_DATA =
      new Form<>() {
        @Override
        public String expected() {
          return "false";
        }

        @Override
        public Answer<Boolean> read(String text) {
          return switch (Forms.FLAG.read(text)) {
            case Answer.Accepted<Boolean>(Boolean on) when on ->
                new Answer.Refused<>(": the TLS engine does not offer early data", expected());
            case Answer<Boolean> other -> other;
          };
        }
      };

  private static final Form<List<String>> ALPN_WORD =
      new Form<>() {
        @Override
        public String expected() {
          return Choice.oneOf(AlpnPolicies.NAMES) + ", or a list of protocols";
        }

        @Override
        public Answer<List<String>> read(String text) {
          String word = text.toLowerCase(Locale.ROOT);
          if (AlpnPolicies.isPolicy(word)) {
            return new Answer.Accepted<>(AlpnPolicies.protocols(word));
          }
          // A mistyped policy must not become a protocol that no client speaks.
          boolean typo = Nearest.to(word, AlpnPolicies.NAMES).isPresent();
          return !typo
                  && Forms.ALPN_PROTOCOL.read(text) instanceof Answer.Accepted<String>(String id)
              ? new Answer.Accepted<>(List.of(id))
              : new Answer.Refused<>("", expected());
        }
      };

  private final Form<Path> file;

  TlsReader(Path directory) {
    this.file = Forms.file(directory);
  }

  TlsConfig read(Section section) {
    TlsConfig tls =
        new TlsConfig(
            policy(section),
            section.requiredList("certificates", Forms.CERTIFICATE, MAX_CERTIFICATES),
            section.value("allow-legacy-tls", Forms.FLAG, false),
            section.value("sni-match", SNI_MATCH, SniMatch.WILDCARD),
            section.value("unknown-sni", UNKNOWN_SNI, UnknownSni.DEFAULT),
            section.section("client-auth").map(this::clientAuth).orElse(ClientAuth.NONE),
            alpn(section),
            section.section("session").map(this::session).orElse(Session.DEFAULT));
    section.value("early-data", EARLY_DATA, false);
    section.end();
    return tls;
  }

  private static Policy policy(Section tls) {
    if (!tls.holdsSection("policy")) {
      return new Policy.Named(tls.value("policy", Forms.NAME, TlsConfig.DEFAULT_POLICY));
    }
    Section section = tls.section("policy").orElseThrow();
    Policy policy =
        new Policy.Custom(
            section.requiredList("versions", VERSION, VERSIONS.size()),
            section.list("ciphers", Forms.NAME, MAX_CIPHERS),
            section.list("groups", Forms.NAME, MAX_CIPHERS));
    section.end();
    return policy;
  }

  private ClientAuth clientAuth(Section section) {
    // No default mode: a block with a CA and a forgotten mode must not open the listener to
    // everyone.
    ClientAuth.Mode mode = section.required("mode", MODE, ClientAuth.Mode.NONE);
    Optional<Path> ca = section.optional("ca", file);
    int depth = section.value("depth", Forms.number(1, 10), ClientAuth.DEFAULT_DEPTH);
    Optional<AllowRules> allow = section.section("allow").map(TlsReader::allow);
    List<Path> crl = section.list("crl", file, MAX_CRL_FILES);
    if (mode != ClientAuth.Mode.NONE && !section.has("ca")) {
      section.missing("ca", "a file of the certificates that are trusted");
    }
    if (mode == ClientAuth.Mode.NONE) {
      section.withoutEffect("mode", "with mode none", "ca", "depth", "allow", "crl");
    }
    section.end();
    return mode == ClientAuth.Mode.NONE
        ? ClientAuth.NONE
        : new ClientAuth(mode, ca, depth, allow, crl.stream().distinct().toList());
  }

  private static AllowRules allow(Section section) {
    AllowRules rules =
        new AllowRules(
            section.list("cn", Forms.NAME, MAX_ALLOWED),
            section.list("dns", Forms.DNS_PATTERN, MAX_ALLOWED),
            section.list("uri", Forms.text(1, 2048), MAX_ALLOWED),
            section.list("fingerprint", Forms.FINGERPRINT_SHA256, MAX_ALLOWED));
    List<String> keys = List.of("cn", "dns", "uri", "fingerprint");
    // Rules that name nobody: open to everyone, or to no one? Ask.
    if (keys.stream().allMatch(key -> !section.has(key) || section.isEmptyList(key))) {
      section.nothing("no rule", "at least one " + Choice.oneOf(keys));
    }
    section.end();
    return rules;
  }

  /** The name of a policy, one protocol, or a list. */
  private static List<String> alpn(Section tls) {
    if (tls.holdsList("alpn")) {
      return tls.list("alpn", Forms.ALPN_PROTOCOL, MAX_ALPN).stream().distinct().toList();
    }
    return tls.value("alpn", ALPN_WORD, List.of());
  }

  private Session session(Section section) {
    boolean tickets = section.value("tickets", Forms.FLAG, Session.DEFAULT.tickets());
    Session session =
        new Session(
            tickets,
            section.value("lifetime", Forms.duration("1s", "86400s"), Session.DEFAULT.lifetime()),
            section.optional("key-file", file));
    if (!tickets) {
      section.withoutEffect("tickets", "without tickets", "lifetime", "key-file");
    }
    section.end();
    return session;
  }
}

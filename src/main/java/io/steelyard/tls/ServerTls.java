package io.steelyard.tls;

import io.netty.channel.ChannelHandlerContext;
import io.steelyard.config.BalancerDocument;
import io.steelyard.config.FileParts;
import io.steelyard.config.ListenerConfig;
import io.steelyard.config.Problems;
import io.steelyard.config.TlsConfig;
import io.steelyard.config.TlsConfig.UnknownSni;
import io.steelyard.flow.HandshakeFailure;
import io.steelyard.flow.TlsFacts;
import io.steelyard.wire.ClientHello;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Everything one TCPSSL listener needs to answer handshakes: a prepared context per certificate,
 * the SNI table, client authentication, ALPN and tickets. Immutable once prepared but for its
 * ticket keys; selecting and creating handlers never blocks.
 */
public final class ServerTls extends Shared {

  private static final int HANDSHAKE_FAILURE = 40;
  private static final int PROTOCOL_VERSION = 70;
  private static final int UNRECOGNIZED_NAME = 112;
  private static final int NO_APPLICATION_PROTOCOL = 120;

  private final TlsConfig tls;
  private final ContextSettings settings;
  private final HelloMatch match;
  private final List<CertificateContext> contexts;
  private final SniTable<CertificateContext> table;

  /** As {@link ServerTlsBuilder} has prepared it. */
  ServerTls(TlsConfig tls, ContextSettings settings, List<CertificateContext> contexts) {
    this.tls = tls;
    this.settings = settings;
    this.match = new HelloMatch(settings.policy());
    this.contexts = List.copyOf(contexts);
    this.table = new SniTable<>(contexts, CertificateContext::certificate, tls.sniMatch());
  }

  /**
   * Loads certificates and trust anchors and builds the contexts (blocking: reads files).
   *
   * @param earlier of the listener's revision before: it is returned itself, with one user more,
   *     where nothing differs, else what is the same of it goes on, ticket keys first of all
   * @return empty where the problems got an error
   */
  public static Optional<ServerTls> prepare(
      ListenerConfig listener, TlsLoading loading, Optional<ServerTls> earlier) {
    return new ServerTlsBuilder(listener, loading, earlier).build();
  }

  /** The same for one listener alone, on our own TLS handler where the engine allows. */
  public static Optional<ServerTls> prepare(
      ListenerConfig listener, BalancerDocument document, TlsEngine engine, Problems problems) {
    return prepare(listener, document, engine, TlsHandling.NATIVE, problems);
  }

  /** The same for one listener alone. */
  public static Optional<ServerTls> prepare(
      ListenerConfig listener,
      BalancerDocument document,
      TlsEngine engine,
      TlsHandling handling,
      Problems problems) {
    FileParts parts = FileParts.of(Optional.empty(), problems);
    try (TlsLoading loading =
        new TlsLoading(document, engine, handling, RsaSigning.byBoringSsl(), parts, problems)) {
      return prepare(listener, loading, Optional.empty());
    }
  }

  TlsConfig config() {
    return tls;
  }

  ContextSettings settings() {
    return settings;
  }

  List<CertificateContext> contexts() {
    return contexts;
  }

  /**
   * Chooses the certificate's context by SNI and by what the client can do, or refuses. Event loop.
   */
  public Selection select(ClientHello hello) {
    return choose(hello).selection();
  }

  /** For people: which certificate this hello gets, and why. */
  public String explain(ClientHello hello) {
    Choice choice = choose(hello);
    return choice.reason() + ": " + choice.selection();
  }

  /** For people and tools: what {@link #select} decides, in parts. */
  public Decision decide(ClientHello hello) {
    Choice choice = choose(hello);
    Optional<LoadedCertificate> chosen =
        choice.selection() instanceof CertificateContext context
            ? Optional.of(context.certificate())
            : Optional.empty();
    return new Decision(
        chosen.map(LoadedCertificate::name),
        chosen.map(certificate -> certificate.keyType().name()),
        Optional.ofNullable(match.version(hello))
            .filter(version -> chosen.isPresent())
            .map(ProtocolVersion::text),
        choice.reason());
  }

  /**
   * What becomes of a ClientHello.
   *
   * @param certificate its name in the document; absent where the hello is refused
   * @param keyType {@code RSA}, {@code ECDSA}; absent likewise
   * @param version that will be negotiated; absent likewise
   * @param reason for people
   */
  public record Decision(
      Optional<String> certificate,
      Optional<String> keyType,
      Optional<String> version,
      String reason) {}

  private Choice choose(ClientHello hello) {
    ProtocolVersion version = match.version(hello);
    if (version == null) {
      return refused(HandshakeFailure.NO_SHARED_VERSION, PROTOCOL_VERSION, "no shared version");
    }
    boolean asksAlpn = !tls.alpn().isEmpty() && !hello.alpn().isEmpty();
    if (asksAlpn && hello.alpn().stream().noneMatch(tls.alpn()::contains)) {
      return refused(
          HandshakeFailure.NO_SHARED_ALPN, NO_APPLICATION_PROTOCOL, "no shared ALPN protocol");
    }
    String name = hello.serverName().orElse("");
    SniTable.Found<CertificateContext> found = name.isEmpty() ? null : table.find(name);
    if (found != null) {
      CertificateContext chosen = usable(hello, version, found.pair());
      if (chosen != null) {
        return new Choice(chosen, "name " + found.name());
      }
    } else if (!name.isEmpty() && tls.unknownSni() == UnknownSni.REJECT) {
      return refused(HandshakeFailure.UNKNOWN_SNI, UNRECOGNIZED_NAME, "unknown name");
    }
    CertificateContext chosen = usable(hello, version, table.defaults());
    if (chosen != null) {
      return new Choice(chosen, "default certificate");
    }
    return refused(
        HandshakeFailure.NO_SHARED_CIPHER, HANDSHAKE_FAILURE, "no certificate the client can use");
  }

  /** ECDSA before RSA (Huawei ELB's rule): smaller and cheaper to sign with. */
  private @Nullable CertificateContext usable(
      ClientHello hello, ProtocolVersion version, SniTable.Pair<CertificateContext> pair) {
    CertificateContext ecdsa = pair.ecdsa();
    if (ecdsa != null && match.canUse(hello, version, ecdsa.certificate())) {
      return ecdsa;
    }
    CertificateContext rsa = pair.rsa();
    boolean fits = rsa != null && match.canUse(hello, version, rsa.certificate());
    return fits ? rsa : null;
  }

  private static Choice refused(HandshakeFailure failure, int alert, String reason) {
    return new Choice(new Selection.Refused(failure, alert), reason);
  }

  private record Choice(Selection selection, String reason) {}

  /** The certificates served, for metrics. */
  public List<ServedCertificate> certificates() {
    return contexts.stream()
        .map(CertificateContext::certificate)
        .map(one -> new ServedCertificate(one.name(), one.keyType().name(), one.notAfter()))
        .toList();
  }

  /**
   * One certificate of the listener.
   *
   * @param name as in the document
   * @param keyType {@code RSA}, {@code ECDSA}
   * @param notAfter end of its validity
   */
  public record ServedCertificate(String name, String keyType, Instant notAfter) {}

  /**
   * Encrypts tickets with a new key from now on; those before it still open. Nobody has to call
   * this: the keys renew themselves with the handshakes, at least every 12 hours, and those of a
   * file with the file.
   */
  public void rotateTicketKeys() {
    if (settings.tickets() != null) {
      settings.tickets().rotate();
    }
  }

  /** What to do with a ClientHello. */
  public sealed interface Selection {
    /** Go on with this context. */
    non-sealed interface Accepted extends Selection {
      /**
       * Puts the TLS of one flow in the place of the handler that has read its ClientHello, whose
       * bytes are then for the caller to fire through the pipeline. Without a timeout: the
       * listener's own timer covers the handshake. Event loop.
       *
       * @throws IllegalStateException where the listener's TLS has lost its last user
       */
      void begin(ChannelHandlerContext hello, HandshakeTarget target);
    }

    /** Send this alert (RFC 8446 §6.2) in plaintext and end the flow. */
    record Refused(HandshakeFailure failure, int alert) implements Selection {}
  }

  /** How a completed handshake is judged. */
  sealed interface Outcome {
    /** It may go on. */
    record Done(TlsFacts facts) implements Outcome {}

    /** End the flow. */
    record Rejected(HandshakeFailure failure) implements Outcome {}
  }

  /** Releases native memory; no new handler afterwards, running flows keep theirs. */
  @Override
  protected void destroy() {
    contexts.forEach(CertificateContext::release);
  }
}

package io.steelyard.admin;

import io.steelyard.config.Sha256;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Tells who asks: by token, by client certificate, or, where the settings let anybody on this
 * machine read, by being here. Any thread.
 */
final class Gate {

  private static final String BEARER = "bearer ";
  private static final Set<String> PROXY_HEADERS = Set.of("forwarded", "via", "x-real-ip");
  private static final int IPV6_NETWORK_BYTES = 8;

  private final AdminSettings settings;
  private final Supplier<Callers> callers;
  private final ClientAuthorities authorities;
  private final FailureBrake brake;

  Gate(
      AdminSettings settings,
      Supplier<Callers> callers,
      ClientAuthorities authorities,
      FailureBrake brake) {
    this.settings = settings;
    this.callers = callers;
    this.authorities = authorities;
    this.brake = brake;
  }

  /**
   * Who it is.
   *
   * @throws ApiException 401, 403 or 429
   */
  Caller identify(HttpServerRequest request) {
    List<String> authorization = request.headers().getAll("Authorization");
    if (!authorization.isEmpty()) {
      return byToken(authorization, brakeKey(request));
    }
    X509Certificate[] chain = certificates(request);
    if (chain.length > 0) {
      return byCertificate(chain);
    }
    if (mayReadUnnamed(request)) {
      return Caller.ANONYMOUS;
    }
    throw unauthorized("no-token", whatIsMissing(request));
  }

  private Caller byToken(List<String> authorization, String source) {
    String header = authorization.size() == 1 ? authorization.getFirst() : "";
    String token =
        header.toLowerCase(Locale.ROOT).startsWith(BEARER)
            ? header.substring(BEARER.length()).strip()
            : "";
    String digest = HexFormat.of().formatHex(AccessToken.digest(token));
    Duration wait = brake.wait(source);
    if (!wait.isZero() && !brake.isWelcome(source, digest)) {
      throw ApiProblem.of(
              429,
              "too-many-failures",
              "too many wrong tokens from this address: nothing is looked at until the time is over")
          .withHeader("Retry-After", Long.toString(wait.toSeconds() + 1))
          .exception();
    }
    Optional<Caller> caller = callers.get().byToken(token);
    if (caller.isEmpty()) {
      brake.failed(source);
      throw unauthorized("wrong-token", "the token is not one that the tokens file knows");
    }
    brake.welcome(source, digest);
    return caller.get();
  }

  /** The handshake has verified it; here it gets its role. */
  private Caller byCertificate(X509Certificate[] chain) {
    // Connections and sessions that resume may outlive it, and the authority it was let in by.
    try {
      chain[0].checkValidity();
    } catch (CertificateException expired) {
      throw unauthorized("expired-certificate", "the client certificate has expired");
    }
    if (!authorities.vouchFor(chain)) {
      throw unauthorized(
          "untrusted-certificate",
          "the client certificate is no longer one of a trusted authority");
    }
    byte[] der = encoded(chain[0]);
    return callers
        .get()
        .byCertificate(der)
        .or(
            () ->
                settings.tls().flatMap(AdminSettings.AdminTls::clientRole).map(r -> named(der, r)))
        .orElseThrow(
            () ->
                ApiProblem.of(
                        403,
                        "unknown-certificate",
                        "the tokens file has no line for this client certificate: NAME ROLE"
                            + " certificate:"
                            + HexFormat.of().formatHex(Sha256.of(der)))
                    .exception());
  }

  /** By the beginning of its fingerprint: a subject is the certificate authority's free text. */
  private static Caller named(byte[] der, Role role) {
    String fingerprint = HexFormat.of().formatHex(Sha256.of(der), 0, 8);
    return new Caller("certificate:" + fingerprint, role);
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("came encoded", e);
    }
  }

  /** Leaf first; none where none was shown. */
  private static X509Certificate[] certificates(HttpServerRequest request) {
    SSLSession session = request.sslSession();
    if (session == null) {
      return new X509Certificate[0];
    }
    try {
      return Stream.of(session.getPeerCertificates())
          .map(X509Certificate.class::cast)
          .toArray(X509Certificate[]::new);
    } catch (SSLPeerUnverifiedException none) {
      return new X509Certificate[0];
    }
  }

  /* A web page that somebody on this machine looks at can send requests to this machine. Without CORS headers it cannot
   * read the answers, unless its own name is made to resolve to 127.0.0.1 (DNS rebinding): then the Host header gives it
   * away. A proxy on this machine makes everybody local: its headers give it away. And only reading is allowed. */
  private boolean mayReadUnnamed(HttpServerRequest request) {
    return settings.loopbackRead()
        && isRead(request)
        && isLocal(request.remoteAddress())
        && isLoopbackName(request.getHeader("Host"))
        && request.headers().names().stream().noneMatch(Gate::isOfAProxy);
  }

  private static boolean isOfAProxy(String header) {
    String name = header.toLowerCase(Locale.ROOT);
    return name.startsWith("x-forwarded-") || PROXY_HEADERS.contains(name);
  }

  private static boolean isRead(HttpServerRequest request) {
    String method = request.method().name();
    return method.equals("GET") || method.equals("HEAD");
  }

  private static boolean isLocal(@Nullable SocketAddress remote) {
    return remote != null
        && (remote.isDomainSocket()
            || address(remote).map(InetAddress::isLoopbackAddress).orElse(false));
  }

  /** As it stands in a Host header: a literal or localhost, with or without a port. */
  static boolean isLoopbackName(@Nullable String host) {
    if (host == null) {
      return false;
    }
    String name = host.replaceFirst(":[0-9]{0,5}$", "").toLowerCase(Locale.ROOT);
    return name.equals("localhost")
        || name.equals("[::1]")
        || name.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
  }

  private String whatIsMissing(HttpServerRequest request) {
    if (!settings.knowsCallers() && !settings.loopbackRead()) {
      return "nobody may use this API yet: set steelyard.admin.tokens-file"
          + " (STEELYARD_ADMIN_TOKENS_FILE) to a file with the line that `steelyard token NAME"
          + " --role operator` prints";
    }
    if (settings.loopbackRead() && !isRead(request)) {
      return "without a token this API can only be read: send Authorization: Bearer TOKEN";
    }
    return "send Authorization: Bearer TOKEN; `steelyard token NAME` makes one";
  }

  private static ApiException unauthorized(String code, String detail) {
    return ApiProblem.of(401, code, detail)
        .withHeader("WWW-Authenticate", "Bearer realm=\"steelyard\"")
        .exception();
  }

  /** The source address, for the log. */
  static String source(HttpServerRequest request) {
    SocketAddress remote = request.remoteAddress();
    if (remote == null || remote.isDomainSocket()) {
      return "unix";
    }
    return address(remote).map(InetAddress::getHostAddress).orElse("unknown");
  }

  /** Whoever has one IPv6 address has the whole network of it. */
  private static String brakeKey(HttpServerRequest request) {
    SocketAddress remote = request.remoteAddress();
    Optional<InetAddress> address = remote == null ? Optional.empty() : address(remote);
    if (address.isPresent() && address.get() instanceof Inet6Address six) {
      return HexFormat.of().formatHex(Arrays.copyOf(six.getAddress(), IPV6_NETWORK_BYTES)) + "/64";
    }
    return source(request);
  }

  private static Optional<InetAddress> address(SocketAddress remote) {
    return remote.isInetSocket() && remote.host() != null
        ? Optional.ofNullable(
            new InetSocketAddress(remote.hostAddress(), remote.port()).getAddress())
        : Optional.empty();
  }
}

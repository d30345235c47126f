package io.steelyard.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLParameters;

/**
 * What an engine really negotiates on this machine: asked of the engine once, not assumed.
 *
 * @param suites OpenSSL names
 * @param fixedTls13 the TLS 1.3 suites that it always offers, in its order; empty where they can be
 *     chosen
 */
record EngineAbilities(
    Set<ProtocolVersion> versions,
    Set<String> suites,
    Set<NamedGroup> groups,
    List<String> fixedTls13) {

  /** BoringSSL compiles these in and takes no list for TLS 1.3 (ssl.h, SSL_CTX_set_cipher_list). */
  private static final List<String> BORINGSSL_TLS13 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  static EngineAbilities of(TlsEngine engine) {
    return switch (engine) {
      case BORINGSSL -> BoringSsl.ABILITIES;
      case JDK -> Jdk.ABILITIES;
    };
  }

  /** Holder: BoringSSL is loaded by the first who asks. */
  private static final class BoringSsl {
    static final EngineAbilities ABILITIES = ask();

    private static EngineAbilities ask() {
      OpenSsl.ensureAvailability();
      Set<String> suites = new LinkedHashSet<>(BORINGSSL_TLS13);
      CipherSuite.all().stream()
          .filter(suite -> !suite.isTls13() && OpenSsl.isCipherSuiteAvailable(suite.openSslName()))
          .forEach(suite -> suites.add(suite.openSslName()));
      return new EngineAbilities(
          EnumSet.allOf(ProtocolVersion.class), suites, groups(), BORINGSSL_TLS13);
    }

    private static Set<NamedGroup> groups() {
      Set<NamedGroup> groups = EnumSet.noneOf(NamedGroup.class);
      long context = 0;
      try {
        context = SSLContext.make(SSL.SSL_PROTOCOL_ALL, SSL.SSL_MODE_SERVER);
        for (NamedGroup group : NamedGroup.values()) {
          if (SSLContext.setCurvesList(context, group.boringSslName())) {
            groups.add(group);
          }
        }
        SSL.clearError();
      } catch (Exception e) {
        // tcnative declares Exception; without a context there is no TLS at all.
        throw new IllegalStateException("BoringSSL made no context", e);
      } finally {
        if (context != 0) {
          SSLContext.free(context);
        }
      }
      return groups;
    }
  }

  /** Holder: the JDK's providers are loaded by the first who asks. */
  private static final class Jdk {
    static final EngineAbilities ABILITIES = ask();

    /**
     * The default parameters leave out what {@code jdk.tls.disabledAlgorithms} forbids; the
     * supported ones do not, although a handshake will never choose it.
     */
    private static EngineAbilities ask() {
      try {
        SSLParameters parameters = javax.net.ssl.SSLContext.getDefault().getDefaultSSLParameters();
        Set<ProtocolVersion> versions = EnumSet.noneOf(ProtocolVersion.class);
        Arrays.stream(parameters.getProtocols())
            .forEach(name -> ProtocolVersion.named(name).ifPresent(versions::add));
        Set<String> suites = new LinkedHashSet<>();
        Arrays.stream(parameters.getCipherSuites())
            .forEach(
                name ->
                    CipherSuite.named(name).ifPresent(suite -> suites.add(suite.openSslName())));
        Set<String> names = Set.of(parameters.getNamedGroups());
        Set<NamedGroup> groups = EnumSet.noneOf(NamedGroup.class);
        for (NamedGroup group : NamedGroup.values()) {
          if (names.contains(group.jdkName())) {
            groups.add(group);
          }
        }
        return new EngineAbilities(versions, suites, groups, List.of());
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("the JDK has no TLS", e);
      }
    }
  }
}

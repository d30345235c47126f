package io.steelyard;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.steelyard.command.CommandLine;
import java.util.Optional;

/**
 * Settings that live as long as the process, as they were written. Text, so that what is wrong with
 * them is said by {@link SettingsReader}, all at once and in the words of the document's problems.
 */
@ConfigMapping(prefix = "steelyard")
interface ProcessSettings {

  /** The balancer document. Default: see {@link CommandLine#USAGE}. */
  Optional<String> config();

  /**
   * Event loops that carry flows, 1–1024. Default: the processors, as the container's quota counts
   * them.
   */
  Optional<String> eventLoops();

  /** {@code boringssl} or {@code jdk}. */
  @WithDefault("boringssl")
  String tlsEngine();

  /** Who carries clients' TLS: {@code native} or {@code netty}. */
  @WithDefault("native")
  String tlsHandler();

  /** Who signs with RSA keys: {@code auto}, {@code boringssl} or {@code openssl}. */
  @WithDefault("auto")
  String rsaSigner();

  /** After the first TERM or INT: not ready, still accepting. 0–300 s. */
  @WithDefault("5s")
  String shutdownDelay();

  /** From the end of the delay to the end of the last flow. 0–86,400 s. */
  @WithDefault("300s")
  String drainTimeout();

  /** The last share of the drain timeout, over which closing is spread. 0–1. */
  @WithDefault("0.2")
  String drainSpread();

  /** Whether ports that another Steelyard of this user holds are joined: it is about to leave. */
  @WithDefault("false")
  String takeover();

  AccessLog accessLog();

  Admin admin();

  /** The port of the demo's listener, 1–65,535. */
  @WithDefault("8443")
  String demoPort();

  /** Who may use the admin API; where it listens is {@code quarkus.http.host} and {@code port}. */
  interface Admin {

    /** Callers, their roles, and the digests of their tokens. Default: nobody. */
    Optional<String> tokensFile();

    /** What may be done without a token: {@code none} or {@code loopback-read}. */
    @WithDefault("none")
    String anonymous();

    /** Whether edits are written to the document's file. */
    @WithDefault("true")
    String writeBack();

    Tls tls();

    /** TLS of the admin API; without a certificate it speaks plain HTTP. */
    interface Tls {

      /** PEM chain. */
      Optional<String> certificate();

      /** PEM key. */
      Optional<String> key();

      /** PEM bundle: client certificates that these have issued are looked at. */
      Optional<String> clientCa();

      /** What client certificates without a line in the tokens file may do: none or a role. */
      @WithDefault("none")
      String clientRole();
    }
  }

  /** The access log. */
  interface AccessLog {

    /** {@code -} is standard output, {@code off} is none, all else a file that is appended to. */
    @WithDefault("-")
    String file();

    /**
     * Share of the flows that get a line: {@code 10%}, {@code 0.1}; a plain 100 is taken for per
     * cent.
     */
    @WithDefault("100%")
    String sample();

    /** Whether clients that come and go without a byte get a line. */
    @WithDefault("false")
    String probes();
  }
}

package io.steelyard.tls;

import io.steelyard.config.TlsConfig.SniMatch;
import io.steelyard.tls.LoadedCertificate.KeyType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds the certificates for the name that a client asks for: the exact name, else a wildcard, else
 * none. Immutable; a look-up takes one step, in longest-suffix mode one per label.
 *
 * @param <T> what stands for a certificate
 */
final class SniTable<T> {

  private static final String WILDCARD = "*.";

  private final Map<String, Pair<T>> exact = new HashMap<>();
  private final Map<String, Pair<T>> wildcards = new HashMap<>();
  private final SniMatch mode;
  private final Pair<T> defaults;

  /**
   * A table of these certificates, none of which shares a name and a key type with another one.
   *
   * @param entries the first is the default one
   */
  SniTable(List<T> entries, Function<T, LoadedCertificate> certificateOf, SniMatch mode) {
    this.mode = mode;
    for (T entry : entries) {
      LoadedCertificate certificate = certificateOf.apply(entry);
      for (String name : certificate.names()) {
        put(name, certificate.keyType(), entry);
      }
    }
    this.defaults = defaultPair(entries, certificateOf);
  }

  private void put(String name, KeyType type, T entry) {
    boolean wildcard = name.startsWith(WILDCARD);
    Map<String, Pair<T>> map = wildcard ? wildcards : exact;
    String key = wildcard ? name.substring(WILDCARD.length()) : name;
    Pair<T> single = Pair.of(type, entry);
    map.merge(key, single, Pair::and);
  }

  /** The first, and for the other key type the first later one that covers all its names. */
  private static <T> Pair<T> defaultPair(List<T> entries, Function<T, LoadedCertificate> of) {
    LoadedCertificate first = of.apply(entries.getFirst());
    Pair<T> pair = Pair.of(first.keyType(), entries.getFirst());
    for (T entry : entries) {
      LoadedCertificate other = of.apply(entry);
      if (other.keyType() != first.keyType() && other.names().containsAll(first.names())) {
        return pair.and(Pair.of(other.keyType(), entry));
      }
    }
    return pair;
  }

  /**
   * What covers that name.
   *
   * @param name lower case, without a trailing dot
   * @return null where no certificate does
   */
  @Nullable Found<T> find(String name) {
    Pair<T> pair = exact.get(name);
    if (pair != null) {
      return new Found<>(pair, name);
    }
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      pair = wildcards.get(name.substring(dot + 1));
      if (pair != null) {
        return new Found<>(pair, "*" + name.substring(dot));
      }
      if (mode == SniMatch.WILDCARD) {
        return null;
      }
    }
    return null;
  }

  /** What clients get that ask for no name, or for one that nothing covers. */
  Pair<T> defaults() {
    return defaults;
  }

  /** Names that two certificates of one key type claim, each with both certificates. */
  static List<Clash> clashes(List<LoadedCertificate> certificates) {
    Map<String, LoadedCertificate> owners = new HashMap<>();
    List<Clash> clashes = new ArrayList<>();
    for (LoadedCertificate certificate : certificates) {
      for (String name : certificate.names()) {
        LoadedCertificate owner =
            owners.putIfAbsent(certificate.keyType() + " " + name, certificate);
        if (owner != null) {
          clashes.add(new Clash(name, owner, certificate));
        }
      }
    }
    return clashes;
  }

  /** One name, two certificates of the same key type. */
  record Clash(String name, LoadedCertificate first, LoadedCertificate second) {}

  /** The certificates found, and the name in them that covers what was asked for. */
  record Found<T>(Pair<T> pair, String name) {}

  /** An ECDSA and an RSA certificate for the same name; at least one of them. */
  record Pair<T>(@Nullable T ecdsa, @Nullable T rsa) {
    static <T> Pair<T> of(KeyType type, T entry) {
      return type == KeyType.ECDSA ? new Pair<>(entry, null) : new Pair<>(null, entry);
    }

    /** Both; what this one has goes before. */
    Pair<T> and(Pair<T> other) {
      return new Pair<>(ecdsa != null ? ecdsa : other.ecdsa, rsa != null ? rsa : other.rsa);
    }
  }
}

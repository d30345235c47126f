package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.config.TlsConfig.SniMatch;
import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.tls.LoadedCertificate.KeyType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SniTableTest {

  private static final IssuedCertificate ANY = TestCertificates.selfSigned("any").issue();

  private static LoadedCertificate certificate(String name, KeyType type, String... names) {
    return new LoadedCertificate(
        name,
        ANY.chain(),
        ANY.key(),
        type,
        "",
        Set.of(names),
        ANY.leaf().getNotAfter().toInstant());
  }

  private static SniTable<LoadedCertificate> table(SniMatch mode, LoadedCertificate... all) {
    return new SniTable<>(List.of(all), Function.identity(), mode);
  }

  private static @Nullable String ecdsa(SniTable<LoadedCertificate> table, String name) {
    SniTable.Found<LoadedCertificate> found = table.find(name);
    return found == null || found.pair().ecdsa() == null ? null : found.pair().ecdsa().name();
  }

  private static final LoadedCertificate EXACT = certificate("exact", KeyType.ECDSA, "a.x.test");
  private static final LoadedCertificate NEAR = certificate("near", KeyType.ECDSA, "*.x.test");
  private static final LoadedCertificate FAR = certificate("far", KeyType.ECDSA, "*.test");

  @Test
  void find_wildcardMode_coversOneLabel() {
    SniTable<LoadedCertificate> table = table(SniMatch.WILDCARD, FAR, NEAR, EXACT);
    assertThat(ecdsa(table, "a.x.test")).isEqualTo("exact");
    assertThat(ecdsa(table, "b.x.test")).isEqualTo("near");
    assertThat(ecdsa(table, "x.test")).isEqualTo("far");
    assertThat(ecdsa(table, "b.a.x.test")).isNull();
    assertThat(ecdsa(table, "test")).isNull();
  }

  @Test
  void find_longestSuffixMode_takesTheNearestWildcard() {
    SniTable<LoadedCertificate> table = table(SniMatch.LONGEST_SUFFIX, FAR, NEAR, EXACT);
    assertThat(ecdsa(table, "a.x.test")).isEqualTo("exact");
    assertThat(ecdsa(table, "c.b.x.test")).isEqualTo("near");
    assertThat(ecdsa(table, "c.b.y.test")).isEqualTo("far");
    assertThat(ecdsa(table, "c.b.y.example")).isNull();
  }

  @Test
  void defaults_otherKeyType_isTheFirstThatCoversTheSameNames() {
    LoadedCertificate first = certificate("first", KeyType.RSA, "a.test", "b.test");
    LoadedCertificate part = certificate("part", KeyType.ECDSA, "a.test");
    LoadedCertificate more = certificate("more", KeyType.ECDSA, "b.test", "a.test", "c.test");
    SniTable<LoadedCertificate> table = table(SniMatch.WILDCARD, first, part, more);
    assertThat(table.defaults().rsa()).isSameAs(first);
    assertThat(table.defaults().ecdsa()).isSameAs(more);
    assertThat(table(SniMatch.WILDCARD, first, part).defaults().ecdsa()).isNull();
  }

  @Test
  void clashes_sameNameAndKeyType_areAllFound() {
    LoadedCertificate again = certificate("again", KeyType.ECDSA, "*.x.test", "other.test");
    LoadedCertificate rsa = certificate("rsa", KeyType.RSA, "*.x.test");
    assertThat(SniTable.clashes(List.of(NEAR, again, rsa)))
        .containsExactly(new SniTable.Clash("*.x.test", NEAR, again));
  }

  @Test
  void find_tenThousandCertificates_areAllThere() {
    List<LoadedCertificate> all = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      all.add(certificate("c" + i, KeyType.ECDSA, "host" + i + ".test"));
    }
    SniTable<LoadedCertificate> table = new SniTable<>(all, Function.identity(), SniMatch.WILDCARD);
    for (int i = 0; i < 10_000; i++) {
      assertThat(ecdsa(table, "host" + i + ".test")).isEqualTo("c" + i);
    }
  }
}

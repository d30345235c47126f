package io.steelyard.tls;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The named security policies: our own and the clouds', one vocabulary. */
public final class SecurityPolicies {

  private static final String ALIBABA = "Alibaba NLB";
  private static final String HUAWEI = "Huawei ELB";
  private static final String MOZILLA = "Mozilla guideline";

  /** Post-quantum first where the engine has it. */
  static final List<String> DEFAULT_GROUPS =
      List.of("X25519MLKEM768", "X25519", "secp256r1", "secp384r1");

  private static final List<String> GCM = List.of("AES128-GCM-SHA256", "AES256-GCM-SHA384");
  private static final List<String> CBC_SHA2 = List.of("AES128-SHA256", "AES256-SHA384");
  private static final List<String> CBC_SHA1 = List.of("AES128-SHA", "AES256-SHA");
  private static final List<String> STATIC_RSA_GCM_AND_SHA2 =
      List.of("AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA256", "AES256-SHA256");
  private static final List<String> T5 =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_AES_128_CCM_SHA256",
          "TLS_AES_128_CCM_8_SHA256");
  private static final List<String> T3 = T5.subList(0, 3);
  private static final List<String> H4 = ecdhe(GCM);
  private static final List<String> H8 = ecdhe(join(GCM, CBC_SHA2));
  private static final List<String> A12 = ecdhe(join(GCM, CBC_SHA2, CBC_SHA1));
  private static final List<String> H18 = join(A12, STATIC_RSA_GCM_AND_SHA2, CBC_SHA1);
  private static final List<String> A19 = join(H18, List.of("DES-CBC3-SHA"));
  private static final List<String> INHERITED =
      CipherSuite.all().stream()
          .filter(suite -> !suite.isTls13())
          .map(CipherSuite::openSslName)
          .filter(name -> !H18.contains(name) && !name.contains("CHACHA20"))
          .toList();

  private static final Map<String, SecurityPolicy> BY_NAME = table();

  private SecurityPolicies() {}

  private static Map<String, SecurityPolicy> table() {
    Map<String, SecurityPolicy> all = new LinkedHashMap<>();
    List<String> chacha = ecdhe(List.of("CHACHA20-POLY1305"));
    put(all, "intermediate", MOZILLA, "1.2", "1.3", join(H4, chacha, T3));
    put(all, "modern", MOZILLA, "1.3", "1.3", T3);
    put(all, "tls_cipher_policy_1_0", ALIBABA, "1.0", "1.2", A19);
    put(all, "tls_cipher_policy_1_1", ALIBABA, "1.1", "1.2", A19);
    put(all, "tls_cipher_policy_1_2", ALIBABA, "1.2", "1.2", A19);
    put(all, "tls_cipher_policy_1_2_strict", ALIBABA, "1.2", "1.2", A12);
    put(all, "tls_cipher_policy_1_2_strict_with_1_3", ALIBABA, "1.2", "1.3", join(A12, T5));
    put(all, "tls-1-0", HUAWEI, "1.0", "1.2", H18);
    put(all, "tls-1-1", HUAWEI, "1.1", "1.2", H18);
    put(all, "tls-1-2", HUAWEI, "1.2", "1.2", H18);
    put(all, "tls-1-0-inherit", HUAWEI, "1.0", "1.2", join(H18, INHERITED));
    put(all, "tls-1-2-strict", HUAWEI, "1.2", "1.2", join(H8, STATIC_RSA_GCM_AND_SHA2));
    put(all, "tls-1-2-fs", HUAWEI, "1.2", "1.2", H8);
    put(all, "tls-1-0-with-1-3", HUAWEI, "1.0", "1.3", join(H18, T5));
    put(all, "tls-1-2-fs-with-1-3", HUAWEI, "1.2", "1.3", join(H8, T5));
    put(all, "hybrid-policy-1-0", HUAWEI, "1.1", "1.2", H18);
    put(all, "tls-1-2-strict-no-cbc", HUAWEI, "1.2", "1.2", H4);
    return Collections.unmodifiableMap(all);
  }

  private static void put(
      Map<String, SecurityPolicy> all,
      String name,
      String origin,
      String first,
      String last,
      List<String> suites) {
    List<String> versions = new ArrayList<>();
    ProtocolVersion from = ProtocolVersion.named("TLSv" + first).orElseThrow();
    ProtocolVersion to = ProtocolVersion.named("TLSv" + last).orElseThrow();
    for (ProtocolVersion version : ProtocolVersion.values()) {
      if (version.compareTo(from) >= 0 && version.compareTo(to) <= 0) {
        versions.add(version.text());
      }
    }
    all.put(name, new SecurityPolicy(name, origin, versions, suites, DEFAULT_GROUPS));
  }

  /** Every name, our own first. */
  public static List<String> names() {
    return List.copyOf(BY_NAME.keySet());
  }

  /** The policy of that name. */
  public static Optional<SecurityPolicy> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  private static List<String> ecdhe(List<String> tails) {
    List<String> names = new ArrayList<>();
    tails.forEach(tail -> names.add("ECDHE-ECDSA-" + tail));
    tails.forEach(tail -> names.add("ECDHE-RSA-" + tail));
    return names;
  }

  @SafeVarargs
  private static List<String> join(List<String>... lists) {
    List<String> all = new ArrayList<>();
    for (List<String> list : lists) {
      all.addAll(list);
    }
    return List.copyOf(all);
  }
}

package io.steelyard.admin;

import io.steelyard.config.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Bearer tokens: made here, never chosen by people, so each has 256 random bits and one SHA-256 is
 * all that keeping it takes. A slow hash protects what can be guessed; this cannot.
 */
public final class AccessToken {

  /** Lets scanners for leaked secrets tell what they found. */
  private static final String PREFIX = "steelyard_";

  private static final int RANDOM_BYTES = 32;

  /** 43 characters of base64url carry the 256 bits. */
  private static final Pattern SHAPE = Pattern.compile(PREFIX + "[A-Za-z0-9_-]{43}");

  /** One word, that needs no quotes anywhere. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,64}");

  private AccessToken() {}

  /** A new one. */
  public static String make() {
    byte[] random = new byte[RANDOM_BYTES];
    new SecureRandom().nextBytes(random);
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /** The line of the tokens file that lets its bearer in. */
  public static String line(String token, String name, Role role) {
    return name + " " + role.label() + " sha256:" + HexFormat.of().formatHex(digest(token));
  }

  /** Whether it can be one of ours: nothing that people could choose is ever compared. */
  static boolean isShaped(String text) {
    return SHAPE.matcher(text).matches();
  }

  /** Whether a caller may be called so. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  static byte[] digest(String token) {
    return Sha256.of(token.getBytes(StandardCharsets.UTF_8));
  }
}

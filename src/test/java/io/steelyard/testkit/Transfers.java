package io.steelyard.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/** Bulk data that can be recognised at the other end. */
public final class Transfers {

  private static final int BLOCK_BYTES = 64 * 1024;

  private Transfers() {}

  /** Writes that many bytes of the stream that this seed gives; returns their SHA-256. */
  public static String write(OutputStream out, long seed, long bytes) throws IOException {
    MessageDigest digest = sha256();
    Random random = new Random(seed);
    byte[] block = new byte[BLOCK_BYTES];
    for (long left = bytes; left > 0; left -= BLOCK_BYTES) {
      int length = (int) Math.min(left, BLOCK_BYTES);
      random.nextBytes(block);
      digest.update(block, 0, length);
      out.write(block, 0, length);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Reads exactly that many bytes; returns their SHA-256. */
  public static String read(InputStream in, long bytes) throws IOException {
    MessageDigest digest = sha256();
    byte[] block = new byte[BLOCK_BYTES];
    long left = bytes;
    while (left > 0) {
      int read = in.read(block, 0, (int) Math.min(left, BLOCK_BYTES));
      if (read < 0) {
        throw new IOException("ended " + left + " bytes early");
      }
      digest.update(block, 0, read);
      left -= read;
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

package io.steelyard.tls;

import io.netty.internal.tcnative.AsyncSSLPrivateKeyMethod;
import io.netty.internal.tcnative.ResultCallback;
import io.netty.internal.tcnative.SSL;
import org.jspecify.annotations.Nullable;

/**
 * What BoringSSL asks of a key that it does not hold. It leaves the question behind as a task of
 * the connection (SSL_PRIVATE_KEY_METHOD, tcnative's "use tasks"), which is run here, on the
 * connection's thread, between two calls that drive its handshake. Thread-safe.
 *
 * <p>Danger: a task that ends in an error is, to tcnative, a signature of no bytes, which would be
 * sent. None at all makes the handshake fail.
 */
final class NativeKeyCalls implements AsyncSSLPrivateKeyMethod {

  /** Has no state of its own: one serves all contexts. */
  static final NativeKeyCalls ALL = new NativeKeyCalls();

  /** Whose key the task that this thread runs is about. */
  private static final ThreadLocal<OpenSslSigner> SIGNER = new ThreadLocal<>();

  private NativeKeyCalls() {}

  /** Whether a handshake stands still only until {@link #answer} is called. */
  static boolean isQuestion(int reason) {
    // With tasks a client's certificate is verified by one, too.
    return reason == SSL.SSL_ERROR_WANT_PRIVATE_KEY_OPERATION
        || reason == SSL.SSL_ERROR_WANT_CERTIFICATE_VERIFY;
  }

  /** Runs what the handshake waits for; false where that is nothing, which is a failure. */
  static boolean answer(long ssl, OpenSslSigner signer) {
    Runnable task = SSL.getTask(ssl);
    if (task == null) {
      return false;
    }
    SIGNER.set(signer);
    try {
      task.run();
    } finally {
      SIGNER.remove();
    }
    return true;
  }

  @Override
  public void sign(
      long ssl, int signatureAlgorithm, byte[] input, ResultCallback<byte[]> callback) {
    callback.onSuccess(ssl, signature(signatureAlgorithm, input));
  }

  private static byte @Nullable [] signature(int scheme, byte[] input) {
    OpenSslSigner signer = SIGNER.get();
    RsaSignature algorithm = RsaSignature.of(scheme).orElse(null);
    if (signer == null || algorithm == null) {
      return null;
    }
    try {
      return signer.sign(algorithm, input);
    } catch (RuntimeException failed) {
      return null;
    }
  }

  @Override
  public void decrypt(long ssl, byte[] input, ResultCallback<byte[]> callback) {
    callback.onSuccess(ssl, decrypted(input));
  }

  private static byte @Nullable [] decrypted(byte[] input) {
    OpenSslSigner signer = SIGNER.get();
    if (signer == null) {
      return null;
    }
    try {
      return signer.decrypt(input);
    } catch (RuntimeException failed) {
      return null;
    }
  }
}

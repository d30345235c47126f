package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.internal.tcnative.ResultCallback;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NativeKeyCallsTest {

  private final List<byte @Nullable []> answers = new ArrayList<>();

  private final ResultCallback<byte[]> callback =
      new ResultCallback<>() {
        @Override
        public void onSuccess(long ssl, byte[] result) {
          answers.add(result);
        }

        @Override
        public void onError(long ssl, Throwable cause) {
          throw new AssertionError("would be sent as a signature of no bytes", cause);
        }
      };

  @Test
  void question_withoutASigner_isAnsweredByNothing() {
    NativeKeyCalls.ALL.sign(1, RsaSignature.PSS_SHA256.scheme(), new byte[4], callback);
    NativeKeyCalls.ALL.decrypt(1, new byte[256], callback);
    assertThat(answers).hasSize(2).containsOnlyNulls();
  }
}

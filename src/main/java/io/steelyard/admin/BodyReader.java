package io.steelyard.admin;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/** Gathers the body of a request whose caller is known, up to a bound. On the request's context. */
final class BodyReader {

  /** Twice what the document's reader takes. */
  static final int MAX_BYTES = 16 << 20;

  private final Promise<byte[]> done = Promise.promise();
  private final Buffer body = Buffer.buffer();

  private BodyReader() {}

  /** Fails with {@link ApiException} 413, or when the client goes. */
  static Future<byte[]> read(HttpServerRequest request) {
    BodyReader reader = new BodyReader();
    if (announced(request) > MAX_BYTES) {
      reader.done.fail(tooLarge());
    } else {
      if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
        request.response().writeContinue();
      }
      request.handler(reader::take);
      request.endHandler(end -> reader.done.tryComplete(reader.body.getBytes()));
      request.exceptionHandler(gone -> reader.done.tryFail(cutShort()));
      request.resume();
    }
    return reader.done.future();
  }

  private static long announced(HttpServerRequest request) {
    try {
      String length = request.getHeader("Content-Length");
      return length == null ? 0 : Long.parseLong(length);
    } catch (NumberFormatException beyondEveryBound) {
      return Long.MAX_VALUE;
    }
  }

  private void take(Buffer part) {
    if (done.future().isComplete()) {
      return;
    }
    if (body.length() + part.length() > MAX_BYTES) {
      done.tryFail(tooLarge());
      return;
    }
    body.appendBuffer(part);
  }

  private static ApiException cutShort() {
    return ApiProblem.of(400, "bad-body", "the connection ended before the body did").exception();
  }

  private static ApiException tooLarge() {
    return ApiProblem.of(413, "too-large", "the body is larger than " + MAX_BYTES + " bytes")
        .exception();
  }
}

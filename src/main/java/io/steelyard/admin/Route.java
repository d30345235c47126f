package io.steelyard.admin;

import io.vertx.core.Future;

/**
 * One thing that the API does.
 *
 * @param path with names in braces: {@code /listeners/{name}}
 * @param changes whether it changes anything: then an audit line says so
 */
record Route(String method, String path, Role needs, boolean changes, Action action) {

  static Route read(String method, String path, Action action) {
    return new Route(method, path, Role.VIEWER, false, action);
  }

  static Route write(String method, String path, Action action) {
    return new Route(method, path, Role.OPERATOR, true, action);
  }

  /**
   * Changes nothing, but has the process read the files and variables that a document names, and
   * tell of them.
   */
  static Route trial(String path, Action action) {
    return new Route("POST", path, Role.OPERATOR, false, action);
  }

  boolean takesBody() {
    return method.equals("PUT") || method.equals("POST");
  }

  /** Answers; on a worker thread. Throws, or fails with, {@link ApiException} where it does not. */
  @FunctionalInterface
  interface Action {
    Future<Reply> answer(Call call);
  }

  /** One that has its answer at once. */
  @FunctionalInterface
  interface Direct {
    Reply answer(Call call);
  }

  static Action at(Direct direct) {
    return call -> Future.succeededFuture(direct.answer(call));
  }
}

package io.steelyard.admin;

import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Puts the admin API on Quarkus's main HTTP server; everything there is answered by it. */
@Singleton
final class AdminRoutes {

  private final AdminApi api;

  AdminRoutes(AdminApi api) {
    this.api = api;
  }

  /** Before the server binds. */
  void install(@Observes Router router) {
    router
        .route()
        .handler(context -> api.handle(context.request()))
        .failureHandler(
            context -> api.refuse(context.request(), context.statusCode() == 400 ? 400 : 500));
    // What the router itself refuses, such as a path that cannot be decoded.
    router.errorHandler(400, context -> api.refuse(context.request(), 400));
    router.errorHandler(404, context -> api.refuse(context.request(), 404));
    router.errorHandler(500, context -> api.refuse(context.request(), 500));
  }
}

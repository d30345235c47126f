package io.steelyard.admin;

import io.steelyard.config.Problems;
import io.steelyard.control.NotServing;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * The admin API: a handler of HTTP requests that tells who asks, finds what is asked for, has it
 * answered on a worker thread, and writes the audit line. Requests may come on any event loop; no
 * answer is computed there, because flows share them.
 */
public final class AdminApi implements Handler<HttpServerRequest> {

  private static final Logger LOG = Logger.getLogger(AdminApi.class);

  /** How long a revoked token may still work. */
  private static final Duration REFRESH = Duration.ofSeconds(1);

  /** How long a client that was answered early may go on sending before it is cut. */
  private static final Duration LINGER = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final Gate gate;
  private final RouteTable routes;
  private final AuditLog audit;

  AdminApi(
      Vertx vertx,
      AdminSettings settings,
      Supplier<Callers> callers,
      ClientAuthorities authorities,
      RouteTable routes,
      LongSupplier nanoTime) {
    this.vertx = vertx;
    this.gate = new Gate(settings, callers, authorities, new FailureBrake(nanoTime));
    this.routes = routes;
    this.audit = new AuditLog(nanoTime);
  }

  /**
   * Reads the tokens file (blocking), and goes on looking whether it has changed.
   *
   * @param problems get what is wrong with it
   */
  public static AdminApi open(
      Vertx vertx, AdminSettings settings, Surroundings surroundings, Problems problems) {
    return open(vertx, settings, surroundings, System::nanoTime, problems);
  }

  static AdminApi open(
      Vertx vertx,
      AdminSettings settings,
      Surroundings surroundings,
      LongSupplier nanoTime,
      Problems problems) {
    Optional<CallersFile> file = settings.tokensFile().map(it -> CallersFile.open(it, problems));
    file.ifPresent(it -> repeat(vertx, it::refresh));
    ClientAuthorities authorities = new ClientAuthorities();
    settings
        .tls()
        .flatMap(AdminSettings.AdminTls::clientCa)
        .ifPresent(
            ca -> {
              authorities.refresh(vertx, ca);
              repeat(vertx, () -> authorities.refresh(vertx, ca));
            });
    return new AdminApi(
        vertx,
        settings,
        () -> file.map(CallersFile::callers).orElse(Callers.NONE),
        authorities,
        table(surroundings),
        nanoTime);
  }

  private static void repeat(Vertx vertx, Runnable look) {
    vertx.setPeriodic(
        REFRESH.toMillis(), timer -> vertx.executeBlocking(Executors.callable(look, true)));
  }

  /** Everything it does, in the order of {@code src/docs/api.md}. */
  static RouteTable table(Surroundings surroundings) {
    Changes changes = new Changes(surroundings);
    List<Route> all = new ArrayList<>();
    all.addAll(new DocumentRoutes(changes).routes());
    all.addAll(new PartRoutes(changes).routes());
    all.addAll(new RuntimeRoutes(surroundings, changes).routes());
    all.addAll(new RevisionRoutes(changes).routes());
    all.addAll(new StatusRoutes(surroundings).routes());
    all.addAll(new ExplainRoutes(surroundings).routes());
    all.addAll(new OpenApi().routes());
    return new RouteTable(all);
  }

  /** Answers what never came here because the server could make nothing of it. */
  void refuse(HttpServerRequest request, int status) {
    ApiProblem problem =
        switch (status) {
          case 404 -> RouteTable.notFound().problem();
          case 400 -> ApiProblem.of(400, "bad-request", "the request cannot be understood");
          default -> ApiProblem.of(500, "internal", "this is a bug; the log has its trace");
        };
    write(request, problem.reply());
  }

  @Override
  public void handle(HttpServerRequest request) {
    if (!String.valueOf(request.path()).startsWith(RouteTable.PREFIX + "/")) {
      write(request, RouteTable.notFound().problem().reply());
      return;
    }
    Caller caller;
    try {
      caller = gate.identify(request);
    } catch (ApiException refused) {
      deny(request, "-", refused.problem());
      return;
    }
    RouteTable.Found found;
    MultiMap query;
    try {
      query = query(request);
      found = routes.find(request.method().name(), request.path());
    } catch (ApiException nothing) {
      write(request, nothing.problem().reply());
      return;
    }
    Route route = found.route();
    if (!caller.role().includes(route.needs())) {
      String detail = caller.name() + " is a " + caller.role().label() + ", this needs an operator";
      deny(request, caller.name(), ApiProblem.of(403, "role", detail));
      return;
    }
    body(request, route)
        .map(body -> new Call(caller, found.names(), query, request.headers(), body))
        .compose(call -> vertx.executeBlocking(() -> route.action().answer(call), false))
        .compose(answer -> answer)
        .recover(failure -> Future.succeededFuture(reply(failure)))
        .onSuccess(reply -> finish(request, route, caller, reply));
  }

  private static MultiMap query(HttpServerRequest request) {
    try {
      return request.params();
    } catch (IllegalArgumentException undecodable) {
      throw ApiProblem.of(400, "bad-query", "the query is not percent-encoded UTF-8").exception();
    }
  }

  private static Future<byte[]> body(HttpServerRequest request, Route route) {
    return route.takesBody() ? BodyReader.read(request) : Future.succeededFuture(new byte[0]);
  }

  private void deny(HttpServerRequest request, String who, ApiProblem problem) {
    audit.denied(
        request.method().name(),
        String.valueOf(request.path()),
        who,
        Gate.source(request),
        problem);
    write(request, problem.reply());
  }

  private void finish(HttpServerRequest request, Route route, Caller caller, Reply reply) {
    if (route.changes()) {
      audit.asked(request.method().name(), request.path(), caller, Gate.source(request), reply);
    }
    write(request, reply);
  }

  private static Reply reply(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof ApiException refused) {
      return refused.problem().reply();
    }
    if (cause instanceof NotServing now) {
      return ApiProblem.of(503, "not-serving", String.valueOf(now.getMessage()))
          .withHeader("Retry-After", "1")
          .reply();
    }
    LOG.errorf(cause, "admin API failed");
    return ApiProblem.of(500, "internal", "this is a bug; the log has its trace").reply();
  }

  private void write(HttpServerRequest request, Reply reply) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.ended()) {
      return;
    }
    response.setStatusCode(reply.status());
    reply.headers().forEach(response::putHeader);
    response.putHeader("Content-Type", reply.mediaType());
    response.putHeader("Cache-Control", "no-store");
    response.putHeader("X-Content-Type-Options", "nosniff");
    response.putHeader("Content-Length", Integer.toString(reply.body().length));
    if (request.method().name().equals("HEAD")) {
      response.end();
    } else {
      response.end(Buffer.buffer(reply.body()));
    }
    discard(request);
  }

  /** Closing at once would reset the connection, and the client lose the answer. */
  private void discard(HttpServerRequest request) {
    if (request.isEnded()) {
      return;
    }
    long timer =
        vertx.setTimer(
            LINGER.toMillis(),
            late -> {
              if (!request.isEnded()) {
                request.connection().close();
              }
            });
    request.handler(rest -> {});
    request.endHandler(end -> vertx.cancelTimer(timer));
    request.exceptionHandler(gone -> vertx.cancelTimer(timer));
    request.resume();
  }
}

package io.steelyard.admin;

import io.steelyard.config.DocumentTree;
import io.steelyard.config.DocumentTree.Kind;
import io.steelyard.config.Problems;
import io.steelyard.config.ServerGroupConfig.BackendConfig.State;
import io.steelyard.control.Controller.BackendIntent;
import io.steelyard.control.DocumentFile;
import io.steelyard.control.Outcome;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What is done to backends, listeners and the process while they run. */
final class RuntimeRoutes {

  private static final int MAX_WEIGHT = 256;

  private final Surroundings surroundings;
  private final Changes changes;

  RuntimeRoutes(Surroundings surroundings, Changes changes) {
    this.surroundings = surroundings;
    this.changes = changes;
  }

  List<Route> routes() {
    return List.of(
        Route.write("PUT", "/server-groups/{group}/backends/{address}/state", this::backend),
        Route.write("POST", "/listeners/{name}/enable", this::enable),
        Route.write("POST", "/listeners/{name}/disable", this::disable),
        Route.write("POST", "/listeners/{name}/drain", this::drainListener),
        Route.write("POST", "/reload", this::reload),
        Route.write("POST", "/drain", Route.at(this::drain)));
  }

  private Future<Reply> backend(Call call) {
    call.allowQuery();
    BackendIntent intent = intent(Changes.body(call, DocumentTree::parse).objects());
    String group = call.name("group");
    String address = changes.backendAddress(group, call.name("address"));
    return changes
        .controller()
        .backend(group, address, intent)
        .map(
            there -> {
              if (!there) {
                throw Changes.missing("server-groups[" + group + "].backends[" + address + "]");
              }
              return Reply.json(json(group, address, intent)).noted(note(intent));
            });
  }

  private static JsonObject json(String group, String address, BackendIntent intent) {
    JsonObject body = new JsonObject().put("server-group", group).put("address", address);
    intent.state().ifPresent(state -> body.put("state", label(state)));
    intent.weight().ifPresent(weight -> body.put("weight", weight));
    return body;
  }

  private static String note(BackendIntent intent) {
    return "state="
        + intent.state().map(RuntimeRoutes::label).orElse("-")
        + " weight="
        + intent.weight().map(String::valueOf).orElse("-");
  }

  private static BackendIntent intent(Map<String, ?> body) {
    for (String key : body.keySet()) {
      if (!key.equals("state") && !key.equals("weight")) {
        throw badIntent(key, "key", "state, weight");
      }
    }
    if (body.isEmpty()) {
      throw badIntent("body", "neither", "state, weight or both");
    }
    Optional<State> state =
        body.containsKey("state") ? Optional.of(state(body.get("state"))) : Optional.empty();
    Optional<Integer> weight =
        body.containsKey("weight") ? Optional.of(weight(body.get("weight"))) : Optional.empty();
    return new BackendIntent(state, weight);
  }

  private static State state(Object written) {
    return Arrays.stream(State.values())
        .filter(state -> label(state).equals(written))
        .findFirst()
        .orElseThrow(
            () -> badIntent("state", String.valueOf(written), "ready, drain, maintenance"));
  }

  private static int weight(Object written) {
    if (written instanceof Long weight && weight >= 0 && weight <= MAX_WEIGHT) {
      return weight.intValue();
    }
    throw badIntent("weight", String.valueOf(written), "0.." + MAX_WEIGHT);
  }

  private static ApiException badIntent(String path, String found, String expected) {
    return ApiProblem.of(422, "bad-state", path + ": " + found + " (expected: " + expected + ")")
        .withProblems(List.of(BodyProblem.of(path, found, expected)))
        .exception();
  }

  private static String label(State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  /** In the document, and back into service where it was taken out of it. */
  private Future<Reply> enable(Call call) {
    String name = call.name("name");
    boolean dryRun = call.flag(Changes.DRY_RUN);
    call.allowQuery(Changes.DRY_RUN);
    return changes
        .result(call, dryRun, Changes.edited(tree -> enabled(tree, name, true)))
        .compose(
            result -> {
              Reply reply = Changes.reply(result);
              return dryRun || result.outcome() == Outcome.REFUSED
                  ? Future.succeededFuture(reply)
                  : inService(name, true).map(reply);
            });
  }

  private Future<Reply> disable(Call call) {
    String name = call.name("name");
    return changes.edit(call, tree -> enabled(tree, name, false));
  }

  /** Absent is true: no key is written that says what holds anyway. */
  private static DocumentTree enabled(DocumentTree tree, String name, boolean enabled) {
    DocumentTree listener =
        Changes.found(tree.part(Kind.LISTENER, name), "listeners[" + name + "]");
    String now = listener.value("enabled").orElse("true");
    return now.equals(String.valueOf(enabled))
        ? tree
        : tree.with(Kind.LISTENER, name, listener.withValue("enabled", enabled));
  }

  private Future<Reply> drainListener(Call call) {
    call.allowQuery();
    String name = call.name("name");
    DocumentFile file = changes.current();
    Changes.found(Changes.tree(file).part(Kind.LISTENER, name), "listeners[" + name + "]");
    return inService(name, false)
        .map(
            done ->
                Reply.json(new JsonObject().put("listener", name).put("in-service", false))
                    .noted("in-service=false"));
  }

  private Future<Void> inService(String name, boolean inService) {
    Problems problems = new Problems("listener " + name);
    return changes
        .controller()
        .listener(name, inService, problems)
        .map(
            enabled -> {
              if (!enabled) {
                throw ApiProblem.of(
                        409, "listener-disabled", "the document does not enable listener " + name)
                    .exception();
              }
              if (problems.hasErrors()) {
                throw ApiProblem.of(
                        409, "listener-not-bound", "listener " + name + " stays out of service")
                    .withProblems(problems.all())
                    .exception();
              }
              return null;
            });
  }

  private Future<Reply> reload(Call call) {
    call.allowQuery();
    return changes
        .controller()
        .reload(call.source())
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof DocumentFile.Unreadable unreadable
                        ? ApiProblem.of(409, "file-unreadable", unreadable.reason()).exception()
                        : failure))
        .map(Changes::reply);
  }

  private Reply drain(Call call) {
    call.allowQuery();
    if (!surroundings.drain()) {
      throw ApiProblem.of(409, "draining", "the process drains already").exception();
    }
    return Reply.json(new JsonObject().put("draining", true)).status(202).noted("draining=true");
  }
}

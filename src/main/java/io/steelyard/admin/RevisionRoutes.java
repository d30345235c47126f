package io.steelyard.admin;

import io.steelyard.control.DocumentFile;
import io.steelyard.control.Revision;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/** What was tried, by number, and the way back. */
final class RevisionRoutes {

  private final Changes changes;

  RevisionRoutes(Changes changes) {
    this.changes = changes;
  }

  List<Route> routes() {
    return List.of(
        Route.read("GET", "/revisions", Route.at(this::list)),
        Route.read("GET", "/revisions/{number}", Route.at(this::get)),
        Route.read("GET", "/revisions/{number}/document", Route.at(this::document)),
        Route.write("POST", "/revisions/{number}/rollback", this::rollback));
  }

  private Reply list(Call call) {
    call.allowQuery();
    call.accepted(Media.JSON);
    JsonArray list = new JsonArray();
    changes.controller().revisions().forEach(revision -> list.add(json(revision)));
    return Reply.json(list);
  }

  private Reply get(Call call) {
    call.allowQuery();
    call.accepted(Media.JSON);
    long number = number(call);
    return changes.controller().revisions().stream()
        .filter(revision -> revision.number() == number)
        .findFirst()
        .map(revision -> Reply.json(json(revision)))
        .orElseThrow(() -> notKept(call));
  }

  private Reply document(Call call) {
    call.allowQuery();
    return DocumentRoutes.shown(call, kept(call));
  }

  private DocumentFile kept(Call call) {
    return changes.controller().document(number(call)).orElseThrow(() -> notKept(call));
  }

  /** The exact text, on the road of all changes. */
  private Future<Reply> rollback(Call call) {
    byte[] text = kept(call).bytes();
    return changes.make(call, current -> text);
  }

  private static long number(Call call) {
    String text = call.name("number");
    if (!text.matches("[0-9]{1,18}")) {
      throw notKept(call);
    }
    return Long.parseLong(text);
  }

  private static ApiException notKept(Call call) {
    return ApiProblem.of(
            404, "no-such-revision", "revision " + call.name("number") + " is not kept")
        .exception();
  }

  static JsonObject json(Revision revision) {
    return new JsonObject()
        .put("revision", revision.number())
        .put("sha256", revision.sha256())
        .put("at", revision.at().toString())
        .put(
            "source",
            new JsonObject()
                .put("kind", revision.source().kind().name().toLowerCase(Locale.ROOT))
                .put("who", revision.source().who()))
        .put("outcome", revision.outcome().label())
        .put("changes", new JsonArray(revision.changes()))
        .put("problems", ApiProblem.json(revision.problems()));
  }
}

package io.steelyard.admin;

import io.steelyard.config.DocumentTree;
import io.steelyard.control.ChangeRequest;
import io.steelyard.control.ChangeResult;
import io.steelyard.control.DocumentFile;
import io.steelyard.control.Edit;
import io.steelyard.control.Outcome;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** The whole document: read, replaced, tried out. */
final class DocumentRoutes {

  private final Changes changes;

  DocumentRoutes(Changes changes) {
    this.changes = changes;
  }

  List<Route> routes() {
    return List.of(
        Route.read("GET", "/document", Route.at(this::get)),
        Route.write("PUT", "/document", this::put),
        Route.trial("/validate", this::validate),
        Route.trial("/diff", this::diff));
  }

  private Reply get(Call call) {
    call.allowQuery();
    return shown(call, changes.current());
  }

  /** YAML as it was written; JSON of the same keys. */
  static Reply shown(Call call, DocumentFile file) {
    Reply reply =
        switch (call.accepted(Media.JSON, Media.YAML)) {
          case JSON -> Reply.text(Media.JSON, Changes.tree(file).toJson());
          case YAML -> Reply.text(Media.YAML, new String(file.bytes(), StandardCharsets.UTF_8));
        };
    return reply.tagged(file.sha256()).withHeader("Vary", "Accept");
  }

  private Future<Reply> put(Call call) {
    return changes.make(call, edit(call));
  }

  /** YAML is kept as it is written, comments and all; JSON becomes canonical YAML. */
  private static Edit edit(Call call) {
    DocumentTree tree = Changes.body(call, DocumentTree::parse);
    byte[] text =
        call.content() == Media.JSON ? tree.toYaml().getBytes(StandardCharsets.UTF_8) : call.body();
    return current -> text;
  }

  private Future<Reply> validate(Call call) {
    call.allowQuery();
    call.content();
    return tried(call)
        .map(
            result ->
                Reply.json(
                    new JsonObject()
                        .put("valid", result.outcome() != Outcome.REFUSED)
                        .put("problems", ApiProblem.json(result.problems()))));
  }

  private Future<Reply> diff(Call call) {
    call.allowQuery();
    Changes.body(call, DocumentTree::parse);
    return tried(call)
        .map(
            result ->
                result.outcome() == Outcome.REFUSED
                    ? Changes.reply(result)
                    : Reply.json(
                            new JsonObject()
                                .put("changes", new JsonArray(result.changes()))
                                .put("problems", ApiProblem.json(result.problems())))
                        .tagged(result.sha256()));
  }

  /** What would become of the body, whatever is in force. */
  private Future<ChangeResult> tried(Call call) {
    changes.current();
    return changes
        .controller()
        .change(new ChangeRequest(call.source(), Optional.empty(), true, current -> call.body()));
  }
}

package io.steelyard.admin;

import io.steelyard.config.DocumentTree;
import io.steelyard.config.UnreadableDocumentException;
import io.steelyard.control.ChangeRequest;
import io.steelyard.control.ChangeResult;
import io.steelyard.control.Controller;
import io.steelyard.control.DocumentFile;
import io.steelyard.control.Edit;
import io.steelyard.control.Outcome;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts edits on the one road of all changes, and says what became of them. */
final class Changes {

  static final String DRY_RUN = "dry-run";

  /** RFC 9110 §8.8.3; weak ones never match in {@code If-Match}. */
  private static final Pattern ENTITY_TAG =
      Pattern.compile("\\s*(W/)?\"([\\x21\\x23-\\x7e\\x80-\\xff]*)\"\\s*(,|$)");

  private final Surroundings surroundings;

  Changes(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  Controller controller() {
    return surroundings.controller();
  }

  /**
   * The document in force.
   *
   * @throws ApiException 503 before the first
   */
  DocumentFile current() {
    return controller().document().orElseThrow(Changes::starting);
  }

  static ApiException starting() {
    return ApiProblem.of(503, "starting", "no document is in force yet")
        .withHeader("Retry-After", "1")
        .exception();
  }

  /** How the group in force spells the address of its backend; as asked where it has none. */
  String backendAddress(String group, String asked) {
    DocumentFile document = current();
    boolean spelled =
        controller().status().groups().stream()
            .filter(one -> one.name().equals(group))
            .flatMap(one -> one.backends().stream())
            .anyMatch(backend -> backend.address().equals(asked));
    return spelled
        ? asked
        : tree(document)
            .backend(group, asked)
            .flatMap(found -> found.value("address"))
            .orElse(asked);
  }

  /** Has the edit made as the request's query and headers say. */
  Future<Reply> make(Call call, Edit edit) {
    call.allowQuery(DRY_RUN);
    return result(call, call.flag(DRY_RUN), edit).map(result -> reply(result));
  }

  /** As {@link #make}, of the document's tree; an edit that changes nothing keeps the text. */
  Future<Reply> edit(Call call, UnaryOperator<DocumentTree> change) {
    return make(call, edited(change));
  }

  static Edit edited(UnaryOperator<DocumentTree> change) {
    return current -> {
      DocumentTree before = tree(current);
      DocumentTree after = change.apply(before);
      return after.equals(before)
          ? current.bytes()
          : after.toYaml().getBytes(StandardCharsets.UTF_8);
    };
  }

  /** What became of it; conflicts are refused here. */
  Future<ChangeResult> result(Call call, boolean dryRun, Edit edit) {
    Optional<String> ifMatch = ifMatch(call.headers().getAll("If-Match"), current().sha256());
    return controller()
        .change(new ChangeRequest(call.source(), ifMatch, dryRun, edit))
        .map(
            result -> {
              if (result.outcome() == Outcome.CONFLICT) {
                throw conflict(result.sha256());
              }
              return result;
            });
  }

  private static ApiException conflict(String sha256) {
    return ApiProblem.of(
            412,
            "document-changed",
            "the document in force is another one than If-Match names: read it again")
        .withHeader("ETag", "\"" + sha256 + "\"")
        .exception();
  }

  /** The tag to be matched: the one in force where it is among several. */
  static Optional<String> ifMatch(List<String> headers, String current) {
    String header = String.join(",", headers).strip();
    // An empty one is no list: whoever lost the tag must not overwrite what came meanwhile.
    if (headers.isEmpty() || header.equals("*")) {
      return Optional.empty();
    }
    List<String> tags = new ArrayList<>();
    if (header.isEmpty()) {
      throw badIfMatch();
    }
    Matcher tag = ENTITY_TAG.matcher(header);
    int at = 0;
    while (at < header.length()) {
      if (!tag.region(at, header.length()).lookingAt()) {
        throw badIfMatch();
      }
      tags.add(tag.group(1) == null ? tag.group(2) : "weak");
      at = tag.end();
    }
    return Optional.of(tags.contains(current) ? current : tags.getFirst());
  }

  private static ApiException badIfMatch() {
    return ApiProblem.of(400, "bad-if-match", "If-Match is no list of entity tags: \"sha256\"")
        .exception();
  }

  /** The tree of a document that a reader has accepted before. */
  static DocumentTree tree(DocumentFile file) {
    try {
      return DocumentTree.parse(file.bytes(), file.name());
    } catch (UnreadableDocumentException e) {
      throw new IllegalStateException("in force and no document: " + e.getMessage(), e);
    }
  }

  /** 200 where it is, was, or would be done; 422 where its problems refused it. */
  static Reply reply(ChangeResult result) {
    String note =
        "outcome="
            + result.outcome().label()
            + result.revision().map(made -> " revision=" + made.number()).orElse("");
    if (result.outcome() == Outcome.REFUSED) {
      ApiProblem refused =
          ApiProblem.of(
              422,
              "document-refused",
              "nothing was changed: the document has problems"
                  + result
                      .revision()
                      .map(made -> "; tried as revision " + made.number())
                      .orElse(""));
      return refused.withProblems(result.problems()).reply().tagged(result.sha256()).noted(note);
    }
    return Reply.json(json(result)).tagged(result.sha256()).noted(note);
  }

  static JsonObject json(ChangeResult result) {
    JsonObject body = new JsonObject().put("outcome", result.outcome().label());
    result.revision().ifPresent(made -> body.put("revision", made.number()));
    body.put("sha256", result.sha256())
        .put("changes", new JsonArray(result.changes()))
        .put("problems", ApiProblem.json(result.problems()));
    result.unsaved().ifPresent(why -> body.put("unsaved", why));
    return body;
  }

  /**
   * The body as a tree, read by that reader.
   *
   * @throws ApiException 400 or 415
   */
  static DocumentTree body(Call call, BodyForm form) {
    Media media = call.content();
    if (media == Media.JSON) {
      JsonSyntax.check(call.body());
    }
    try {
      return form.parse(call.body(), "body");
    } catch (UnreadableDocumentException e) {
      throw ApiProblem.of(400, "bad-body", "the body cannot be read as " + media.type())
          .withProblems(e.problems())
          .exception();
    }
  }

  /** One of {@link DocumentTree}'s readers. */
  @FunctionalInterface
  interface BodyForm {
    DocumentTree parse(byte[] text, String name) throws UnreadableDocumentException;
  }

  /** What is there, or 404. */
  static <T> T found(Optional<T> part, String what) {
    return part.orElseThrow(() -> missing(what));
  }

  static ApiException missing(String what) {
    return ApiProblem.of(404, "no-such-part", "the document in force has no " + what).exception();
  }

  /** A part or list of the document in force as JSON text, tagged with the whole document. */
  Reply shown(Function<DocumentTree, String> part) {
    DocumentFile file = current();
    return Reply.text(Media.JSON, part.apply(tree(file))).tagged(file.sha256());
  }
}

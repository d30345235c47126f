package io.steelyard.admin;

import io.steelyard.config.DocumentTree;
import io.steelyard.config.DocumentTree.Kind;
import io.steelyard.control.DocumentFile;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Listeners, server groups and their backends, certificates, ip-groups: parts of the document. */
final class PartRoutes {

  private final Changes changes;

  PartRoutes(Changes changes) {
    this.changes = changes;
  }

  List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      String list = "/" + kind.key();
      String part = list + "/{name}";
      routes.add(Route.read("GET", list, Route.at(call -> list(call, kind))));
      routes.add(Route.read("GET", part, Route.at(call -> get(call, kind))));
      routes.add(Route.write("PUT", part, call -> put(call, kind)));
      routes.add(Route.write("DELETE", part, call -> delete(call, kind)));
    }
    String backends = "/server-groups/{group}/backends";
    String backend = backends + "/{address}";
    routes.add(Route.read("GET", backends, Route.at(this::listBackends)));
    routes.add(Route.read("GET", backend, Route.at(this::getBackend)));
    routes.add(Route.write("PUT", backend, this::putBackend));
    routes.add(Route.write("DELETE", backend, this::deleteBackend));
    return routes;
  }

  private Reply list(Call call, Kind kind) {
    call.allowQuery();
    call.accepted(Media.JSON);
    return changes.shown(tree -> array(tree.parts(kind)));
  }

  private static String array(List<DocumentTree> parts) {
    return parts.stream().map(DocumentTree::toJson).collect(Collectors.joining(",", "[", "]"));
  }

  private Reply get(Call call, Kind kind) {
    call.allowQuery();
    String name = call.name("name");
    DocumentFile file = changes.current();
    return shown(
        call,
        file,
        Changes.found(Changes.tree(file).part(kind, name), kind.key() + "[" + name + "]"));
  }

  private static Reply shown(Call call, DocumentFile file, DocumentTree part) {
    Media media = call.accepted(Media.JSON, Media.YAML);
    return Reply.text(media, media == Media.JSON ? part.toJson() : part.toYaml())
        .tagged(file.sha256())
        .withHeader("Vary", "Accept");
  }

  private Future<Reply> put(Call call, Kind kind) {
    String name = call.name("name");
    DocumentTree part =
        Changes.body(call, (text, file) -> DocumentTree.parsePart(kind, text, file));
    part.value("name")
        .filter(written -> !written.equals(name))
        .ifPresent(
            written -> {
              throw renamed("name", written, name);
            });
    return changes.edit(call, tree -> tree.with(kind, name, part));
  }

  /** Two names for one thing: which of them is meant cannot be told. */
  private static ApiException renamed(String key, String written, String addressed) {
    return ApiProblem.of(
            400,
            "other-name",
            key + ": " + written + " (expected: " + addressed + ", as in the path, or none)")
        .exception();
  }

  private Future<Reply> delete(Call call, Kind kind) {
    String name = call.name("name");
    return changes.edit(
        call,
        tree -> {
          Changes.found(tree.part(kind, name), kind.key() + "[" + name + "]");
          return tree.without(kind, name);
        });
  }

  private Reply listBackends(Call call) {
    call.allowQuery();
    call.accepted(Media.JSON);
    String group = call.name("group");
    return changes.shown(
        tree -> {
          requireGroup(tree, group);
          return array(tree.backends(group));
        });
  }

  private static void requireGroup(DocumentTree tree, String group) {
    Changes.found(tree.part(Kind.SERVER_GROUP, group), "server-groups[" + group + "]");
  }

  private Reply getBackend(Call call) {
    call.allowQuery();
    DocumentFile file = changes.current();
    return shown(call, file, backend(Changes.tree(file), call));
  }

  private static DocumentTree backend(DocumentTree tree, Call call) {
    String group = call.name("group");
    requireGroup(tree, group);
    String address = call.name("address");
    return Changes.found(
        tree.backend(group, address), "server-groups[" + group + "].backends[" + address + "]");
  }

  private Future<Reply> putBackend(Call call) {
    String group = call.name("group");
    String address = call.name("address");
    DocumentTree backend = Changes.body(call, DocumentTree::parseBackend);
    return changes.edit(
        call,
        tree -> {
          requireGroup(tree, group);
          DocumentTree edited = tree.withBackend(group, address, backend);
          // Whatever the spelling: the backend that was written is the one that was addressed.
          backend
              .value("address")
              .filter(written -> !written.equals(address))
              .filter(
                  written -> !edited.backend(group, address).equals(edited.backend(group, written)))
              .ifPresent(
                  written -> {
                    throw renamed("address", written, address);
                  });
          return edited;
        });
  }

  private Future<Reply> deleteBackend(Call call) {
    return changes.edit(
        call,
        tree -> {
          backend(tree, call);
          return tree.withoutBackend(call.name("group"), call.name("address"));
        });
  }
}

package io.steelyard.command;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What the API says of the process, for people. */
final class StatusText {

  private final JsonObject status;

  StatusText(JsonObject status) {
    this.status = status;
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(head());
    JsonObject revision = status.getJsonObject("revision");
    if (revision != null) {
      lines.add("revision " + revision(revision));
    }
    JsonObject reloads = status.getJsonObject("reloads", new JsonObject());
    if (!reloads.getBoolean("last-successful", true)) {
      lines.add("the last change was refused: `steelyard revisions` says why");
    }
    add(lines, listeners());
    add(lines, backends());
    add(lines, certificates());
    add(lines, failures());
    return lines;
  }

  private static void add(List<String> lines, TextTable table) {
    if (!table.isEmpty()) {
      lines.add("");
      lines.addAll(table.lines());
    }
  }

  private String head() {
    JsonObject readiness = status.getJsonObject("readiness", new JsonObject());
    String state =
        status.getBoolean("ready", false)
            ? "ready"
            : readiness.getBoolean("draining", false) ? "draining" : "not ready";
    return state + ", open flows: " + status.getInteger("open-flows", 0);
  }

  /** Number, outcome, time and source. */
  static String revision(JsonObject revision) {
    JsonObject source = revision.getJsonObject("source", new JsonObject());
    return TextTable.harmless(
        revision.getLong("revision", 0L)
            + " "
            + revision.getString("outcome", "")
            + " "
            + seconds(revision.getString("at", ""))
            + " by "
            + source.getString("kind", "")
            + " "
            + source.getString("who", ""));
  }

  /** Without the fraction. */
  static String seconds(String instant) {
    return instant.replaceFirst("\\.[0-9]+Z$", "Z");
  }

  private TextTable listeners() {
    TextTable table =
        new TextTable("LISTENER", "PROTOCOL", "ADDRESS", "PORT", "STATE", "FLOWS", "LEAVING");
    for (JsonObject listener : objects(status, "listeners")) {
      table.row(
          listener.getString("name", ""),
          listener.getString("protocol", ""),
          listener.getString("address", ""),
          text(listener, "port"),
          state(listener),
          text(listener, "open-flows"),
          text(listener, "leaving-flows"));
    }
    return table;
  }

  private static String state(JsonObject listener) {
    if (listener.getBoolean("accepting", false)) {
      return "accepting";
    }
    return listener.getBoolean("enabled", false) ? "closed" : "disabled";
  }

  private TextTable backends() {
    TextTable table =
        new TextTable(
            "GROUP", "BACKEND", "STATE", "WEIGHT", "CONNECTIONS", "SINCE", "REASON", "LAST TEN");
    for (JsonObject group : objects(status, "server-groups")) {
      for (JsonObject backend : objects(group, "backends")) {
        table.row(
            group.getString("name", ""),
            backend.getString("address", ""),
            backend.getString("state", ""),
            text(backend, "weight"),
            text(backend, "connections"),
            seconds(backend.getString("since", "")),
            backend.getString("text", ""),
            results(backend));
      }
    }
    return table;
  }

  /** The newest first: a plus is a good one. */
  private static String results(JsonObject backend) {
    StringBuilder marks = new StringBuilder();
    for (JsonObject result : objects(backend, "last-results")) {
      marks.append(result.getBoolean("success", false) ? '+' : '-');
    }
    return marks.toString();
  }

  private TextTable certificates() {
    TextTable table = new TextTable("CERTIFICATE", "KEY", "DAYS LEFT", "NOT AFTER");
    for (JsonObject certificate : objects(status, "certificates")) {
      table.row(
          certificate.getString("name", ""),
          certificate.getString("key-type", ""),
          text(certificate, "days-left"),
          certificate.getString("not-after", ""));
    }
    return table;
  }

  private TextTable failures() {
    TextTable table = new TextTable("NOT RENEWED", "NAME", "SINCE", "WHY");
    for (JsonObject failure : objects(status, "renewal-failures")) {
      table.row(
          failure.getString("kind", ""),
          failure.getString("name", ""),
          seconds(failure.getString("since", "")),
          failure.getString("text", ""));
    }
    return table;
  }

  private static String text(JsonObject object, String key) {
    return String.valueOf(object.getValue(key, ""));
  }

  static List<JsonObject> objects(JsonObject object, String key) {
    JsonArray list = object.getJsonArray(key, new JsonArray());
    return list.stream().filter(JsonObject.class::isInstance).map(JsonObject.class::cast).toList();
  }
}

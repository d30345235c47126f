package io.steelyard.control;

import io.steelyard.control.ChangePlan.BackendChange;
import io.steelyard.control.ChangePlan.Change;
import io.steelyard.control.ChangePlan.GroupChange;
import io.steelyard.control.ChangePlan.KeyChange;
import io.steelyard.control.ChangePlan.ListenerChange;
import io.steelyard.control.ChangePlan.ListenerKind;
import io.steelyard.control.ChangePlan.PartChange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A change plan for people and for JSON. */
final class ChangeText {

  /** Backends that get their own lines, of each group. */
  private static final int MAX_BACKENDS = 20;

  private static final String INDENT = "  ";

  private final List<String> lines = new ArrayList<>();

  private ChangeText() {}

  static List<String> lines(ChangePlan plan) {
    ChangeText text = new ChangeText();
    for (ListenerChange listener : plan.listeners()) {
      if (listener.kind() != ListenerKind.UNCHANGED) {
        text.line("listener " + listener.name(), listener.kind(), listener.openFlows());
        text.keys(listener.keys());
      }
    }
    plan.serverGroups().stream()
        .filter(group -> group.change() != Change.UNCHANGED)
        .forEach(text::group);
    plan.certificates().forEach(part -> text.part("certificate ", part));
    plan.ipGroups().forEach(part -> text.part("ip-group ", part));
    return List.copyOf(text.lines);
  }

  private void line(String what, Enum<?> change, String openFlows) {
    lines.add(what + " " + word(change) + ": " + openFlows);
  }

  private void keys(List<KeyChange> keys) {
    keys.forEach(key -> lines.add(INDENT + key.text()));
  }

  private void group(GroupChange group) {
    line("server-group " + group.name(), group.change(), group.openFlows());
    keys(group.keys());
    // Of a group that comes or goes as a whole, nobody asks for each.
    if (group.change() != Change.CHANGED) {
      lines.add(INDENT + count(group.backends().size()));
      return;
    }
    List<BackendChange> shown =
        group.backends().subList(0, Math.min(MAX_BACKENDS, group.backends().size()));
    for (BackendChange backend : shown) {
      lines.add(
          INDENT
              + "backend "
              + backend.address()
              + " "
              + word(backend.change())
              + ": "
              + backend.openFlows());
      backend.keys().forEach(key -> lines.add(INDENT + INDENT + key.text()));
    }
    int more = group.backends().size() - shown.size();
    if (more > 0) {
      lines.add(INDENT + "and " + count(more) + " more");
    }
  }

  private static String count(int backends) {
    return backends == 1 ? "1 backend" : backends + " backends";
  }

  private void part(String kind, PartChange part) {
    if (part.change() != Change.UNCHANGED) {
      line(kind + part.name(), part.change(), part.openFlows());
      keys(part.keys());
    }
  }

  static Map<String, Object> objects(ChangePlan plan) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("empty", plan.isEmpty());
    all.put(
        "listeners",
        plan.listeners().stream()
            .map(one -> part("name", one.name(), one.kind(), one.keys(), one.openFlows()))
            .toList());
    all.put("server-groups", plan.serverGroups().stream().map(ChangeText::objects).toList());
    all.put("certificates", changed(plan.certificates()));
    all.put("ip-groups", changed(plan.ipGroups()));
    return all;
  }

  /** There may be thousands, and of those that stay as they are there is nothing to say. */
  private static List<Map<String, Object>> changed(List<PartChange> parts) {
    return parts.stream()
        .filter(part -> part.change() != Change.UNCHANGED)
        .map(ChangeText::objects)
        .toList();
  }

  private static Map<String, Object> objects(PartChange part) {
    return part("name", part.name(), part.change(), part.keys(), part.openFlows());
  }

  private static Map<String, Object> objects(GroupChange group) {
    Map<String, Object> object =
        part("name", group.name(), group.change(), group.keys(), group.openFlows());
    object.put(
        "backends",
        group.backends().stream()
            .map(one -> part("address", one.address(), one.change(), one.keys(), one.openFlows()))
            .toList());
    return object;
  }

  private static Map<String, Object> part(
      String key, String name, Enum<?> change, List<KeyChange> keys, String openFlows) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put(key, name);
    object.put("change", word(change));
    object.put("open-flows", openFlows);
    object.put("keys", keys.stream().map(ChangeText::objects).toList());
    return object;
  }

  private static Map<String, Object> objects(KeyChange key) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("path", key.path());
    put(object, "from", key.from());
    put(object, "to", key.to());
    return object;
  }

  private static void put(Map<String, Object> object, String key, Optional<String> value) {
    value.ifPresent(present -> object.put(key, present));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

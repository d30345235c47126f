package io.steelyard.config;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/** The keywords of JSON Schema that our schema uses; any other is a failure, not ignored. */
final class SchemaCheck {

  private static final Set<String> NOTES =
      Set.of("$schema", "$defs", "$comment", "title", "description", "default");

  private final Map<?, ?> root;

  SchemaCheck(Map<?, ?> root) {
    this.root = root;
  }

  /** What a reference leads to. */
  Map<?, ?> resolved(Map<?, ?> schema) {
    if (!(schema.get("$ref") instanceof String reference)) {
      return schema;
    }
    String name = reference.substring("#/$defs/".length());
    return (Map<?, ?>) Objects.requireNonNull(((Map<?, ?>) root.get("$defs")).get(name));
  }

  /** What is wrong with the value, each with its path. */
  List<String> problems(Object value) {
    List<String> problems = new ArrayList<>();
    check(root, value, "$", problems);
    return problems;
  }

  private boolean fits(Object schema, Object value) {
    List<String> problems = new ArrayList<>();
    check((Map<?, ?>) schema, value, "", problems);
    return problems.isEmpty();
  }

  private void check(Map<?, ?> schema, Object value, String path, List<String> problems) {
    for (Map.Entry<?, ?> rule : schema.entrySet()) {
      String keyword = (String) rule.getKey();
      if (!NOTES.contains(keyword) && !holds(schema, keyword, rule.getValue(), value)) {
        problems.add(path + ": " + keyword + " " + rule.getValue() + ": " + value);
      }
    }
    if (value instanceof Map<?, ?> map && schema.get("properties") instanceof Map<?, ?> known) {
      map.forEach(
          (key, below) -> {
            if (known.get(key) instanceof Map<?, ?> rules) {
              check(rules, below, path + "." + key, problems);
            }
          });
    }
    if (value instanceof List<?> list && schema.get("items") instanceof Map<?, ?> rules) {
      for (int i = 0; i < list.size(); i++) {
        check(rules, list.get(i), path + "[" + i + "]", problems);
      }
    }
    if (schema.containsKey("$ref")) {
      check(resolved(schema), value, path, problems);
    }
  }

  private boolean holds(Map<?, ?> schema, String keyword, Object rule, Object value) {
    return switch (keyword) {
      case "properties", "items", "$ref" -> true; // walked by the caller
      case "type" ->
          (rule instanceof List<?> types ? types : List.of(rule))
              .stream().anyMatch(type -> is((String) type, value));
      case "enum" -> ((List<?>) rule).stream().anyMatch(word -> same(word, value));
      case "const" -> same(rule, value);
      case "anyOf" -> ((List<?>) rule).stream().anyMatch(one -> fits(one, value));
      case "oneOf" -> ((List<?>) rule).stream().filter(one -> fits(one, value)).count() == 1;
      case "required" -> !(value instanceof Map<?, ?> m) || m.keySet().containsAll((List<?>) rule);
      case "additionalProperties" -> !(value instanceof Map<?, ?> m) || rest(schema, rule, m);
      case "propertyNames" ->
          !(value instanceof Map<?, ?> m) || m.keySet().stream().allMatch(k -> fits(rule, k));
      case "maxProperties" -> !(value instanceof Map<?, ?> m) || m.size() <= (int) rule;
      case "minItems" -> !(value instanceof List<?> list) || list.size() >= (int) rule;
      case "maxItems" -> !(value instanceof List<?> list) || list.size() <= (int) rule;
      case "minLength" -> !(value instanceof String text) || text.length() >= (int) rule;
      case "maxLength" -> !(value instanceof String text) || text.length() <= (int) rule;
      case "pattern" ->
          !(value instanceof String text) || Pattern.compile((String) rule).matcher(text).find();
      case "minimum" -> !(value instanceof Number) || compare(value, rule) >= 0;
      case "maximum" -> !(value instanceof Number) || compare(value, rule) <= 0;
      default -> throw new AssertionError("keyword " + keyword);
    };
  }

  private boolean rest(Map<?, ?> schema, Object rule, Map<?, ?> value) {
    Set<?> known =
        schema.get("properties") instanceof Map<?, ?> properties ? properties.keySet() : Set.of();
    return value.entrySet().stream()
        .filter(entry -> !known.contains(entry.getKey()))
        .allMatch(entry -> rule instanceof Map<?, ?> && fits(rule, entry.getValue()));
  }

  private static boolean is(String type, Object value) {
    return switch (type) {
      case "object" -> value instanceof Map;
      case "array" -> value instanceof List;
      case "string" -> value instanceof String;
      case "boolean" -> value instanceof Boolean;
      case "integer" -> value instanceof Long || value instanceof Integer;
      case "number" -> value instanceof Number;
      default -> throw new AssertionError("type " + type);
    };
  }

  private static boolean same(Object rule, Object value) {
    return rule instanceof Number && value instanceof Number
        ? compare(rule, value) == 0
        : Objects.equals(rule, value);
  }

  private static int compare(Object one, Object other) {
    return new BigDecimal(one.toString()).compareTo(new BigDecimal(other.toString()));
  }
}

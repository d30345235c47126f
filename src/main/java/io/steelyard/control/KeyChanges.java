package io.steelyard.control;

import io.steelyard.config.ConfigKeys;
import io.steelyard.control.ChangePlan.KeyChange;
import io.steelyard.control.ChangePlan.Pair;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Which settings of one part differ. */
final class KeyChanges {

  /** Above it a list is told by what comes and goes. */
  private static final int LONG_LIST = 8;

  /** Of what comes and goes. */
  private static final int SHOWN = 4;

  private KeyChanges() {}

  /** The settings that differ; none where one of the two is missing. */
  static <T> List<KeyChange> between(Pair<T> pair, Function<T, Map<String, Object>> values) {
    // Records that are equal cost one comparison.
    if (pair.before().isEmpty()
        || pair.after().isEmpty()
        || pair.before().get().equals(pair.after().get())) {
      return List.of();
    }
    Map<String, Object> before = values.apply(pair.before().get());
    Map<String, Object> after = values.apply(pair.after().get());
    Set<String> keys = new LinkedHashSet<>(after.keySet());
    keys.addAll(before.keySet());
    List<KeyChange> changes = new ArrayList<>();
    for (String key : keys) {
      Object from = before.get(key);
      Object to = after.get(key);
      if (!Objects.equals(from, to)) {
        changes.add(new KeyChange(key, text(from, to, "goes"), text(to, from, "comes")));
      }
    }
    return changes;
  }

  private static Optional<String> text(
      @Nullable Object value, @Nullable Object other, String verb) {
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof List<?> list)
        || list.size() <= LONG_LIST && !(other instanceof List<?> o && o.size() > LONG_LIST)) {
      return Optional.of(ConfigKeys.text(value));
    }
    Set<Object> others = new HashSet<>(other instanceof List<?> o ? o : List.of());
    List<String> only =
        list.stream().filter(item -> !others.contains(item)).map(Object::toString).toList();
    String shown = String.join(", ", only.subList(0, Math.min(SHOWN, only.size())));
    String more = only.size() > SHOWN ? " and " + (only.size() - SHOWN) + " more" : "";
    return Optional.of(
        list.size()
            + (list.size() == 1 ? " entry" : " entries")
            + (only.isEmpty() ? "" : " (" + shown + more + " " + verb + ")"));
  }
}

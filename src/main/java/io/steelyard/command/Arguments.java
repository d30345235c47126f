package io.steelyard.command;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The arguments of one command, taken apart: {@code --name value}, {@code --name=value}, {@code
 * --flag}, and operands in their order.
 *
 * @param values of options, by name; of one given twice, the last
 * @param flags given
 * @param wrong what cannot be understood, for people; then the rest is incomplete
 */
record Arguments(
    Map<String, String> values, Set<String> flags, List<String> operands, Optional<String> wrong) {

  Arguments {
    values = Map.copyOf(values);
    flags = Set.copyOf(flags);
    operands = List.copyOf(operands);
  }

  /**
   * Takes them apart.
   *
   * @param valued options that need a value
   * @param known options that have none
   */
  static Arguments read(List<String> args, Set<String> valued, Set<String> known) {
    Map<String, String> values = new HashMap<>();
    Set<String> flags = new HashSet<>();
    List<String> operands = new ArrayList<>();
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      int equals = arg.indexOf('=');
      String name = arg.startsWith("--") && equals > 0 ? arg.substring(0, equals) : arg;
      if (!arg.startsWith("-") || arg.equals("-")) {
        operands.add(arg);
      } else if (valued.contains(name)) {
        boolean inline = equals > 0;
        if (!inline && i + 1 == args.size()) {
          return wrong(name + " needs a value");
        }
        values.put(name, inline ? arg.substring(equals + 1) : args.get(++i));
      } else if (known.contains(arg)) {
        flags.add(arg);
      } else {
        return wrong("no such option: " + arg);
      }
    }
    return new Arguments(values, flags, operands, Optional.empty());
  }

  private static Arguments wrong(String reason) {
    return new Arguments(Map.of(), Set.of(), List.of(), Optional.of(reason));
  }

  Optional<String> value(String option) {
    return Optional.ofNullable(values.get(option));
  }
}

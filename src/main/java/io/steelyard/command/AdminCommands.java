package io.steelyard.command;

import io.steelyard.command.AdminAddress.Unusable;
import io.steelyard.command.AdminConnection.Answer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The commands that ask a running process, through its admin API. */
final class AdminCommands {

  /** Their names on the command line. */
  static final Set<String> NAMES =
      Set.of("status", "reload", "drain", "backend", "revisions", "rollback");

  /** Options that all of them know. */
  static final Set<String> OPTIONS = Set.of("--url", "--token-file", "--ca");

  /** Has {@code explain} ask a running process. */
  static final String RUNNING = "--running";

  private static final List<String> CLIENT =
      List.of("--port", "--sni", "--alpn", "--source", "--address");

  private static final Set<String> STATES = Set.of("ready", "drain", "maintenance");
  private static final int MAX_WEIGHT = 256;

  private final Terminal terminal;

  AdminCommands(Terminal terminal) {
    this.terminal = terminal;
  }

  static CommandLine parse(String name, List<String> args) {
    Set<String> valued =
        switch (name) {
          case "status", "revisions" -> with(List.of("--format"));
          case "backend" -> with(List.of("--weight"));
          case "explain" -> with(CLIENT, List.of("--format"));
          default -> OPTIONS;
        };
    Arguments arguments = Arguments.read(args, valued, Set.of(RUNNING));
    Optional<String> wrong = arguments.wrong().or(() -> wrong(name, arguments));
    return wrong.isPresent()
        ? new CommandLine.Wrong(name + ": " + wrong.get())
        : new CommandLine.Admin(name, arguments);
  }

  @SafeVarargs
  private static Set<String> with(List<String>... more) {
    Set<String> all = new HashSet<>(OPTIONS);
    List.of(more).forEach(all::addAll);
    return Set.copyOf(all);
  }

  private static Optional<String> wrong(String name, Arguments arguments) {
    List<String> operands = arguments.operands();
    return switch (name) {
      case "backend" -> wrongBackend(arguments);
      case "rollback" ->
          operands.size() == 1 && operands.getFirst().matches("[0-9]{1,18}")
              ? Optional.empty()
              : Optional.of("which revision? `steelyard revisions` lists them");
      case "drain" -> tooMany(operands, 1);
      case "explain" ->
          arguments.value("--port").isEmpty()
              ? Optional.of("--port is needed")
              : tooMany(operands, 0).or(() -> wrongFormat(arguments));
      default -> tooMany(operands, 0).or(() -> wrongFormat(arguments));
    };
  }

  private static Optional<String> tooMany(List<String> operands, int expected) {
    return operands.size() <= expected
        ? Optional.empty()
        : Optional.of(
            "not expected: " + String.join(" ", operands.subList(expected, operands.size())));
  }

  private static Optional<String> wrongFormat(Arguments arguments) {
    String format = arguments.value("--format").orElse("text");
    return format.equals("json") || format.equals("text")
        ? Optional.empty()
        : Optional.of("--format is text or json, not " + format);
  }

  private static Optional<String> wrongBackend(Arguments arguments) {
    List<String> operands = arguments.operands();
    Optional<String> weight = arguments.value("--weight");
    if (operands.size() < 3 || operands.size() > 4 || !operands.getFirst().equals("set")) {
      return Optional.of("expected: set GROUP ADDRESS ready|drain|maintenance [--weight N]");
    }
    if (operands.size() == 3 && weight.isEmpty()) {
      return Optional.of("neither a state nor --weight");
    }
    if (operands.size() == 4 && !STATES.contains(operands.get(3))) {
      return Optional.of("the state is ready, drain or maintenance, not " + operands.get(3));
    }
    return weight
        .filter(text -> !text.matches("[0-9]{1,3}") || Integer.parseInt(text) > MAX_WEIGHT)
        .map(text -> "--weight is 0.." + MAX_WEIGHT + ", not " + text);
  }

  /** Asks, tells the answer, and returns the {@link ExitCode}. */
  int run(CommandLine.Admin command) {
    Arguments arguments = command.arguments();
    try {
      AdminConnection api = new AdminConnection(AdminAddress.of(arguments, System::getenv));
      Answer answer = ask(api, command);
      if (!answer.isDone()) {
        return refused(answer);
      }
      tell(command, answer);
      return ExitCode.OK;
    } catch (Unusable e) {
      terminal.err().println("steelyard: " + e.getMessage());
      return ExitCode.USAGE;
    } catch (IOException e) {
      terminal.err().println("steelyard: the admin API cannot be reached: " + e.getMessage());
      return ExitCode.UNREADABLE;
    } catch (DecodeException e) {
      terminal.err().println("steelyard: what answers there is no admin API of Steelyard");
      return ExitCode.UNREADABLE;
    }
  }

  private static Answer ask(AdminConnection api, CommandLine.Admin command)
      throws IOException, Unusable {
    List<String> operands = command.arguments().operands();
    return switch (command.name()) {
      case "status" -> api.get("/status");
      case "revisions" -> api.get("/revisions");
      case "explain" -> api.get("/explain?" + query(command.arguments()));
      case "reload" -> api.post("/reload");
      case "rollback" -> api.post("/revisions/" + operands.getFirst() + "/rollback");
      case "drain" ->
          api.post(
              operands.isEmpty()
                  ? "/drain"
                  : "/listeners/" + encoded(operands.getFirst()) + "/drain");
      case "backend" ->
          api.put(
              "/server-groups/"
                  + encoded(operands.get(1))
                  + "/backends/"
                  + encoded(operands.get(2))
                  + "/state",
              intent(command.arguments()));
      default -> throw new IllegalStateException("no request for " + command.name());
    };
  }

  private static String intent(Arguments arguments) {
    JsonObject body = new JsonObject();
    if (arguments.operands().size() == 4) {
      body.put("state", arguments.operands().get(3));
    }
    arguments.value("--weight").ifPresent(weight -> body.put("weight", Integer.parseInt(weight)));
    return body.encode();
  }

  private static String query(Arguments arguments) {
    List<String> parameters = new ArrayList<>();
    for (String option : CLIENT) {
      arguments
          .value(option)
          .ifPresent(value -> parameters.add(option.substring(2) + "=" + encoded(value)));
    }
    return String.join("&", parameters);
  }

  /** As one segment of a path. */
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private void tell(CommandLine.Admin command, Answer answer) {
    List<String> operands = command.arguments().operands();
    if (command.arguments().value("--format").filter("json"::equals).isPresent()) {
      terminal.out().println(answer.body());
      return;
    }
    switch (command.name()) {
      case "status" ->
          new StatusText(new JsonObject(answer.body())).lines().forEach(terminal.out()::println);
      case "revisions" -> revisions(new JsonArray(answer.body()));
      case "explain" -> explanation(new JsonObject(answer.body()));
      case "reload", "rollback" -> change(new JsonObject(answer.body()));
      case "drain" ->
          terminal
              .out()
              .println(
                  operands.isEmpty()
                      ? "the process drains"
                      : "listener " + operands.getFirst() + " is out of service, its flows drain");
      default ->
          terminal
              .out()
              .println("backend " + operands.get(2) + " of " + operands.get(1) + " is set");
    }
  }

  private void revisions(JsonArray list) {
    for (Object item : list) {
      if (item instanceof JsonObject revision) {
        terminal.out().println(StatusText.revision(revision));
        details(revision).forEach(line -> terminal.out().println("  " + line));
      }
    }
  }

  private void explanation(JsonObject explained) {
    for (JsonObject step : StatusText.objects(explained, "steps")) {
      terminal
          .out()
          .println(
              TextTable.harmless(
                  step.getString("step", "")
                      + ": "
                      + step.getString("decision", "")
                      + " ("
                      + step.getString("why", "")
                      + ")"));
    }
    terminal.out().println(TextTable.harmless(explained.getString("outcome", "")));
  }

  private void change(JsonObject result) {
    String outcome = result.getString("outcome", "");
    String revision =
        result.containsKey("revision") ? ": revision " + result.getValue("revision") : "";
    terminal.out().println(TextTable.harmless(outcome + revision));
    details(result).forEach(terminal.out()::println);
    if (result.containsKey("unsaved")) {
      terminal
          .out()
          .println(
              TextTable.harmless(
                  "not saved, lives until the next reload: " + result.getString("unsaved")));
    }
  }

  private static List<String> details(JsonObject of) {
    List<String> lines = new ArrayList<>();
    of.getJsonArray("changes", new JsonArray())
        .forEach(line -> lines.add(TextTable.harmless(String.valueOf(line))));
    StatusText.objects(of, "problems").forEach(problem -> lines.add(problem(problem)));
    return lines;
  }

  /** As {@code validate} prints it. */
  private static String problem(JsonObject problem) {
    int line = problem.getInteger("line", 0);
    return TextTable.harmless(
        problem.getString("file", "")
            + (line > 0 ? ":" + line + ":" + problem.getInteger("column", 0) : "")
            + ": "
            + (problem.getString("severity", "").equals("warning") ? "warning: " : "")
            + problem.getString("path", "")
            + ": "
            + problem.getString("found", "")
            + " (expected: "
            + problem.getString("expected", "")
            + ")");
  }

  private int refused(Answer answer) {
    JsonObject problem = new JsonObject(answer.body());
    terminal
        .err()
        .println(
            "steelyard: "
                + TextTable.harmless(problem.getString("detail", "status " + answer.status())));
    details(problem).forEach(terminal.err()::println);
    boolean stranger = answer.status() == 401 || answer.status() == 403 || answer.status() == 429;
    return stranger ? ExitCode.NOT_PERMITTED : ExitCode.PROBLEM;
  }
}

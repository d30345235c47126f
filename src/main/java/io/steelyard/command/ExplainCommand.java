package io.steelyard.command;

import io.steelyard.backend.ServerGroup;
import io.steelyard.config.Cidr;
import io.steelyard.config.ConfigReader;
import io.steelyard.config.PlainObjects;
import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import io.steelyard.control.DocumentFile;
import io.steelyard.control.ExplainRequest;
import io.steelyard.control.Explanation;
import io.steelyard.control.LoadedDocument;
import io.steelyard.telemetry.JsonText;
import io.steelyard.tls.TlsEngine;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Explains the way of one client through a document, as if every backend were yet starting. */
final class ExplainCommand {

  private static final int MAX_PORT = 65_535;
  private static final Set<String> OPTIONS =
      Set.of("--config", "--format", "--sni", "--port", "--alpn", "--source", "--address");

  private final Terminal terminal;

  ExplainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  static CommandLine parse(List<String> args) {
    Arguments arguments = Arguments.read(args, OPTIONS, Set.of());
    Optional<String> wrong = arguments.wrong().or(() -> wrong(arguments));
    if (wrong.isPresent()) {
      return new CommandLine.Wrong("explain: " + wrong.get());
    }
    return new CommandLine.Explain(
        arguments.value("--config").flatMap(CommandLine::path),
        new ExplainRequest(
            arguments.value("--sni"),
            port(arguments).orElseThrow(),
            arguments
                .value("--alpn")
                .map(list -> Arrays.stream(list.split(",")).map(String::strip).toList())
                .orElseGet(List::of),
            arguments.value("--source").flatMap(ExplainCommand::address),
            arguments.value("--address").flatMap(ExplainCommand::address)),
        arguments.value("--format").filter("json"::equals).isPresent());
  }

  private static Optional<String> wrong(Arguments arguments) {
    if (!arguments.operands().isEmpty()) {
      return Optional.of("not expected: " + String.join(" ", arguments.operands()));
    }
    if (port(arguments).isEmpty()) {
      return Optional.of("--port is a number of 1.." + MAX_PORT);
    }
    for (String option : List.of("--source", "--address")) {
      if (arguments.value(option).filter(text -> address(text).isEmpty()).isPresent()) {
        return Optional.of(option + " is an IP address, not " + arguments.value(option).get());
      }
    }
    String format = arguments.value("--format").orElse("text");
    return format.equals("json") || format.equals("text")
        ? Optional.empty()
        : Optional.of("--format is text or json, not " + format);
  }

  private static Optional<Integer> port(Arguments arguments) {
    return arguments
        .value("--port")
        .filter(text -> text.matches("[0-9]{1,5}"))
        .map(Integer::valueOf)
        .filter(port -> port >= 1 && port <= MAX_PORT);
  }

  private static Optional<InetAddress> address(String text) {
    return text.indexOf('/') >= 0 ? Optional.empty() : Cidr.parse(text).map(Cidr::address);
  }

  int run(CommandLine.Explain command) {
    Optional<TlsEngine> engine = EngineSetting.inUse(terminal);
    if (engine.isEmpty()) {
      return ExitCode.PROBLEM;
    }
    Optional<Path> file = command.config().or(UsualDocument::named);
    if (file.isEmpty()) {
      terminal.err().println("steelyard: " + UsualDocument.missing());
      return ExitCode.UNREADABLE;
    }
    ConfigReader.Reading reading;
    try {
      reading = DocumentFile.read(file.get()).parse();
    } catch (DocumentFile.Unreadable e) {
      terminal.err().println("steelyard: " + e.reason());
      return ExitCode.UNREADABLE;
    }
    Optional<LoadedDocument> loaded =
        reading
            .document()
            .flatMap(
                document ->
                    LoadedDocument.load(
                        document, engine.get(), Optional.empty(), reading.problems()));
    if (loaded.isEmpty()) {
      refuse(command, reading.problems());
      return ExitCode.PROBLEM;
    }
    try {
      tell(command, loaded.get());
      return ExitCode.OK;
    } finally {
      loaded.get().release();
    }
  }

  private void tell(CommandLine.Explain command, LoadedDocument loaded) {
    Map<String, ServerGroup> groups =
        loaded.document().serverGroups().stream()
            .map(ServerGroup::new)
            .collect(Collectors.toMap(group -> group.config().name(), Function.identity()));
    Explanation explanation = Explanation.of(loaded, groups::get, command.request());
    if (command.json()) {
      terminal.out().println(PlainObjects.json(explanation.objects()));
    } else {
      explanation.lines().forEach(terminal.out()::println);
    }
  }

  private void refuse(CommandLine.Explain command, Problems problems) {
    List<Problem> errors =
        problems.all().stream()
            .filter(problem -> problem.severity() == Problem.Severity.ERROR)
            .toList();
    if (command.json()) {
      StringBuilder text = new StringBuilder();
      new JsonText(text).putRaw("problems", ProblemText.json(errors)).end();
      terminal.out().println(text);
      return;
    }
    errors.forEach(problem -> terminal.err().println(problem.text()));
  }
}

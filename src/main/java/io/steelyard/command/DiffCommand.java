package io.steelyard.command;

import io.steelyard.config.BalancerDocument;
import io.steelyard.config.ConfigReader;
import io.steelyard.config.PlainObjects;
import io.steelyard.config.Problem;
import io.steelyard.control.ChangePlan;
import io.steelyard.control.DocumentFile;
import io.steelyard.telemetry.JsonText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Tells what a change from one document to another would do. Reads the two documents and none of
 * the files that they name, and speaks to no process.
 */
final class DiffCommand {

  private static final String FORMAT = "--format";
  private static final String EXIT_CODE = "--exit-code";

  private final Terminal terminal;

  DiffCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  static CommandLine parse(List<String> args) {
    Arguments arguments = Arguments.read(args, Set.of(FORMAT), Set.of(EXIT_CODE));
    if (arguments.wrong().isPresent()) {
      return new CommandLine.Wrong("diff: " + arguments.wrong().get());
    }
    String format = arguments.value(FORMAT).orElse("text");
    if (!format.equals("json") && !format.equals("text")) {
      return new CommandLine.Wrong("diff: --format is text or json, not " + format);
    }
    List<Path> files =
        arguments.operands().stream().flatMap(text -> CommandLine.path(text).stream()).toList();
    if (arguments.operands().size() != 2 || files.size() != 2) {
      return new CommandLine.Wrong("diff: which two files?");
    }
    return new CommandLine.Diff(
        files.getFirst(),
        files.getLast(),
        format.equals("json"),
        arguments.flags().contains(EXIT_CODE));
  }

  int run(CommandLine.Diff command) {
    List<Problem> problems = new ArrayList<>();
    Optional<BalancerDocument> old;
    Optional<BalancerDocument> next;
    try {
      old = document(command.old(), problems);
      next = document(command.next(), problems);
    } catch (DocumentFile.Unreadable e) {
      terminal.err().println("steelyard: " + e.reason());
      return ExitCode.UNREADABLE;
    }
    if (old.isEmpty() || next.isEmpty()) {
      refuse(command, problems);
      return ExitCode.PROBLEM;
    }
    ChangePlan plan = ChangePlan.between(old, next.get());
    if (command.json()) {
      terminal.out().println(PlainObjects.json(plan.objects()));
    } else if (plan.isEmpty()) {
      terminal.out().println("nothing changes");
    } else {
      plan.lines().forEach(terminal.out()::println);
    }
    return command.telling() && !plan.isEmpty() ? ExitCode.DIFFERENT : ExitCode.OK;
  }

  /** Warnings are for {@code validate}: only what keeps from comparing is told. */
  private static Optional<BalancerDocument> document(Path file, List<Problem> problems)
      throws DocumentFile.Unreadable {
    ConfigReader.Reading reading = DocumentFile.read(file).parse();
    reading.problems().all().stream()
        .filter(problem -> problem.severity() == Problem.Severity.ERROR)
        .forEach(problems::add);
    return reading.document();
  }

  private void refuse(CommandLine.Diff command, List<Problem> problems) {
    if (command.json()) {
      StringBuilder text = new StringBuilder();
      new JsonText(text).putRaw("problems", ProblemText.json(problems)).end();
      terminal.out().println(text);
      return;
    }
    problems.forEach(problem -> terminal.err().println(problem.text()));
  }
}

package io.steelyard.command;

import io.steelyard.config.ConfigReader;
import io.steelyard.config.Problem.Severity;
import io.steelyard.config.Problems;
import io.steelyard.control.DocumentFile;
import io.steelyard.control.LoadedDocument;
import io.steelyard.telemetry.JsonText;
import io.steelyard.tls.TlsEngine;
import java.nio.file.Path;
import java.util.Optional;

/** Checks a document as a start would, files and security policies included, and binds nothing. */
final class ValidateCommand {

  private final Terminal terminal;

  ValidateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  int run(CommandLine.Validate command) {
    Optional<TlsEngine> engine = EngineSetting.inUse(terminal);
    if (engine.isEmpty()) {
      return ExitCode.PROBLEM;
    }
    DocumentFile file;
    try {
      file = DocumentFile.read(command.file());
    } catch (DocumentFile.Unreadable e) {
      unreadable(command, e.reason());
      return ExitCode.UNREADABLE;
    }
    ConfigReader.Reading reading = file.parse();
    reading
        .document()
        .flatMap(
            document ->
                LoadedDocument.load(document, engine.get(), Optional.empty(), reading.problems()))
        .ifPresent(LoadedDocument::release);
    Problems problems = reading.problems();
    if (command.json()) {
      terminal.out().println(json(command.file(), problems));
    } else {
      text(command.file(), problems);
    }
    return problems.hasErrors() ? ExitCode.PROBLEM : ExitCode.OK;
  }

  private void unreadable(CommandLine.Validate command, String reason) {
    terminal.err().println("steelyard: " + reason);
    if (command.json()) {
      StringBuilder text = new StringBuilder();
      new JsonText(text)
          .put("file", command.file().toString())
          .put("valid", false)
          .put("unreadable", reason)
          .end();
      terminal.out().println(text);
    }
  }

  private void text(Path file, Problems problems) {
    problems.all().forEach(problem -> terminal.out().println(problem.text()));
    long errors = count(problems, Severity.ERROR);
    long warnings = count(problems, Severity.WARNING);
    terminal
        .out()
        .println(
            file
                + ": "
                + (errors == 0 ? "valid" : counted(errors, "problem"))
                + (warnings == 0 ? "" : ", " + counted(warnings, "warning")));
  }

  private static long count(Problems problems, Severity severity) {
    return problems.all().stream().filter(problem -> problem.severity() == severity).count();
  }

  private static String counted(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  private static String json(Path file, Problems problems) {
    StringBuilder text = new StringBuilder();
    new JsonText(text)
        .put("file", file.toString())
        .put("valid", !problems.hasErrors())
        .putRaw("problems", ProblemText.json(problems.all()))
        .end();
    return text.toString();
  }
}

package io.steelyard.command;

import io.steelyard.admin.Role;
import io.steelyard.control.ExplainRequest;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What was asked for on the command line. */
public sealed interface CommandLine {

  String TAKEOVER = "--takeover";

  String USAGE =
      """
      usage: steelyard [COMMAND]

        run [--config FILE] [--takeover]
                               serve (the default command); with --takeover beside the process
                               of this user that holds the ports, until that one is ended
        demo                   serve with no configuration: a throw-away certificate, two small
                               backends, a listener on 8443 (STEELYARD_DEMO_PORT changes it)
        validate FILE [--format text|json]
                               check a document and the files it names; exit 0 valid, 1 not,
                               2 unreadable
        diff OLD NEW [--format text|json] [--exit-code]
                               what changes from one document to the other, and what becomes of
                               open flows; exit 0, with --exit-code 3 where they differ; 1 one has
                               a problem, 2 unreadable
        explain --port PORT [--sni NAME] [--alpn A,B] [--source IP] [--address IP]
                [--config FILE] [--format text|json]
                               which listener, certificate, policy, route, group and backend such a
                               client gets, and why
        policies [NAME]        the TLS security policies and what they mean with this engine
        token NAME [--role viewer|operator]
                               make a token for the admin API, and the line of the tokens file
        version                version, runtime, TLS engine, transport
        help                   this

      of a running process, through its admin API:
        status [--format text|json]
                               listeners, backends and why they are as they are, certificates
        reload                 read the document's file again, now
        drain [LISTENER]       end the process as SIGTERM does, or take a listener out of service
        backend set GROUP ADDRESS [ready|drain|maintenance] [--weight N]
                               what a backend is given, until the document changes it
        revisions [--format text|json]
                               the documents that were tried, and what became of them
        rollback REVISION      put that one into force again
        explain --running ...  as above, as the process would now
      all with [--url URL] [--token-file FILE] [--ca FILE]; exit 0 done, 1 refused, 2 not reached,
      77 not permitted. STEELYARD_ADMIN_URL, STEELYARD_TOKEN or STEELYARD_TOKEN_FILE and
      STEELYARD_ADMIN_CA say the same for all.

      FILE is a balancer document. Without --config or STEELYARD_CONFIG it is steelyard.yaml in the
      working directory, else /etc/steelyard/steelyard.yaml.
      """;

  /**
   * Serve.
   *
   * @param takeover as the process setting of that name
   */
  record Run(Optional<Path> config, boolean takeover) implements CommandLine {
    Run(Optional<Path> config) {
      this(config, false);
    }
  }

  record Demo() implements CommandLine {}

  record Validate(Path file, boolean json) implements CommandLine {}

  /** {@code telling}: whether the exit code tells that they differ. */
  record Diff(Path old, Path next, boolean json, boolean telling) implements CommandLine {}

  record Explain(Optional<Path> config, ExplainRequest request, boolean json)
      implements CommandLine {}

  record Policies(Optional<String> name) implements CommandLine {}

  record Version() implements CommandLine {}

  record Help() implements CommandLine {}

  /** A question to, or a wish of, a running process. */
  record Admin(String name, Arguments arguments) implements CommandLine {}

  record Token(String name, Role role) implements CommandLine {}

  /** Not understood; the reason is for people. */
  record Wrong(String reason) implements CommandLine {}

  /** Understands the arguments; never throws. */
  static CommandLine parse(String... args) {
    if (args.length == 0 || args[0].startsWith("--config") || args[0].equals(TAKEOVER)) {
      return run(List.of(args));
    }
    List<String> rest = List.of(args).subList(1, args.length);
    return switch (args[0]) {
      case "run" -> run(rest);
      case "demo" -> rest.isEmpty() ? new Demo() : unexpected("demo", rest);
      case "validate" -> validate(rest);
      case "diff" -> DiffCommand.parse(rest);
      case "explain" ->
          rest.contains(AdminCommands.RUNNING)
              ? AdminCommands.parse(args[0], rest)
              : ExplainCommand.parse(rest);
      case "policies" ->
          rest.size() <= 1
              ? new Policies(rest.stream().findFirst())
              : unexpected("policies", rest.subList(1, rest.size()));
      case "version", "--version" -> rest.isEmpty() ? new Version() : unexpected("version", rest);
      case "help", "--help", "-h" -> new Help();
      case "token" -> TokenCommand.parse(rest);
      default ->
          AdminCommands.NAMES.contains(args[0])
              ? AdminCommands.parse(args[0], rest)
              : new Wrong("no such command: " + args[0]);
    };
  }

  private static CommandLine run(List<String> args) {
    boolean takeover = args.contains(TAKEOVER);
    Options options =
        Options.read(args.stream().filter(arg -> !arg.equals(TAKEOVER)).toList(), "--config");
    if (options.wrong().isPresent()) {
      return new Wrong("run: " + options.wrong().get());
    }
    if (!options.operands().isEmpty()) {
      return unexpected("run", options.operands());
    }
    if (options.value().isEmpty()) {
      return new Run(Optional.empty(), takeover);
    }
    Optional<Path> file = path(options.value().get());
    return file.isPresent()
        ? new Run(file, takeover)
        : new Wrong("run: not a file name: " + options.value().get());
  }

  private static CommandLine validate(List<String> args) {
    Options options = Options.read(args, "--format");
    if (options.wrong().isPresent()) {
      return new Wrong("validate: " + options.wrong().get());
    }
    String format = options.value().orElse("text");
    if (!format.equals("json") && !format.equals("text")) {
      return new Wrong("validate: --format is text or json, not " + format);
    }
    if (options.operands().isEmpty()) {
      return new Wrong("validate: which file?");
    }
    if (options.operands().size() > 1) {
      return unexpected("validate", options.operands().subList(1, options.operands().size()));
    }
    return path(options.operands().getFirst())
        .<CommandLine>map(file -> new Validate(file, format.equals("json")))
        .orElseGet(() -> new Wrong("validate: not a file name: " + options.operands().getFirst()));
  }

  static Optional<Path> path(String text) {
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
    } catch (InvalidPathException notAPath) {
      return Optional.empty();
    }
  }

  private static CommandLine unexpected(String command, List<String> args) {
    return new Wrong(command + ": not expected: " + String.join(" ", args));
  }

  /** Arguments of a command that knows one option with a value. */
  record Options(Optional<String> value, List<String> operands, Optional<String> wrong) {

    static Options read(List<String> args, String option) {
      Optional<String> value = Optional.empty();
      List<String> operands = new ArrayList<>();
      for (int i = 0; i < args.size(); i++) {
        String arg = args.get(i);
        if (arg.startsWith(option + "=")) {
          value = Optional.of(arg.substring(option.length() + 1));
        } else if (arg.equals(option)) {
          if (++i == args.size()) {
            return new Options(value, operands, Optional.of(option + " needs a value"));
          }
          value = Optional.of(args.get(i));
        } else if (arg.startsWith("-")) {
          return new Options(value, operands, Optional.of("no such option: " + arg));
        } else {
          operands.add(arg);
        }
      }
      return new Options(value, List.copyOf(operands), Optional.empty());
    }
  }
}

package io.steelyard.command;

/** Finds whoever answers a command. */
public final class Commands {

  private Commands() {}

  /** Answers a command that does not serve, and returns the {@link ExitCode}. */
  public static int answer(CommandLine command, Terminal terminal) {
    return switch (command) {
      case CommandLine.Validate validate -> new ValidateCommand(terminal).run(validate);
      case CommandLine.Diff diff -> new DiffCommand(terminal).run(diff);
      case CommandLine.Explain explain -> new ExplainCommand(terminal).run(explain);
      case CommandLine.Admin admin -> new AdminCommands(terminal).run(admin);
      case CommandLine.Token token -> new TokenCommand(terminal).run(token);
      case CommandLine.Policies policies -> new PoliciesCommand(terminal).run(policies);
      case CommandLine.Version version -> new VersionCommand(terminal).run();
      case CommandLine.Help help -> {
        terminal.out().print(CommandLine.USAGE);
        yield ExitCode.OK;
      }
      case CommandLine.Wrong wrong -> {
        terminal.err().println("steelyard: " + wrong.reason());
        terminal.err().print(CommandLine.USAGE);
        yield ExitCode.USAGE;
      }
      case CommandLine.Run run -> throw new IllegalStateException("serves: " + run);
      case CommandLine.Demo demo -> throw new IllegalStateException("serves: " + demo);
    };
  }
}

package io.steelyard.command;

import io.steelyard.admin.AccessToken;
import io.steelyard.admin.Role;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes a token: shown once, kept nowhere. */
final class TokenCommand {

  private final Terminal terminal;

  TokenCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  static CommandLine parse(List<String> args) {
    Arguments arguments = Arguments.read(args, Set.of("--role"), Set.of());
    if (arguments.wrong().isPresent()) {
      return new CommandLine.Wrong("token: " + arguments.wrong().get());
    }
    Optional<Role> role = Role.named(arguments.value("--role").orElse(Role.VIEWER.label()));
    if (role.isEmpty()) {
      return new CommandLine.Wrong("token: --role is viewer or operator");
    }
    if (arguments.operands().size() != 1 || !AccessToken.isName(arguments.operands().getFirst())) {
      return new CommandLine.Wrong("token: one name of letters, digits and . _ @ -");
    }
    return new CommandLine.Token(arguments.operands().getFirst(), role.get());
  }

  /** The token on standard output alone, so that it can go straight into a file. */
  int run(CommandLine.Token command) {
    String token = AccessToken.make();
    terminal.out().println(token);
    terminal
        .err()
        .println("The token above is shown once. Append this line to steelyard.admin.tokens-file:");
    terminal.err().println(AccessToken.line(token, command.name(), command.role()));
    return ExitCode.OK;
  }
}

package io.steelyard.command;

import io.steelyard.tls.SecurityPolicies;
import io.steelyard.tls.SecurityPolicy;
import io.steelyard.tls.SecurityPolicy.Effective;
import io.steelyard.tls.TlsEngine;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Shows the security policies as the engine in use really negotiates them. */
final class PoliciesCommand {

  private final Terminal terminal;

  PoliciesCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  int run(CommandLine.Policies command) {
    Optional<TlsEngine> engine = EngineSetting.inUse(terminal);
    if (engine.isEmpty()) {
      return ExitCode.PROBLEM;
    }
    List<SecurityPolicy> shown = new ArrayList<>();
    for (String name : command.name().map(List::of).orElseGet(SecurityPolicies::names)) {
      Optional<SecurityPolicy> policy = SecurityPolicies.named(name);
      if (policy.isEmpty()) {
        terminal.err().println("steelyard: policies: no such policy: " + name);
        terminal.err().println("known: " + String.join(", ", SecurityPolicies.names()));
        return ExitCode.USAGE;
      }
      shown.add(policy.get());
    }
    terminal.out().println("engine: " + engine.get().description());
    shown.forEach(policy -> show(policy.effective(engine.get())));
    return ExitCode.OK;
  }

  private void show(Effective effective) {
    PrintStream out = terminal.out();
    out.println();
    out.println(effective.policy().name() + " (" + effective.policy().origin() + ")");
    effective.versions().forEach(served -> row(served.version(), served.suites()));
    row("groups", effective.groups());
    if (!effective.missingVersions().isEmpty()) {
      row("missing versions", effective.missingVersions());
    }
    if (!effective.missingSuites().isEmpty()) {
      row("missing suites", effective.missingSuites());
    }
    if (!effective.missingGroups().isEmpty()) {
      row("missing groups", effective.missingGroups());
    }
  }

  private void row(String head, List<String> names) {
    terminal.out().println("  " + head + ": " + String.join(" ", names));
  }
}

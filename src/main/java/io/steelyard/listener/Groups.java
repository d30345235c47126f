package io.steelyard.listener;

import io.steelyard.backend.ServerGroup;
import io.steelyard.relay.GroupRuntime;
import io.steelyard.tls.Shared;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The server groups of one revision, each with what it takes to connect. Immutable; any thread. */
public final class Groups implements Function<String, GroupRuntime> {

  private final Map<String, GroupRuntime> runtimes = new LinkedHashMap<>();

  /**
   * These groups.
   *
   * @param runtimes in the document's order; theirs to release from now on
   */
  public Groups(Collection<GroupRuntime> runtimes) {
    runtimes.forEach(runtime -> this.runtimes.put(runtime.config().name(), runtime));
  }

  /** All groups, in the document's order. */
  public List<ServerGroup> all() {
    return runtimes.values().stream().map(GroupRuntime::group).toList();
  }

  /** The runtime of that group, if there is one. */
  public Optional<GroupRuntime> find(String name) {
    return Optional.ofNullable(runtimes.get(name));
  }

  /**
   * The runtime of that group.
   *
   * @throws IllegalStateException where there is none: the document's rules refuse dangling names
   */
  @Override
  public GroupRuntime apply(String name) {
    GroupRuntime runtime = runtimes.get(name);
    if (runtime == null) {
      throw new IllegalStateException("no server group " + name);
    }
    return runtime;
  }

  /** Gives the runtimes back; those that listeners still use stay until these are done. */
  public void release() {
    runtimes.values().forEach(Shared::release);
  }
}

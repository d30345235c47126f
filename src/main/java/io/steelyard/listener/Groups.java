package io.steelyard.listener;

import io.steelyard.backend.ServerGroup;
import io.steelyard.relay.GroupRuntime;
import io.steelyard.tls.BackendTls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
   * Runtimes of their own clients.
   *
   * @param tls by group; closed with the runtimes
   */
  public Groups(Vertx vertx, Collection<ServerGroup> groups, Map<String, BackendTls> tls) {
    for (ServerGroup group : groups) {
      String name = group.config().name();
      runtimes.put(name, new GroupRuntime(vertx, group, Optional.ofNullable(tls.get(name))));
    }
  }

  /** All groups, in the document's order. */
  public List<ServerGroup> all() {
    return runtimes.values().stream().map(GroupRuntime::group).toList();
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

  /** Closes every connection that is still open, and the TLS contexts. */
  public Future<Void> close() {
    return Future.join(runtimes.values().stream().map(GroupRuntime::close).toList()).mapEmpty();
  }
}

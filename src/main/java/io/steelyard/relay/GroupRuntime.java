package io.steelyard.relay;

import io.steelyard.backend.Backend;
import io.steelyard.backend.Lease;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.tls.BackendTls;
import io.steelyard.tls.Shared;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A server group with what it takes to connect to its backends, as one revision has it. The group
 * that chooses is the living one: a flow that dials under the settings of an earlier revision gets
 * the backends of now, and connects to them as the revision says that has them. Any thread.
 */
public final class GroupRuntime extends Shared {

  private final ServerGroup group;
  private final ServerGroupConfig config;
  private final Optional<BackendTls> tls;
  private final Clients clients;
  private final NetClient client;

  /** Of the revision in force; shared by all runtimes of the group. */
  private final AtomicReference<GroupRuntime> latest;

  /** Filled as backends come: the group may take some in after this was made. */
  private final Map<Backend, SocketAddress> addresses = new ConcurrentHashMap<>();

  /**
   * A runtime under that configuration.
   *
   * @param tls retained; present where flows or probes of the group speak it
   */
  public GroupRuntime(
      Clients clients, ServerGroup group, ServerGroupConfig config, Optional<BackendTls> tls) {
    this(clients, group, config, tls, new AtomicReference<>());
    latest.set(this);
  }

  private GroupRuntime(
      Clients clients,
      ServerGroup group,
      ServerGroupConfig config,
      Optional<BackendTls> tls,
      AtomicReference<GroupRuntime> latest) {
    this.clients = clients;
    this.group = group;
    this.config = config;
    this.tls = tls;
    this.latest = latest;
    this.client = clients.withTimeout(config.connectTimeout());
    tls.ifPresent(Shared::retain);
  }

  /** That of another revision of the same group; this one may be destroyed. */
  public GroupRuntime next(ServerGroupConfig config, Optional<BackendTls> tls) {
    return new GroupRuntime(clients, group, config, tls, latest);
  }

  /** Its revision takes effect: to be called before the group itself is reconfigured. */
  public void takeEffect() {
    latest.set(this);
  }

  /**
   * What it takes to connect to the backend of that lease: this, unless the group has changed since
   * the flow was accepted. A backend that has come since may speak what the earlier ones did not.
   *
   * @return retained; the caller's to release
   */
  GroupRuntime retainedFor(Lease lease) {
    GroupRuntime now = latest.get();
    if (now != null && lease.config() != config && now.tryRetain()) {
      return now;
    }
    retain();
    return this;
  }

  /** The group that chooses. */
  public ServerGroup group() {
    return group;
  }

  /** How to connect. */
  public ServerGroupConfig config() {
    return config;
  }

  /** TLS towards the backends; present exactly where the group speaks it (or probes with it). */
  public Optional<BackendTls> tls() {
    return tls;
  }

  NetClient client() {
    return client;
  }

  SocketAddress address(Backend backend) {
    SocketAddress known = addresses.get(backend);
    return known != null ? known : addresses.computeIfAbsent(backend, GroupRuntime::resolved);
  }

  /** An IP literal: parsed here once, so that no dial goes through a resolver. */
  private static SocketAddress resolved(Backend backend) {
    try {
      InetAddress host = InetAddress.getByName(backend.config().host());
      return SocketAddress.inetSocketAddress(new InetSocketAddress(host, backend.config().port()));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("not an IP literal: " + backend.config().address(), e);
    }
  }

  @Override
  protected void destroy() {
    tls.ifPresent(Shared::release);
  }

  @Override
  public String toString() {
    return "runtime of group " + config.name();
  }
}

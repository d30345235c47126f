package io.steelyard.relay;

import io.steelyard.backend.Lease;
import io.steelyard.backend.ServerGroup;
import io.steelyard.config.ServerGroupConfig;
import io.steelyard.tls.BackendTls;
import io.steelyard.tls.Shared;
import java.util.Optional;
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
  private final long connectTimeoutNanos;

  /** Of the revision in force; shared by all runtimes of the group. */
  private final AtomicReference<GroupRuntime> latest;

  /**
   * A runtime under that configuration.
   *
   * @param tls retained; present where flows or probes of the group speak it
   */
  public GroupRuntime(ServerGroup group, ServerGroupConfig config, Optional<BackendTls> tls) {
    this(group, config, tls, new AtomicReference<>());
    latest.set(this);
  }

  private GroupRuntime(
      ServerGroup group,
      ServerGroupConfig config,
      Optional<BackendTls> tls,
      AtomicReference<GroupRuntime> latest) {
    this.group = group;
    this.config = config;
    this.tls = tls;
    this.latest = latest;
    this.connectTimeoutNanos = config.connectTimeout().toNanos();
    tls.ifPresent(Shared::retain);
  }

  /** That of another revision of the same group; this one may be destroyed. */
  public GroupRuntime next(ServerGroupConfig config, Optional<BackendTls> tls) {
    return new GroupRuntime(group, config, tls, latest);
  }

  /** Its revision takes effect: to be called before the group itself is reconfigured. */
  public void takeEffect() {
    latest.set(this);
  }

  /**
   * What it takes to connect to the backend of that lease: this, unless the group has changed since
   * the flow was accepted. A backend that has come since may speak what the earlier ones did not.
   *
   * @return this, which its user holds anyway, or another one, retained: that is the caller's to
   *     release
   */
  GroupRuntime forLease(Lease lease) {
    if (lease.config() == config) {
      return this;
    }
    GroupRuntime now = latest.get();
    return now != null && now != this && now.tryRetain() ? now : this;
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

  /** How long a try may take, its TLS handshake included. */
  long connectTimeoutNanos() {
    return connectTimeoutNanos;
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

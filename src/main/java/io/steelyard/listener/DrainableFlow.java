package io.steelyard.listener;

import io.steelyard.flow.FlowEnd;
import io.steelyard.listener.Loops.Loop;
import java.util.Objects;

/** An open flow, seen by whoever drains it. Any thread. */
public final class DrainableFlow {

  private final Loop loop;
  private final OpenFlows.OpenFlow open;
  private final long id;
  private final String group;
  private final String backend;

  /** On the flow's loop. */
  DrainableFlow(Loop loop, OpenFlows.OpenFlow open) {
    this.loop = loop;
    this.open = open;
    this.id = open.flow().id();
    this.group = Objects.requireNonNullElse(open.flow().group(), "");
    this.backend = Objects.requireNonNullElse(open.flow().backend(), "");
  }

  /** Its number; a later flow of this process has a higher one. */
  public long id() {
    return id;
  }

  /** The server group it had gone to when it was listed; empty where to none yet. */
  public String group() {
    return group;
  }

  /** The backend it had gone to when it was listed; empty where to none yet. */
  public String backend() {
    return backend;
  }

  /** Whether it has ended. */
  public boolean isEnded() {
    return open.isEnded();
  }

  /** Ends it on its own loop; nothing happens where it has ended. */
  public void end(FlowEnd how, String detail) {
    loop.context().runOnContext(v -> open.end(how, detail));
  }
}

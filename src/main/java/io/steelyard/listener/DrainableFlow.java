package io.steelyard.listener;

import io.steelyard.flow.FlowEnd;
import io.steelyard.listener.Loops.Loop;

/** An open flow, seen by whoever drains it. Any thread. */
public final class DrainableFlow {

  private final Loop loop;
  private final OpenFlows.OpenFlow open;
  private final long id;

  DrainableFlow(Loop loop, OpenFlows.OpenFlow open) {
    this.loop = loop;
    this.open = open;
    this.id = open.flow().id();
  }

  /** Its number; a later flow of this process has a higher one. */
  public long id() {
    return id;
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

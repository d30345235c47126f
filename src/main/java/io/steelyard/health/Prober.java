package io.steelyard.health;

import io.steelyard.config.ServerGroupConfig.BackendConfig;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.net.NetClient;

/**
 * Opens the probes of one group.
 *
 * @param context all of them run on it
 * @param client its connect timeout is the check's timeout
 */
record Prober(ContextInternal context, NetClient client, ProbePlan plan) {

  /** A probe of that backend, started. */
  Probe probe(BackendConfig backend) {
    return new Probe(context, plan, backend).start(client);
  }
}

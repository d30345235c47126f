package io.steelyard.admin;

import io.steelyard.control.Controller;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What the API needs of the process around it, beside the {@link Controller}. */
public interface Surroundings {

  /** Decides what exists. */
  Controller controller();

  /**
   * Begins the end of the process, as the first SIGTERM does.
   *
   * @return false where it has begun already
   */
  boolean drain();

  /** The security policies, each as the engine in use negotiates it; on a worker thread. */
  List<JsonObject> policies();
}

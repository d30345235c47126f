package io.steelyard;

import io.steelyard.admin.Surroundings;
import io.steelyard.control.Controller;
import io.steelyard.tls.SecurityPolicies;
import io.steelyard.tls.SecurityPolicy.Effective;
import io.steelyard.tls.SecurityPolicy.VersionSuites;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.inject.Instance;
import java.util.List;

/** What the admin API is told of the process around it. */
record AdminSurroundings(
    Instance<Controller> controllers, ProcessDrain processDrain, Settings settings)
    implements Surroundings {

  @Override
  public Controller controller() {
    return controllers.get();
  }

  @Override
  public boolean drain() {
    return processDrain.begin();
  }

  @Override
  public List<JsonObject> policies() {
    return SecurityPolicies.names().stream()
        .flatMap(name -> SecurityPolicies.named(name).stream())
        .map(policy -> json(policy.effective(settings.engine())))
        .toList();
  }

  private static JsonObject json(Effective effective) {
    return new JsonObject()
        .put("name", effective.policy().name())
        .put("origin", effective.policy().origin())
        .put("engine", effective.engine())
        .put(
            "versions",
            new JsonArray(effective.versions().stream().map(AdminSurroundings::json).toList()))
        .put("groups", new JsonArray(effective.groups()))
        .put("missing-versions", new JsonArray(effective.missingVersions()))
        .put("missing-suites", new JsonArray(effective.missingSuites()))
        .put("missing-groups", new JsonArray(effective.missingGroups()));
  }

  private static JsonObject json(VersionSuites served) {
    return new JsonObject()
        .put("version", served.version())
        .put("suites", new JsonArray(served.suites()));
  }
}

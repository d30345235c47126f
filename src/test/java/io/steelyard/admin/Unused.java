package io.steelyard.admin;

import io.steelyard.control.Controller;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** For a table of routes that is only looked at. */
final class Unused {

  static final Surroundings SURROUNDINGS =
      new Surroundings() {
        @Override
        public Controller controller() {
          throw new IllegalStateException("not to be used");
        }

        @Override
        public boolean drain() {
          throw new IllegalStateException("not to be used");
        }

        @Override
        public List<JsonObject> policies() {
          throw new IllegalStateException("not to be used");
        }
      };

  private Unused() {}
}

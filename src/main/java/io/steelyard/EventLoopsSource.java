package io.steelyard;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Lets {@code steelyard.event-loops} govern how many event loops Quarkus gives Vert.x, which by
 * itself makes two per processor. Loaded by the configuration, before anything else of ours.
 */
public final class EventLoopsSource implements ConfigSourceFactory {

  private static final String POOL_SIZE = "quarkus.vertx.event-loops-pool-size";

  /** Above every other source: flows and pool must agree. */
  private static final int ORDINAL = 1000;

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
    ConfigValue asked = context.getValue("steelyard.event-loops");
    String count =
        asked == null || asked.getValue() == null || !isCount(asked.getValue().strip())
            ? Integer.toString(Runtime.getRuntime().availableProcessors())
            : asked.getValue().strip();
    return List.of(
        new PropertiesConfigSource(Map.of(POOL_SIZE, count), "steelyard.event-loops", ORDINAL));
  }

  /** What is not one is a problem that the start names; until then the default stands in. */
  private static boolean isCount(String text) {
    return text.matches("[0-9]{1,4}")
        && Integer.parseInt(text) >= 1
        && Integer.parseInt(text) <= SettingsReader.MAX_EVENT_LOOPS;
  }
}

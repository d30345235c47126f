package io.steelyard;

import io.smallrye.config.ConfigMapping;
import io.steelyard.config.Problems;
import io.steelyard.control.Controller;
import io.vertx.core.Vertx;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;

/** Lends the object graph to the beans that Quarkus calls: the health routes and the command. */
@Singleton
final class Wiring {

  @Produces
  @Singleton
  Settings settings(@ConfigMapping ProcessSettings written) {
    Problems problems = new Problems("process settings");
    Settings settings = SettingsReader.read(written, problems);
    if (problems.hasErrors()) {
      throw new StartFailure(problems);
    }
    return settings;
  }

  @Produces
  @Singleton
  Balancer balancer(Vertx vertx, Settings settings) {
    try {
      return new Balancer(vertx, settings);
    } catch (IOException e) {
      throw new StartFailure("access log cannot be opened: " + e.getMessage());
    }
  }

  void close(@Disposes Balancer balancer) {
    balancer.close();
  }

  @Produces
  @Singleton
  Controller controller(Balancer balancer) {
    return balancer.controller();
  }
}

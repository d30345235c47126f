package io.steelyard;

import io.smallrye.config.ConfigMapping;
import io.steelyard.admin.AdminApi;
import io.steelyard.config.Problems;
import io.steelyard.control.Controller;
import io.vertx.core.Vertx;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Instance;
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

  /** Reads the tokens file; what is wrong with it ends the start. */
  @Produces
  @Singleton
  AdminApi adminApi(
      Vertx vertx, Settings settings, Instance<Controller> controller, ProcessDrain drain) {
    Problems problems = new Problems("process settings");
    AdminApi api =
        AdminApi.open(
            vertx, settings.admin(), new AdminSurroundings(controller, drain, settings), problems);
    if (problems.hasErrors()) {
      throw new StartFailure(problems);
    }
    return api;
  }

  @Produces
  @Singleton
  Controller controller(Balancer balancer) {
    return balancer.controller();
  }
}

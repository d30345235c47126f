package io.steelyard.admin;

import io.steelyard.backend.ProbeHealth;
import io.steelyard.control.Reloads;
import io.steelyard.control.RenewalFailure;
import io.steelyard.control.Status;
import io.steelyard.control.Status.BackendStatus;
import io.steelyard.control.Status.CertificateStatus;
import io.steelyard.control.Status.GroupStatus;
import io.steelyard.control.Status.ListenerStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** What runs now, and what this engine makes of the security policies. */
final class StatusRoutes {

  private final Surroundings surroundings;

  StatusRoutes(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  List<Route> routes() {
    return List.of(
        Route.read("GET", "/status", Route.at(this::status)),
        Route.read("GET", "/policies", Route.at(this::policies)),
        Route.read("GET", "/policies/{name}", Route.at(this::policy)));
  }

  private Reply status(Call call) {
    call.allowQuery();
    call.accepted(Media.JSON);
    return Reply.json(json(surroundings.controller().status(), Instant.now()));
  }

  static JsonObject json(Status status, Instant now) {
    Status.Readiness readiness = status.readiness();
    JsonObject body =
        new JsonObject()
            .put("ready", readiness.isReady())
            .put(
                "readiness",
                new JsonObject()
                    .put("committed", readiness.committed())
                    .put("bound", readiness.bound())
                    .put("probed", readiness.probed())
                    .put("draining", readiness.draining()));
    status.revision().ifPresent(revision -> body.put("revision", RevisionRoutes.json(revision)));
    return body.put("reloads", reloads(status.reloads()))
        .put("open-flows", status.openFlows())
        .put("listeners", array(status.listeners().stream().map(StatusRoutes::listener).toList()))
        .put("server-groups", array(status.groups().stream().map(StatusRoutes::group).toList()))
        .put(
            "certificates",
            array(status.certificates().stream().map(it -> certificate(it, now)).toList()))
        .put(
            "renewal-failures",
            array(status.renewalFailures().stream().map(StatusRoutes::failure).toList()));
  }

  private static JsonObject reloads(Reloads reloads) {
    JsonObject body =
        new JsonObject()
            .put("succeeded", reloads.succeeded())
            .put("failed", reloads.failed())
            .put("unchanged", reloads.unchanged())
            .put("last-successful", reloads.lastSuccessful());
    reloads.lastSuccess().ifPresent(at -> body.put("last-success", at.toString()));
    return body;
  }

  private static JsonObject failure(RenewalFailure failure) {
    return new JsonObject()
        .put("kind", failure.kind())
        .put("name", failure.name())
        .put("since", failure.since().toString())
        .put("text", failure.text());
  }

  private static JsonArray array(List<JsonObject> items) {
    return new JsonArray(items);
  }

  private static JsonObject listener(ListenerStatus listener) {
    return new JsonObject()
        .put("name", listener.name())
        .put("protocol", listener.protocol().name().toLowerCase(Locale.ROOT))
        .put("address", listener.address())
        .put("port", listener.port())
        .put("enabled", listener.enabled())
        .put("accepting", listener.accepting())
        .put("open-flows", listener.openFlows())
        .put("leaving-flows", listener.leavingFlows())
        .put("max-connections", listener.maxConnections());
  }

  private static JsonObject group(GroupStatus group) {
    return new JsonObject()
        .put("name", group.name())
        .put("fail-open", group.failOpen())
        .put("waiting", group.waiting())
        .put("up-backends", group.upBackends())
        .put("backends", array(group.backends().stream().map(StatusRoutes::backend).toList()));
  }

  private static JsonObject backend(BackendStatus backend) {
    ProbeHealth health = backend.health();
    return new JsonObject()
        .put("address", backend.address())
        .put("state", backend.state().label())
        .put("reason", health.reason())
        .put("text", health.text())
        .put("since", health.since().toString())
        .put("weight", backend.weight())
        .put("connections", backend.connections())
        .put("connections-total", backend.connectionsTotal())
        .put(
            "last-results", array(health.lastResults().stream().map(StatusRoutes::probe).toList()));
  }

  private static JsonObject probe(ProbeHealth.ProbeResult result) {
    return new JsonObject()
        .put("at", result.at().toString())
        .put("success", result.success())
        .put("reason", result.reason())
        .put("text", result.text())
        .put("duration-ms", TimeUnit.NANOSECONDS.toMicros(result.durationNanos()) / 1000.0);
  }

  private static JsonObject certificate(CertificateStatus certificate, Instant now) {
    return new JsonObject()
        .put("name", certificate.name())
        .put("key-type", certificate.keyType())
        .put("not-after", certificate.notAfter().toString())
        .put("days-left", Duration.between(now, certificate.notAfter()).toDays());
  }

  private Reply policies(Call call) {
    call.allowQuery();
    call.accepted(Media.JSON);
    return Reply.json(array(surroundings.policies()));
  }

  private Reply policy(Call call) {
    call.allowQuery();
    call.accepted(Media.JSON);
    String name = call.name("name");
    return surroundings.policies().stream()
        .filter(policy -> name.equals(policy.getString("name")))
        .findFirst()
        .map(Reply::json)
        .orElseThrow(
            () ->
                ApiProblem.of(404, "no-such-policy", "there is no security policy " + name)
                    .exception());
  }
}

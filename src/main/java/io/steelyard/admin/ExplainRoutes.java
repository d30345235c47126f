package io.steelyard.admin;

import io.steelyard.config.Cidr;
import io.steelyard.config.PlainObjects;
import io.steelyard.control.Controller;
import io.steelyard.control.ExplainRequest;
import io.steelyard.control.Explanation;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The way of one client through what runs now. */
final class ExplainRoutes {

  private static final int MAX_PORT = 65_535;

  private final Surroundings surroundings;

  ExplainRoutes(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  List<Route> routes() {
    return List.of(Route.read("GET", "/explain", Route.at(this::explain)));
  }

  private Reply explain(Call call) {
    call.allowQuery("sni", "port", "alpn", "source", "address");
    call.accepted(Media.JSON);
    ExplainRequest request =
        new ExplainRequest(
            call.query("sni"),
            port(call),
            call.query("alpn")
                .map(list -> Arrays.stream(list.split(",")).map(String::strip).toList())
                .orElseGet(List::of),
            address(call, "source"),
            address(call, "address"));
    Controller controller = surroundings.controller();
    Explanation explanation =
        controller
            .withLoaded(
                loaded ->
                    Explanation.of(
                        loaded,
                        name -> controller.group(name).orElseThrow(Changes::starting),
                        request))
            .orElseThrow(Changes::starting);
    return Reply.text(Media.JSON, PlainObjects.json(explanation.objects()));
  }

  private static int port(Call call) {
    return call.query("port")
        .filter(text -> text.matches("[0-9]{1,5}"))
        .map(Integer::valueOf)
        .filter(port -> port >= 1 && port <= MAX_PORT)
        .orElseThrow(() -> wrong("port", call.query("port").orElse("nothing"), "1.." + MAX_PORT));
  }

  private static Optional<InetAddress> address(Call call, String key) {
    Optional<String> text = call.query(key);
    return text.map(
        written ->
            Optional.of(written)
                .filter(it -> it.indexOf('/') < 0)
                .flatMap(Cidr::parse)
                .map(Cidr::address)
                .orElseThrow(() -> wrong(key, written, "an IP address")));
  }

  private static ApiException wrong(String key, String found, String expected) {
    return ApiProblem.of(400, "bad-query", key + ": " + found + " (expected: " + expected + ")")
        .withProblems(List.of(BodyProblem.in("query", key, found, expected)))
        .exception();
  }
}

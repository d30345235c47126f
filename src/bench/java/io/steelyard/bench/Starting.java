package io.steelyard.bench;

/**
 * A start that was timed.
 *
 * @param millis from before exec to the first byte of an answer; what it takes to write its
 *     configuration is not in it
 */
record Starting(Running running, double millis) {

  static Starting of(Stage stage, Scene scene, Balancer balancer) {
    Running running = stage.launch(balancer, scene);
    try {
      running.awaitAnswer();
    } catch (RuntimeException e) {
      running.close();
      throw e;
    }
    return new Starting(running, (System.nanoTime() - running.child().startNanos()) / 1e6);
  }
}

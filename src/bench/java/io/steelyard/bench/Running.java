package io.steelyard.bench;

/** A balancer that serves a scene. */
record Running(Balancer balancer, Child child, Scene scene, int port) implements AutoCloseable {

  Target target(Backend backend) {
    return new Target(port, scene.front() == Scene.Protocol.TLS, child.tree(), backend);
  }

  /** Until it has answered its first request. */
  void awaitAnswer() {
    FirstByte.awaitAnswer(port, scene.front() == Scene.Protocol.TLS, child);
  }

  @Override
  public void close() {
    child.close();
  }
}

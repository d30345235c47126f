package io.steelyard.bench;

import java.nio.file.Path;
import java.util.OptionalDouble;

/** A change of the document of a Steelyard that runs. */
final class Reload {

  private Reload() {}

  /** From SIGHUP until a listener that was added serves; nothing for balancers of other kinds. */
  static OptionalDouble millis(Running running) {
    if (!(running.balancer() instanceof Steelyard)) {
      return OptionalDouble.empty();
    }
    Crowd old = running.scene().crowd();
    Crowd grown =
        new Crowd(
            old.backends(), old.listeners() + 1, old.certificates(), old.networks(), old.folder());
    Scene scene = running.scene().withCrowd("grown", grown, running.scene().backendPort());
    Path directory = running.child().directory();
    String document = Steelyard.document(scene, directory, running.port());
    Texts.replace(directory.resolve(Steelyard.DOCUMENT), document);
    long startNanos = System.nanoTime();
    running.child().signal("HUP");
    FirstByte.await(running.port() + old.listeners(), running.child());
    return OptionalDouble.of((System.nanoTime() - startNanos) / 1e6);
  }
}

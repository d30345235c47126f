package io.steelyard;

import io.quarkus.runtime.ImageMode;

/** What this program is. */
final class Product {

  /** Also stands in the build file; a test compares them. */
  static final String VERSION = "0.1.0";

  private Product() {}

  /** {@code jvm} or {@code native}. */
  static String runtime() {
    return ImageMode.current().isNativeImage() ? "native" : "jvm";
  }
}

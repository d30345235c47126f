package io.steelyard.command;

import io.quarkus.runtime.ImageMode;

/** What this program is. */
public final class Product {

  /** Also stands in the build file; a test compares them. */
  public static final String VERSION = "0.1.0";

  private Product() {}

  /** {@code jvm} or {@code native}. */
  public static String runtime() {
    return ImageMode.current().isNativeImage() ? "native" : "jvm";
  }
}

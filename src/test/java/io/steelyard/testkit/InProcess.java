package io.steelyard.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A scenario that needs the inside of the process, so that there is nothing of it to run against an
 * executable. The list of these is printed with what was exercised: keep it short.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface InProcess {

  /** Why. */
  String value();
}

/** Benchmarks of single parts, each inside one JVM: {@code make jmh}. */
@NullMarked
package io.steelyard.jmh;

import org.jspecify.annotations.NullMarked;

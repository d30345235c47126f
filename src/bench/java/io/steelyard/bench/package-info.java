/**
 * The benchmark beside HAProxy, nginx and hitch: {@code make bench}. What it measures and how to
 * read it: {@code src/docs/performance.md}. One driver process starts a backend and the balancers,
 * puts load on one of them at a time and reads what their processes have used from {@code /proc}.
 */
@NullMarked
package io.steelyard.bench;

import org.jspecify.annotations.NullMarked;

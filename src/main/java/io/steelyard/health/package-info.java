/** Probes on Vert.x timers; the only writer of probe health. */
@NullMarked
package io.steelyard.health;

import org.jspecify.annotations.NullMarked;

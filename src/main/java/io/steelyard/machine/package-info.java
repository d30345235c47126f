/** What the machine gives this process: limits, memory, native libraries, transport, time. */
@NullMarked
package io.steelyard.machine;

import org.jspecify.annotations.NullMarked;

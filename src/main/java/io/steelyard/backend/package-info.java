/** Choosing: backends, rosters, server groups, leases and the schedulers. Plain Java. */
@NullMarked
package io.steelyard.backend;

import org.jspecify.annotations.NullMarked;

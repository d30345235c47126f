/** Meters and the access log: windows that look in, nothing looks out at them. */
@NullMarked
package io.steelyard.telemetry;

import org.jspecify.annotations.NullMarked;

/** What happened to one connection: its facts, its end, and who is told. */
@NullMarked
package io.steelyard.flow;

import org.jspecify.annotations.NullMarked;

/**
 * What the operator wrote: immutable records with their ranges and defaults, the reader, the rules,
 * problems.
 */
@NullMarked
package io.steelyard.config;

import org.jspecify.annotations.NullMarked;

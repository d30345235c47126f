/**
 * Certificates, the SNI table, security policies, engines and tickets, for listeners and towards
 * backends.
 */
@NullMarked
package io.steelyard.tls;

import org.jspecify.annotations.NullMarked;

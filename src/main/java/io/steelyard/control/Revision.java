package io.steelyard.control;

import java.time.Instant;

/**
 * A numbered configuration in force.
 *
 * @param number from 1, one more with each document that took effect
 * @param sha256 of the document's text, lower-case hex
 */
public record Revision(long number, String sha256, Instant at) {}

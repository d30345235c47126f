package io.steelyard.control;

import java.util.Optional;

/**
 * A change of the document that somebody asks for.
 *
 * @param ifMatch the sha256 that the document in force must have, or anything goes
 * @param dryRun only says what would happen: files are read, nothing is bound or changed
 */
public record ChangeRequest(Source source, Optional<String> ifMatch, boolean dryRun, Edit edit) {}

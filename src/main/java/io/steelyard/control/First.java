package io.steelyard.control;

import io.steelyard.config.BalancerDocument;
import java.util.Optional;

/**
 * The document that a process starts with.
 *
 * @param text what the document was read from
 * @param store where it lives and is followed; absent where it is in no file
 */
public record First(BalancerDocument document, DocumentFile text, Optional<DocumentStore> store) {}

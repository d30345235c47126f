package io.steelyard.config;

/**
 * A part of the document with the path it was read at; perhaps with placeholders where there were
 * problems.
 */
record Located<T>(String path, T config) {}

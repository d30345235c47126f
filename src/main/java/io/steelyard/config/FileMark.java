package io.steelyard.config;

/**
 * What a file's content is recognised by.
 *
 * @param stamp as it was before reading
 * @param quiet whether an equal stamp proves an equal content
 * @param digest SHA-256 of the content, or why it could not be read
 */
record FileMark(FileStamp stamp, boolean quiet, String digest) {

  boolean isOf(FileStamp now) {
    return quiet && stamp.equals(now);
  }
}

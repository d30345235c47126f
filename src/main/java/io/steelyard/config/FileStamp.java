package io.steelyard.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * What a file system tells of a file without reading it; of the file at the end of all symbolic
 * links.
 *
 * @param file device and inode
 * @param written last change of the content
 * @param changed last change of content, name or mode, which no program can set back
 */
record FileStamp(String file, long size, Instant written, Instant changed) {

  private static final FileStamp ABSENT = new FileStamp("", 0, Instant.EPOCH, Instant.EPOCH);

  /**
   * File systems keep time in steps (ext4: of a kernel tick; some network file systems: of a second
   * or two), so that a file written twice within one looks the same. As git's "racily clean".
   */
  private static final Duration STEP = Duration.ofSeconds(2);

  static FileStamp of(Path path) {
    try {
      Map<String, Object> seen =
          Files.readAttributes(path, "unix:dev,ino,size,lastModifiedTime,ctime");
      return seen.get("size") instanceof Long size
              && seen.get("lastModifiedTime") instanceof FileTime written
              && seen.get("ctime") instanceof FileTime changed
          ? new FileStamp(
              seen.get("dev") + ":" + seen.get("ino"),
              size,
              written.toInstant(),
              changed.toInstant())
          : ABSENT;
    } catch (IOException e) {
      return ABSENT;
    }
  }

  /** Whether it was last changed long enough ago for another change to show in it. */
  boolean isQuietAt(Instant now) {
    return !equals(ABSENT) && changed.plus(STEP).isBefore(now) && written.plus(STEP).isBefore(now);
  }
}

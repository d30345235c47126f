package io.steelyard.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the files of one part of a document held when they were read, each once. Holds secrets until
 * it is wiped. Not thread-safe.
 */
public final class FileContents {

  /** A path that points to a disk must not fill the memory. */
  static final int MAX_BYTES = 64 << 20;

  private final Map<Path, Entry> entries = new LinkedHashMap<>();

  private FileContents() {}

  /** Reads them all (blocking); one that cannot be read says so when it is asked for. */
  public static FileContents read(List<Path> files) {
    return read(files, InstantSource.system());
  }

  static FileContents read(List<Path> files, InstantSource clock) {
    FileContents contents = new FileContents();
    for (Path file : files) {
      contents.entries.computeIfAbsent(file, path -> Entry.read(path, clock.instant()));
    }
    return contents;
  }

  /**
   * What the file holds.
   *
   * @throws TooLongException where it is longer than that
   * @throws IOException as met while reading, a new one for each call
   */
  public byte[] bytes(Path file, int maxBytes) throws IOException {
    Entry entry = entry(file);
    if (entry.bytes == null) {
      throw entry.failure == null ? new IOException("wiped: " + file) : entry.failure;
    }
    if (entry.bytes.length > maxBytes) {
      throw new TooLongException(file, maxBytes);
    }
    return entry.bytes;
  }

  /**
   * Whether there is something else than a file with an end. Danger: opening a pipe waits for
   * whoever writes to it, perhaps forever, and every change of the document with it.
   */
  static boolean isNoFile(Path path) {
    return Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path);
  }

  /** Whether every user of this machine may read the file; false where nobody can say. */
  public boolean isReadableByOthers(Path file) {
    try {
      return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
    } catch (IOException | UnsupportedOperationException e) {
      // Missing files are reported by whoever reads them; a file system without modes has nothing
      // to say.
      return false;
    }
  }

  /** SHA-256 of the file's content, lower-case hex; of the reason where it could not be read. */
  public String digest(Path file) {
    return entry(file).mark.digest();
  }

  /** When the file was last written, as its file system says; empty where it is not there. */
  Instant lastWritten() {
    return entries.values().stream()
        .map(entry -> entry.mark.stamp().written())
        .max(Instant::compareTo)
        .orElse(Instant.EPOCH);
  }

  /** What to recognise these contents by. */
  Map<Path, FileMark> marks() {
    Map<Path, FileMark> marks = new LinkedHashMap<>();
    entries.forEach((path, entry) -> marks.put(path, entry.mark));
    return marks;
  }

  /** Overwrites what was read. */
  void wipe() {
    for (Entry entry : entries.values()) {
      if (entry.bytes != null) {
        Arrays.fill(entry.bytes, (byte) 0);
        entry.bytes = null;
      }
    }
  }

  private Entry entry(Path file) {
    Entry entry = entries.get(file);
    if (entry == null) {
      throw new IllegalStateException(file + " was not read with " + entries.keySet());
    }
    return entry;
  }

  /** A file longer than its kind may be. */
  public static final class TooLongException extends IOException {
    private static final long serialVersionUID = 1;

    TooLongException(Path file, int maxBytes) {
      super(file + " is longer than " + maxBytes + " bytes");
    }
  }

  /** One file. */
  private static final class Entry {
    private final FileMark mark;
    private byte @Nullable [] bytes;
    private final @Nullable IOException failure;

    private Entry(FileMark mark, byte @Nullable [] bytes, @Nullable IOException failure) {
      this.mark = mark;
      this.bytes = bytes;
      this.failure = failure;
    }

    static Entry read(Path file, Instant now) {
      FileStamp before = FileStamp.of(file);
      if (isNoFile(file)) {
        IOException failure = new IOException("no file: " + file);
        return new Entry(new FileMark(before, false, "no file"), null, failure);
      }
      try (InputStream in = Files.newInputStream(file)) {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
          throw new TooLongException(file, MAX_BYTES);
        }
        boolean quiet = before.equals(FileStamp.of(file)) && before.isQuietAt(now);
        return new Entry(new FileMark(before, quiet, Sha256.hex(bytes)), bytes, null);
      } catch (IOException e) {
        String reason = "unreadable: " + e.getClass().getName();
        return new Entry(new FileMark(before, false, reason), null, e);
      }
    }
  }

  /** The files of those that differ, in order. */
  static List<Path> changed(Map<Path, FileMark> before, Map<Path, FileMark> after) {
    List<Path> changed = new ArrayList<>();
    after.forEach(
        (path, mark) -> {
          FileMark old = before.get(path);
          if (old == null || !old.digest().equals(mark.digest())) {
            changed.add(path);
          }
        });
    return changed;
  }
}

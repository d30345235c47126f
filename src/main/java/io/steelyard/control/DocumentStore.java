package io.steelyard.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * The file that the document lives in: read for reloads, written for edits that came through the
 * API. Blocking.
 */
public final class DocumentStore {

  /** Beside the file: what it was before the latest edit through the API. */
  public static final String PREVIOUS_SUFFIX = ".previous";

  private static final String TEMPORARY_SUFFIX = ".new";

  private final Path file;
  private final boolean writeBack;

  /**
   * @param writeBack whether edits are written at all
   */
  public DocumentStore(Path file, boolean writeBack) {
    this.file = file;
    this.writeBack = writeBack;
  }

  /** Reads it. */
  public DocumentFile read() throws DocumentFile.Unreadable {
    return DocumentFile.read(file);
  }

  /** Its name, as given. */
  public Path file() {
    return file;
  }

  /**
   * Replaces the file's text in one step: whoever reads it, and whatever happens meanwhile, finds
   * the old one or the new one. The old one is kept beside it.
   *
   * @return why it could not be written; then the file is as it was
   */
  Optional<String> write(byte[] text) {
    if (!writeBack) {
      return Optional.of("steelyard.admin.write-back is off");
    }
    try {
      // A link stays one: its target is replaced.
      replace(file.toRealPath(), text);
      return Optional.empty();
    } catch (AccessDeniedException e) {
      return Optional.of(file + ": permission denied (" + e.getFile() + ")");
    } catch (NoSuchFileException e) {
      return Optional.of(file + ": no such file");
    } catch (FileSystemException e) {
      String reason = e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
      return Optional.of(file + ": " + reason);
    } catch (IOException e) {
      return Optional.of(file + ": " + e.getMessage());
    }
  }

  private static void replace(Path real, byte[] text) throws IOException {
    if (!Files.isWritable(real)) {
      // The directory alone would let us replace what is meant to be read only.
      throw new AccessDeniedException(real.toString());
    }
    Path next = sibling(real, TEMPORARY_SUFFIX);
    try {
      create(next);
      copyOwner(real, next);
      try (FileChannel channel =
          FileChannel.open(next, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
        ByteBuffer bytes = ByteBuffer.wrap(text);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      keep(real);
      Files.move(next, real, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      syncDirectory(real);
    } finally {
      Files.deleteIfExists(next);
    }
  }

  /** Made anew with nobody else's rights, whatever an interrupted write has left behind. */
  private static void create(Path next) throws IOException {
    Files.deleteIfExists(next);
    Files.createFile(
        next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private static void copyOwner(Path from, Path to) throws IOException {
    PosixFileAttributes old = Files.readAttributes(from, PosixFileAttributes.class);
    PosixFileAttributeView view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    try {
      view.setGroup(old.group());
    } catch (IOException notOurs) {
      // Only root may give away to a group it is not in; the rights below are then for our own.
    }
    try {
      view.setOwner(old.owner());
    } catch (IOException notOurs) {
      // Only root may give files away.
    }
    Files.setPosixFilePermissions(to, old.permissions());
  }

  /** A hard link to the old content, so that there is no moment without the file itself. */
  private static void keep(Path real) throws IOException {
    Path previous = sibling(real, PREVIOUS_SUFFIX);
    Path link = sibling(real, PREVIOUS_SUFFIX + TEMPORARY_SUFFIX);
    Files.deleteIfExists(link);
    try {
      Files.createLink(link, real);
    } catch (UnsupportedOperationException | FileSystemException noLinks) {
      Files.copy(real, link, StandardCopyOption.COPY_ATTRIBUTES);
    }
    try {
      Files.move(
          link, previous, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      // Still there where that failed, or where both were the same file already: rename(2).
      Files.deleteIfExists(link);
    }
  }

  private static void syncDirectory(Path real) throws IOException {
    Path parent = real.getParent();
    if (parent == null) {
      return;
    }
    try (FileChannel directory = FileChannel.open(parent, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  private static Path sibling(Path real, String suffix) {
    return real.resolveSibling(real.getFileName() + suffix);
  }
}

package io.steelyard.control;

import io.steelyard.config.ConfigReader;
import io.steelyard.config.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A balancer document as it was written, with the name it goes by in problems. */
public final class DocumentFile {

  /**
   * Above the reader's own limit, and small enough that a device or a wrong file does not fill the
   * memory.
   */
  private static final int MAX_BYTES = 64 << 20;

  private final String name;
  private final Path directory;
  private final byte[] bytes;
  private final String sha256;

  private DocumentFile(String name, Path directory, byte[] bytes) {
    this.name = name;
    this.directory = directory;
    this.bytes = bytes;
    this.sha256 = Sha256.hex(bytes);
  }

  /** Reads the file (blocking). */
  public static DocumentFile read(Path file) throws Unreadable {
    try (InputStream input = Files.newInputStream(file)) {
      Path parent = file.toAbsolutePath().normalize().getParent();
      return new DocumentFile(
          file.toString(),
          parent == null ? file.toAbsolutePath() : parent,
          input.readNBytes(MAX_BYTES));
    } catch (NoSuchFileException e) {
      throw new Unreadable(file + ": no such file", e);
    } catch (AccessDeniedException e) {
      throw new Unreadable(file + ": permission denied", e);
    } catch (IOException e) {
      String reason =
          Files.isDirectory(file) ? "is a directory" : "cannot be read: " + e.getMessage();
      throw new Unreadable(file + ": " + reason, e);
    }
  }

  /** Text that is in no file. */
  public static DocumentFile of(String name, Path directory, String text) {
    return new DocumentFile(name, directory, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The same place, another text: what an edit makes of it. */
  public DocumentFile with(byte[] text) {
    return new DocumentFile(name, directory, text);
  }

  /** As problems name it. */
  public String name() {
    return name;
  }

  /** The text, as it was written. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Text to records, with all problems. */
  public ConfigReader.Reading parse() {
    return ConfigReader.read(bytes, name, directory, System::getenv);
  }

  /** Digest of the bytes, lower-case hex. */
  public String sha256() {
    return sha256;
  }

  /** Why a file gave no text; the message is for people. */
  public static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1;

    private final String reason;

    Unreadable(String reason, IOException cause) {
      super(reason, cause);
      this.reason = reason;
    }

    /** For people. */
    public String reason() {
      return reason;
    }
  }
}

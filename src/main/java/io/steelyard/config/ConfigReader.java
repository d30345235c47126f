package io.steelyard.config;

import io.steelyard.config.Node.Mapping;
import io.steelyard.config.NodeReader.SyntaxException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads the balancer document: YAML or JSON text to records, with all problems at once. Bounded in
 * size, depth and aliases, so the text may come from anyone.
 */
public final class ConfigReader {

  /**
   * Fits the largest sensible document (see {@link NodeReader#MAX_NODES}); longer lists belong into
   * files.
   */
  static final int MAX_CHARACTERS = 8 << 20;

  private ConfigReader() {}

  /**
   * Reads a document file with this process's environment.
   *
   * @throws UnreadableDocumentException when there is no such file or it cannot be read; anything
   *     wrong with what stands in it is a problem instead
   */
  public static Reading readFile(Path path) throws UnreadableDocumentException {
    byte[] bytes;
    try (InputStream file = Files.newInputStream(path)) {
      bytes = file.readNBytes(MAX_CHARACTERS + 1);
    } catch (NoSuchFileException e) {
      throw new UnreadableDocumentException(path + ": no such file", e);
    } catch (IOException e) {
      String reason =
          Files.isDirectory(path) ? "is a directory" : UnreadableDocumentException.reason(e);
      throw new UnreadableDocumentException(path + ": " + reason, e);
    }
    Path parent = path.toAbsolutePath().getParent();
    Path directory = parent == null ? path.toAbsolutePath() : parent;
    return read(bytes, path.toString(), directory, System::getenv);
  }

  /** Reads a document that is still bytes, which must be UTF-8. */
  public static Reading read(
      byte[] bytes, String fileName, Path directory, UnaryOperator<@Nullable String> environment) {
    try {
      return read(DocumentSyntax.decode(bytes), fileName, directory, environment);
    } catch (SyntaxException e) {
      return refused(fileName, e);
    }
  }

  /**
   * Reads a document.
   *
   * @param fileName as problems show it
   * @param directory what relative file names in the document are relative to
   * @param environment values of environment variables, null where not set
   */
  public static Reading read(
      String text, String fileName, Path directory, UnaryOperator<@Nullable String> environment) {
    Mapping root;
    try {
      root = DocumentSyntax.root(text, new Environment(environment));
    } catch (SyntaxException e) {
      return refused(fileName, e);
    }
    Problems problems = new Problems(fileName, new DocumentPlaces(root));
    Draft draft = new DraftReader(directory.toAbsolutePath().normalize()).read(root, problems);
    ConfigRules.check(draft, problems);
    return new Reading(
        problems.hasErrors() ? Optional.empty() : Optional.of(draft.document()), problems);
  }

  private static Reading refused(String fileName, SyntaxException e) {
    Problems problems = new Problems(fileName);
    e.addTo(problems);
    return new Reading(Optional.empty(), problems);
  }

  /**
   * What came of reading.
   *
   * @param document present when no problem is an error
   * @param problems errors and warnings; later checks of the same document add theirs
   */
  public record Reading(Optional<BalancerDocument> document, Problems problems) {}
}

package io.steelyard.config;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The networks of an ip-group: those of the document and those of its file. */
public final class IpGroupEntries {

  /** Entries, comments and empty lines of the longest list, with room; more is not such a file. */
  private static final int MAX_BYTES = 16 << 20;

  /** Shown at most, of one file; a binary file would give one a line. */
  private static final int MAX_PROBLEMS = 100;

  /** What may be repeated of a wrong line: a path may point to a file of keys or passwords. */
  private static final Pattern LIKE_AN_ADDRESS = Pattern.compile("(?=.*[.:])[0-9A-Fa-f.:/]{2,49}");

  private static final String FORM = "one IP address or CIDR a line";

  private final String path;
  private final Problems problems;
  private final List<Cidr> entries = new ArrayList<>();

  private IpGroupEntries(String path, Problems problems) {
    this.path = path;
    this.problems = problems;
  }

  /**
   * All networks of a group, in order, the document's first. Reads the group's file: one address or
   * CIDR a line, {@code #} begins a comment. What is wrong in the file becomes problems with the
   * file's own lines; the list is of use only where none of them is an error. Blocks on the file
   * system: never call it on an event loop.
   *
   * @param problems of the document; a problem's path is the group's
   */
  public static List<Cidr> read(IpGroupConfig group, Problems problems) {
    String path = "ip-groups[" + group.name() + "]";
    IpGroupEntries reading = new IpGroupEntries(path, problems);
    for (int i = 0; i < group.addresses().size(); i++) {
      reading.address(group.addresses().get(i), i);
    }
    group.file().ifPresent(reading::file);
    return List.copyOf(reading.entries);
  }

  private void address(String text, int index) {
    Cidr.parse(text)
        .ifPresentOrElse(
            entries::add,
            () ->
                problems.error(
                    path + ".addresses[" + index + "]", Shown.of(text), Forms.NETWORK.expected()));
  }

  private void file(Path file) {
    String filePath = path + ".file";
    if (FileContents.isNoFile(file)) {
      problems.error(filePath, file + " is no file", FORM);
      return;
    }
    try (InputStream bytes = Files.newInputStream(file)) {
      byte[] content = bytes.readNBytes(MAX_BYTES + 1);
      if (content.length > MAX_BYTES) {
        problems.error(filePath, file + " of more than " + MAX_BYTES + " bytes", FORM);
        return;
      }
      lines(file, content);
    } catch (NoSuchFileException e) {
      problems.error(filePath, "no file " + file, "a file, " + FORM);
    } catch (CharacterCodingException e) {
      problems.error(filePath, file + " is not UTF-8", FORM);
    } catch (IOException e) {
      String reason =
          Files.isDirectory(file) ? "is a directory" : UnreadableDocumentException.reason(e);
      problems.error(filePath, file + " " + reason, "a file, " + FORM);
    }
  }

  private void lines(Path file, byte[] content) throws IOException {
    BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new ByteArrayInputStream(content), StandardCharsets.UTF_8.newDecoder()));
    int wrong = 0;
    int number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      int comment = line.indexOf('#');
      String bare = comment < 0 ? line : line.substring(0, comment);
      String text = bare.strip();
      if (text.isEmpty()) {
        continue;
      }
      if (entries.size() == IpGroupConfig.MAX_ENTRIES) {
        lineProblem(file, number, 1, "entry " + (entries.size() + 1), "at most " + entries.size());
        return;
      }
      if (!line(file, number, bare.indexOf(text) + 1, text) && ++wrong == MAX_PROBLEMS) {
        lineProblem(file, number, 1, "more than " + MAX_PROBLEMS + " wrong lines", FORM);
        return;
      }
    }
  }

  private boolean line(Path file, int number, int column, String text) {
    switch (Forms.NETWORK.read(text)) {
      case Form.Answer.Accepted<String> good -> entries.add(Cidr.parse(text).orElseThrow());
      case Form.Answer.Refused<String>(String remark, String expected) -> {
        String found =
            LIKE_AN_ADDRESS.matcher(text).matches() ? text : "text that is no address, not shown";
        lineProblem(file, number, column, found + remark, expected);
        return false;
      }
    }
    return true;
  }

  private void lineProblem(Path file, int line, int column, String found, String expected) {
    problems.add(
        new Problem(
            Problem.Severity.ERROR,
            file.toString(),
            line,
            column,
            path + ".file",
            found,
            expected));
  }
}

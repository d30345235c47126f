package io.steelyard.bench;

import java.util.Locale;
import java.util.Map;

/**
 * Stacks as an SVG: a frame's width is its share of the samples, callees stand on their callers.
 * Small enough for a repository: frames under 0.3 % are left out, and a frame's text where it does
 * not fit is only its tooltip.
 */
final class FlameGraph {

  private static final double WIDTH = 1_200;
  private static final int HEIGHT = 15;
  private static final double LEAST = 0.003;

  /** Of a letter, in the font that is asked for. */
  private static final double LETTER = 6.3;

  private static final int MARGIN = 24;

  private final StringBuilder frames = new StringBuilder();
  private final long samples;
  private final int depth;

  private FlameGraph(Stacks.Node root) {
    samples = root.samples();
    depth = depth(root);
    draw(root, 0, 0);
  }

  static String svg(String title, Stacks stacks) {
    FlameGraph graph = new FlameGraph(stacks.root());
    int height = graph.depth * HEIGHT + 2 * MARGIN;
    return """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" font-family="monospace" font-size="10.5">
    <style>rect{stroke:#fff;stroke-width:.5}.k{fill:#f0a35e}.j{fill:#8cc37d}.n{fill:#7fb2dd}</style>
    <rect width="100%%" height="100%%" fill="#fff"/>
    <text x="4" y="15">%s; %,d samples; green Java, blue native, orange kernel</text>
    %s</svg>
    """
        .formatted(WIDTH, height, escaped(title), graph.samples, graph.frames);
  }

  private boolean shown(Stacks.Node node) {
    return node.samples() >= LEAST * samples;
  }

  private int depth(Stacks.Node node) {
    return 1
        + node.callees().values().stream()
            .filter(this::shown)
            .mapToInt(this::depth)
            .max()
            .orElse(0);
  }

  private void draw(Stacks.Node node, double left, int level) {
    double x = left;
    for (Map.Entry<String, Stacks.Node> callee : node.callees().entrySet()) {
      Stacks.Node called = callee.getValue();
      double width = WIDTH * called.samples() / samples;
      if (shown(called)) {
        frame(callee.getKey(), called, x, level, width);
        draw(called, x, level + 1);
      }
      x += width;
    }
  }

  private void frame(String name, Stacks.Node node, double x, int level, double width) {
    int y = MARGIN + (depth - 2 - level) * HEIGHT;
    frames.append(
        String.format(
            Locale.ROOT,
            "<g><title>%s %.1f%%</title><rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
            escaped(name),
            100.0 * node.samples() / samples,
            kind(name),
            x,
            y,
            width,
            HEIGHT));
    int letters = (int) ((width - 4) / LETTER);
    if (letters >= 3) {
      String text = name.length() <= letters ? name : name.substring(0, letters - 1) + "…";
      frames.append(
          String.format(
              Locale.ROOT, "<text x=\"%.1f\" y=\"%d\">%s</text>", x + 2, y + 11, escaped(text)));
    }
    frames.append("</g>\n");
  }

  private static String kind(String name) {
    if (name.startsWith("[kernel]")) {
      return "k";
    }
    return name.contains(".") && !name.startsWith("[") && Character.isUpperCase(name.charAt(0))
        ? "j"
        : "n";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}

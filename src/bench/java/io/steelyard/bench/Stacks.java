package io.steelyard.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A tree of call stacks with how many samples each has, read from what {@code perf script -F
 * comm,ip,sym,dso} prints. A native image's symbols become {@code Class.method} again, and what the
 * kernel does for one system call is one frame.
 */
final class Stacks {

  /** An address, a symbol, in brackets the file that it is of. */
  private static final Pattern FRAME = Pattern.compile("\\s+[0-9a-f]+ (.*) \\((.*)\\)");

  /** {@code Class_method_} and the digest of its signature (SubstrateUtil.uniqueShortName). */
  private static final Pattern OF_IMAGE = Pattern.compile("(.+)_[A-Za-z0-9]{22}");

  private static final Pattern SYSTEM_CALL = Pattern.compile("__(?:x64|arm64)_sys_(.+)");

  /** Where an event loop begins: what is below it is the same for all. */
  private static final String LOOP = "EpollEventLoop.run";

  /** Where other threads begin. */
  private static final List<String> BEGINNINGS = List.of("start_thread", "__libc_start_call_main");

  /** perf follows frame pointers, which C libraries are built without. */
  private static final String CUT = "(callers unknown: called by a library without frame pointers)";

  private final Node root = new Node();

  /** One function in one place. */
  static final class Node {
    private final Map<String, Node> callees = new TreeMap<>();
    private long samples;

    Map<String, Node> callees() {
      return callees;
    }

    long samples() {
      return samples;
    }
  }

  static Stacks read(BufferedReader script) throws IOException {
    Stacks stacks = new Stacks();
    Deque<String> stack = new ArrayDeque<>();
    for (String line = script.readLine(); line != null; line = script.readLine()) {
      Matcher frame = FRAME.matcher(line);
      if (frame.matches()) {
        // Leaf first.
        stack.addFirst(name(frame.group(1), frame.group(2)));
      } else if (line.isBlank() && !stack.isEmpty()) {
        stacks.add(stack);
        stack.clear();
      }
    }
    if (!stack.isEmpty()) {
      stacks.add(stack);
    }
    return stacks;
  }

  Node root() {
    return root;
  }

  private static String name(String symbol, String file) {
    if (file.contains("kernel") || file.startsWith("[")) {
      return "kernel:" + symbol;
    }
    if (symbol.equals("[unknown]")) {
      return "[" + file.substring(file.lastIndexOf('/') + 1) + "]";
    }
    Matcher java = OF_IMAGE.matcher(symbol);
    if (!java.matches()) {
      return symbol;
    }
    String name = java.group(1);
    int method = name.lastIndexOf('_');
    return method < 0
        ? name + ".<init>"
        : name.substring(0, method) + "." + name.substring(method + 1);
  }

  private void add(Deque<String> stack) {
    Node node = root;
    node.samples++;
    for (String frame : frames(stack)) {
      node = node.callees.computeIfAbsent(frame, first -> new Node());
      node.samples++;
    }
  }

  private static List<String> frames(Deque<String> stack) {
    List<String> frames = new ArrayList<>();
    String kernel = "";
    for (String frame : stack) {
      if (frame.equals(LOOP)) {
        frames.clear();
      }
      if (!frame.startsWith("kernel:")) {
        frames.add(frame);
        continue;
      }
      Matcher call = SYSTEM_CALL.matcher(frame.substring("kernel:".length()));
      kernel = call.matches() ? call.group(1) : kernel;
      if (kernel.isEmpty()) {
        kernel = "?";
      }
    }
    if (!frames.isEmpty()
        && !frames.getFirst().equals(LOOP)
        && !BEGINNINGS.contains(frames.getFirst())) {
      frames.addFirst(CUT);
    }
    if (!kernel.isEmpty()) {
      frames.add(kernel.equals("?") ? "[kernel]" : "[kernel] " + kernel);
    }
    return frames;
  }
}

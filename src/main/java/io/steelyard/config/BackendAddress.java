package io.steelyard.config;

import io.steelyard.config.Form.Answer;
import io.steelyard.config.Form.Answer.Accepted;
import io.steelyard.config.Form.Answer.Refused;
import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A backend's address: {@code host:port} or {@code [2001:db8::1]:80}; without a port where the
 * group has a default.
 *
 * @param text as written, with the port, and IPv6 in brackets
 * @param host canonical IP literal without brackets
 * @param defaulted whether the port is the group's
 */
record BackendAddress(String text, String host, int port, boolean defaulted) {

  static final BackendAddress PLACEHOLDER = new BackendAddress("", "", 0, true);

  private static final Pattern PARTS =
      Pattern.compile(
          "(?:\\[(?<bracketed>[^\\[\\]]*)\\]|(?<plain>[^:\\[\\]]*))(?::(?<port>[^:]*))?");
  private static final Pattern DNS_NAME =
      Pattern.compile("(?:[A-Za-z0-9_-]{1,63}\\.)*[A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*\\.?");

  /** The form of addresses in a group with or without default-port. */
  static Form<BackendAddress> form(OptionalInt defaultPort) {
    return new Form<>() {
      @Override
      public String expected() {
        return defaultPort.isPresent()
            ? "an address, such as 10.0.0.11 or [2001:db8::1]:80"
            : "address and port, such as 10.0.0.11:80 or [2001:db8::1]:80";
      }

      @Override
      public Answer<BackendAddress> read(String text) {
        return BackendAddress.read(text, defaultPort, expected());
      }
    };
  }

  private static Answer<BackendAddress> read(
      String text, OptionalInt defaultPort, String expected) {
    Matcher parts = PARTS.matcher(text);
    boolean bare = !parts.matches();
    String bracketed = bare ? null : parts.group("bracketed");
    String host = bare ? text : bracketed != null ? bracketed : parts.group("plain");
    String port = bare ? null : parts.group("port");
    Optional<InetAddress> address = IpLiteral.parse(host);
    if (address.isEmpty() || bracketed != null && host.indexOf(':') < 0) {
      return DNS_NAME.matcher(host).matches() && bracketed == null
          ? new Refused<>(": a DNS name" + Choice.NOT_YET, expected)
          : new Refused<>("", expected);
    }
    if (address.get().isAnyLocalAddress() || address.get().isMulticastAddress()) {
      return new Refused<>("", "the address of one host");
    }
    if (port == null && defaultPort.isEmpty()) {
      return new Refused<>(": no port", "a port, here or as default-port");
    }
    if (port != null
        && !(Forms.number(1, ListenerReader.MAX_PORT).read(port) instanceof Accepted)) {
      return new Refused<>("", "a port of 1.." + ListenerReader.MAX_PORT);
    }
    int number = port == null ? defaultPort.getAsInt() : Integer.parseInt(port);
    String written = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return new Accepted<>(
        new BackendAddress(
            written + ":" + number, IpLiteral.text(address.get()), number, port == null));
  }
}

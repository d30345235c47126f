package io.steelyard.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes ClientHellos byte by byte, right ones and wrong ones. */
final class HelloBuilder {

  int legacyVersion = 0x0303;
  byte[] sessionId = new byte[32];
  int[] suites = {0x1301, 0xc02b};
  byte[] compression = {0};
  final List<byte[]> extensions = new ArrayList<>();
  boolean withExtensions = true;

  /**
   * What Chrome sends: GREASE everywhere, and a hybrid key share that makes it larger than a
   * packet.
   */
  static HelloBuilder chrome(String name) {
    HelloBuilder hello = new HelloBuilder();
    hello.suites = new int[] {0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xcca9, 0x009c};
    return hello
        .extension(0x3a3a)
        .serverName(name)
        .extension(0x0017)
        .extension(0xff01, 0)
        .numbers16(10, 0x4a4a, 0x11ec, 0x001d, 0x0017)
        .extension(0x000b, 1, 0)
        .extension(0x0023)
        .alpn("\u005a\u005a", "h2", "http/1.1")
        .numbers16(13, 0x0403, 0x0804, 0x0401)
        .keyShares()
        .versions(0x6a6a, 0x0304, 0x0303)
        .extension(0xfafa, 0);
  }

  HelloBuilder extension(int type, int... content) {
    byte[] bytes = new byte[content.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) content[i];
    }
    return raw(type, bytes);
  }

  HelloBuilder raw(int type, byte[] content) {
    ByteBuf out = Unpooled.buffer();
    out.writeShort(type).writeShort(content.length).writeBytes(content);
    extensions.add(taken(out));
    return this;
  }

  HelloBuilder serverName(String name) {
    byte[] text = name.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuf out = Unpooled.buffer();
    out.writeShort(text.length + 3).writeByte(0).writeShort(text.length).writeBytes(text);
    return raw(0, taken(out));
  }

  HelloBuilder alpn(String... names) {
    ByteBuf list = Unpooled.buffer();
    for (String name : names) {
      list.writeByte(name.length()).writeBytes(name.getBytes(StandardCharsets.ISO_8859_1));
    }
    ByteBuf out = Unpooled.buffer();
    out.writeShort(list.readableBytes()).writeBytes(list);
    return raw(16, taken(out));
  }

  HelloBuilder numbers16(int type, int... numbers) {
    ByteBuf out = Unpooled.buffer();
    out.writeShort(numbers.length * 2);
    for (int number : numbers) {
      out.writeShort(number);
    }
    return raw(type, taken(out));
  }

  HelloBuilder versions(int... numbers) {
    ByteBuf out = Unpooled.buffer();
    out.writeByte(numbers.length * 2);
    for (int number : numbers) {
      out.writeShort(number);
    }
    return raw(43, taken(out));
  }

  private HelloBuilder keyShares() {
    ByteBuf out = Unpooled.buffer();
    out.writeShort(5 + 4 + 1216 + 4 + 32);
    out.writeShort(0x4a4a).writeShort(1).writeByte(0);
    out.writeShort(0x11ec).writeShort(1216).writeBytes(new byte[1216]);
    out.writeShort(0x001d).writeShort(32).writeBytes(new byte[32]);
    return raw(51, taken(out));
  }

  /** The handshake message with its header. */
  byte[] message() {
    ByteBuf body = Unpooled.buffer();
    body.writeShort(legacyVersion).writeBytes(new byte[32]);
    body.writeByte(sessionId.length).writeBytes(sessionId);
    body.writeShort(suites.length * 2);
    for (int suite : suites) {
      body.writeShort(suite);
    }
    body.writeByte(compression.length).writeBytes(compression);
    if (withExtensions) {
      body.writeShort(extensions.stream().mapToInt(extension -> extension.length).sum());
      extensions.forEach(body::writeBytes);
    }
    ByteBuf out = Unpooled.buffer();
    out.writeByte(1).writeMedium(body.readableBytes()).writeBytes(body);
    return taken(out);
  }

  /** In one record. */
  byte[] record() {
    byte[] message = message();
    return records(message, message.length);
  }

  /** In records of that many content bytes each. */
  static byte[] records(byte[] message, int size) {
    ByteBuf out = Unpooled.buffer();
    for (int i = 0; i < message.length; i += size) {
      int length = Math.min(size, message.length - i);
      out.writeByte(22).writeShort(0x0301).writeShort(length).writeBytes(message, i, length);
    }
    return taken(out);
  }

  private static byte[] taken(ByteBuf bytes) {
    byte[] array = new byte[bytes.readableBytes()];
    bytes.readBytes(array);
    return array;
  }
}

package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Records of random lengths, read in random pieces: each is found where it ends. */
class RecordFramingTest {

  private final RecordFraming framing = new RecordFraming();

  private static ByteBuf record(int length) {
    return Unpooled.buffer().writeByte(23).writeShort(0x0303).writeShort(length).writeZero(length);
  }

  @Test
  void follow_wholeRecords_standsBetweenThem() {
    assertThat(framing.isBetweenRecords()).isTrue();
    ByteBuf three = Unpooled.wrappedBuffer(record(1), record(0), record(0xffff));
    assertThat(framing.follow(three)).as("none had begun before").isZero();
    assertThat(framing.isBetweenRecords()).isTrue();
    assertThat(three.readerIndex()).isZero();
  }

  @Test
  void follow_everyCut_tellsTheRecordThatHadBegun() {
    byte[] bytes = new byte[305];
    record(300).readBytes(bytes);
    for (int cut = 1; cut < bytes.length; cut++) {
      assertThat(framing.follow(Unpooled.wrappedBuffer(bytes, 0, cut))).isZero();
      assertThat(framing.isBetweenRecords()).isFalse();
      ByteBuf rest = Unpooled.wrappedBuffer(bytes, cut, bytes.length - cut);
      assertThat(framing.follow(Unpooled.wrappedBuffer(rest, record(7)))).isEqualTo(300);
      assertThat(framing.isBetweenRecords()).isTrue();
    }
  }

  @Test
  void follow_randomPieces_endsWhereTheStreamEnds() {
    Random random = new Random(7);
    ByteBuf stream = Unpooled.buffer();
    List<Integer> ends = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      stream.writeBytes(record(random.nextInt(4) == 0 ? 0 : random.nextInt(17_000)));
      ends.add(stream.writerIndex());
    }
    while (stream.isReadable()) {
      int piece = Math.min(stream.readableBytes(), random.nextInt(20_000));
      framing.follow(stream.readSlice(piece));
      assertThat(framing.isBetweenRecords())
          .isEqualTo(stream.readerIndex() == 0 || ends.contains(stream.readerIndex()));
    }
  }
}

package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.steelyard.testkit.IssuedCertificate;
import io.steelyard.testkit.PeerProcess;
import io.steelyard.testkit.TestCertificates;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that pads its records (RFC 8446 §5.4), which the JDK cannot: openssl's. */
class PaddedRecordsIT {

  private static final IssuedCertificate SERVER =
      TestCertificates.authority("Test CA").issueEc("localhost", "localhost");

  @TempDir Path directory;

  /** Watermarks count plaintext: a byte must not hold the room of the record that it came in. */
  @Test
  void bytesInPaddedRecords_comeInPieces_areNotKeptInBuffersOfTheirRecords() throws Exception {
    TlsDocuments documents =
        new TlsDocuments(directory).with("web", SERVER).handling(TlsHandling.NATIVE);
    try (ServerTls tls = documents.prepare(TlsEngine.BORINGSSL);
        ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        PeerProcess client = start(listening.getLocalPort());
        Socket socket = listening.accept()) {
      InputStream in = socket.getInputStream();
      byte[] piece = new byte[4_096];
      int length = in.read(piece);
      try (ServerEnd server = new ServerEnd(tls, Arrays.copyOf(piece, length))) {
        socket.getOutputStream().write(server.taken());
        boolean asked = false;
        while (server.received().length < 2) {
          length = in.read(piece);
          assertThat(length).as("what openssl has sent").isPositive();
          server.give(piece, 0, length);
          socket.getOutputStream().write(server.taken());
          if (server.isDone() && !asked) {
            asked = true;
            client.type("x\n");
          }
        }
        assertThat(server.capacities).allMatch(capacity -> capacity < 8_192);
      }
    }
  }

  private PeerProcess start(int port) {
    return PeerProcess.start(
        directory,
        List.of(
            PeerProcess.installed("openssl"),
            "s_client",
            "-quiet",
            "-tls1_3",
            "-record_padding",
            "16384",
            "-connect",
            "127.0.0.1:" + port));
  }
}

package io.steelyard.bench;

import java.util.List;

/**
 * The rows of the benchmark, in the order in which they are measured; what each must come to is in
 * the goals.
 */
final class Rows {

  private Rows() {}

  static List<Row> all() {
    return List.of(
        new LoadRow(
            1,
            "keep-alive",
            "1 KiB replies over 64 kept TLS connections",
            cpu(0.90),
            Stage::terminating,
            stage -> stage.wrk(64, false)),
        new LoadRow(
            2,
            "full-ecdsa",
            "connection, full handshake (P-256), 1 KiB, close",
            cpu(0.85),
            Stage::terminating,
            stage -> handshakes(stage, false)),
        new LoadRow(
            2,
            "full-rsa",
            "connection, full handshake (RSA-2048), 1 KiB, close",
            cpu(0.95),
            Stage::terminatingRsa,
            stage -> handshakes(stage, false)),
        new LoadRow(
            3,
            "resumed",
            "connection, resumed handshake, 1 KiB, close",
            cpu(0.85),
            Stage::terminating,
            stage -> handshakes(stage, true)),
        new LoadRow(
            4,
            "download",
            "10 MiB replies over 8 kept TLS connections",
            cpu(0.75),
            Stage::terminating,
            stage -> stage.wrk(8, true)),
        new LoadRow(
            4,
            "upload",
            "10 MiB requests over 8 kept TLS connections",
            cpu(0.85),
            Stage::terminating,
            stage -> new UploadLoad(stage.clients())),
        new LoadRow(
            5,
            "tcp-bulk",
            "10 MiB replies over 8 kept connections, passed through",
            cpu(1.00),
            Stage::passingThrough,
            stage -> stage.wrk(8, true)),
        new LoadRow(
            5,
            "tcp-small",
            "1 KiB replies over 64 kept connections, passed through",
            cpu(1.00),
            Stage::passingThrough,
            stage -> stage.wrk(64, false)),
        new IdleRow(),
        new LatencyRow(),
        new StartRow(),
        new LoadRow(
            10,
            "tls-behind",
            "1 KiB replies over 64 kept TLS connections, TLS to the backend",
            cpu(1.00),
            Stage::encryptingAnew,
            stage -> stage.wrk(64, false)),
        new LoadRow(
            10,
            "tls-behind-new",
            "connection, full handshake, 1 KiB, close; the same to the backend, verified",
            cpu(1.00),
            Stage::encryptingAnew,
            stage -> handshakes(stage, false)),
        // The longest, and the one that a run can do without when its time is up.
        new ManyRow());
  }

  /** By number or name; all where none is asked for. */
  static List<Row> chosen(List<String> wanted) {
    List<Row> chosen =
        all().stream()
            .filter(
                row ->
                    wanted.isEmpty()
                        || wanted.contains(row.name())
                        || wanted.contains(Integer.toString(row.number())))
            .toList();
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "no such row: " + wanted + "; there are " + all().stream().map(Row::name).toList());
    }
    return chosen;
  }

  private static List<Goal> cpu(double ofBestPeer) {
    return List.of(Goal.ofBestPeer(Measure.CPU, ofBestPeer));
  }

  private static Load handshakes(Stage stage, boolean resumed) {
    return new HandshakeLoad(stage.clients(), resumed, () -> Certificates.NAME);
  }
}

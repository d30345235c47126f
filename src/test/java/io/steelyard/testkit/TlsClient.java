package io.steelyard.testkit;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A TLS client of the JDK: each method gives one that differs in one thing.
 *
 * @param serverName sent as SNI; empty = none is sent
 */
public record TlsClient(
    SSLContext context, String serverName, List<String> versions, List<String> alpn) {

  /**
   * The port that sessions are remembered under, whatever port the socket is connected to: so that
   * a session of one listener is offered to another.
   */
  private static final int SESSION_PORT = 443;

  /** A client of both versions that asks for {@code localhost}. */
  public static TlsClient of(SSLContext context) {
    return new TlsClient(context, "localhost", List.of("TLSv1.3", "TLSv1.2"), List.of());
  }

  /** A client that trusts the authority of that fixture. */
  public static TlsClient of(TlsFixture fixture) {
    return of(JdkTls.trusting(fixture.authority()));
  }

  public TlsClient asking(String name) {
    return new TlsClient(context, name, versions, alpn);
  }

  public TlsClient speaking(String... only) {
    return new TlsClient(context, serverName, List.of(only), alpn);
  }

  public TlsClient offering(String... protocols) {
    return new TlsClient(context, serverName, versions, List.of(protocols));
  }

  /** TLS over a connected socket, which it closes with itself. Nothing has been sent yet. */
  public SSLSocket over(Socket plain) throws IOException {
    String peer = serverName.isEmpty() ? "localhost" : serverName;
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(plain, peer, SESSION_PORT, true);
    SSLParameters parameters = socket.getSSLParameters();
    set(parameters);
    socket.setSSLParameters(parameters);
    return socket;
  }

  private void set(SSLParameters parameters) {
    parameters.setProtocols(versions.toArray(String[]::new));
    parameters.setApplicationProtocols(alpn.toArray(String[]::new));
    parameters.setServerNames(
        serverName.isEmpty() ? List.of() : List.of(new SNIHostName(serverName)));
  }

  /** The ClientHello that it would send, in its record. */
  public byte[] hello() throws IOException {
    SSLEngine engine = context.createSSLEngine(serverName, SESSION_PORT);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    set(parameters);
    engine.setSSLParameters(parameters);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), record);
    return Arrays.copyOf(record.array(), record.position());
  }

  /** A connection to that listener whose handshake is done. */
  public SSLSocket connect(RunningListener steelyard) throws IOException {
    Socket plain = steelyard.connect();
    try {
      SSLSocket socket = over(plain);
      socket.startHandshake();
      return socket;
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }
}

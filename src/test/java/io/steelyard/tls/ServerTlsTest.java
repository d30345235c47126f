package io.steelyard.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import io.steelyard.config.Problems;
import io.steelyard.testkit.TestCertificates;
import io.steelyard.testkit.TestCertificates.Authority;
import io.steelyard.tls.ServerTls.Selection.Accepted;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ServerTlsTest {

  private static final Authority CA = TestCertificates.authority("Test CA");

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void select_oneCertificate_finishesTheHandshake(TlsEngine engine) throws Exception {
    TlsDocuments setup =
        new TlsDocuments(directory).with("web", CA.issueEc("www.example.com", "www.example.com"));
    Problems problems = new Problems("test");
    ServerTls tls =
        ServerTls.prepare(setup.listener(), setup.document(), engine, problems).orElseThrow();
    assertThat(problems.all()).isEmpty();
    SslContext client =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .build();
    Accepted accepted = (Accepted) tls.select(Hellos.modern("www.example.com"));
    try (Handshake handshake =
        Handshake.run(accepted, client.newHandler(UnpooledByteBufAllocator.DEFAULT, "www.example.com", 443))) {
      handshake.exchange();
      assertThat(handshake.facts().version()).isEqualTo("TLSv1.3");
      assertThat(handshake.facts().certificate()).isEqualTo("web");
    }
    tls.close();
    ReferenceCountUtil.release(client);
  }
}

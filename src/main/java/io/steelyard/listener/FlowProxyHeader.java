package io.steelyard.listener;

import io.steelyard.flow.Flow;
import io.steelyard.flow.TlsFacts;
import io.steelyard.wire.ProxyHeader;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/** What a flow says of itself in a PROXY protocol header. */
final class FlowProxyHeader {

  /** Tells flows of this process from those of another, or of the one before a restart. */
  private static final class ThisProcess {
    static final long ID = new SecureRandom().nextLong();
  }

  private FlowProxyHeader() {}

  static ProxyHeader of(Flow flow) {
    TlsFacts tls = flow.tls();
    return new ProxyHeader(
        false,
        flow.client(),
        flow.destination(),
        tls == null ? "" : tls.alpn(),
        flow.sni() == null ? "" : flow.sni(),
        ByteBuffer.allocate(2 * Long.BYTES).putLong(ThisProcess.ID).putLong(flow.id()).array(),
        Optional.ofNullable(tls).map(FlowProxyHeader::tls));
  }

  private static ProxyHeader.Tls tls(TlsFacts facts) {
    Optional<X509Certificate> client = facts.clientCertificate();
    return new ProxyHeader.Tls(
        facts.version(),
        facts.cipher(),
        client.isPresent(),
        client.map(FlowProxyHeader::commonName).orElse(""),
        client.map(FlowProxyHeader::encoded).orElse(new byte[0]));
  }

  private static String commonName(X509Certificate certificate) {
    try {
      for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (rdn.getType().equalsIgnoreCase("CN")) {
          return String.valueOf(rdn.getValue());
        }
      }
      return "";
    } catch (InvalidNameException e) {
      return "";
    }
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a verified certificate has an encoding", e);
    }
  }
}

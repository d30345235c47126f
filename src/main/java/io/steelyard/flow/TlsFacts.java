package io.steelyard.flow;

import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * What a completed handshake with a client agreed on.
 *
 * @param version {@code TLSv1.2}, {@code TLSv1.3}
 * @param cipher IANA name
 * @param group IANA name such as {@code X25519MLKEM768}; {@code none} where no key exchange took
 *     place
 * @param alpn empty string where none was agreed
 * @param certificate name of the certificate served, as in the document
 * @param clientCertificate verified; absent where the client showed none
 */
public record TlsFacts(
    String version,
    String cipher,
    String group,
    boolean resumed,
    String alpn,
    String certificate,
    Optional<X509Certificate> clientCertificate) {}

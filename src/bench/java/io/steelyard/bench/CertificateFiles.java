package io.steelyard.bench;

import java.nio.file.Path;

/**
 * The files of one certificate.
 *
 * @param chain the certificate alone
 * @param key its key, unencrypted PKCS#8
 * @param both the two in one file, as HAProxy and hitch want them
 */
record CertificateFiles(Path chain, Path key, Path both) {}

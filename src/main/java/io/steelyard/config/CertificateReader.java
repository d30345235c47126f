package io.steelyard.config;

import io.steelyard.config.CertificateConfig.Source;
import java.nio.file.Path;
import java.util.Optional;

/** Reads one entry of {@code certificates}; the files themselves are for package tls. */
final class CertificateReader {

  private final Form<Path> file;
  private final Path placeholder;

  CertificateReader(Path directory) {
    this.file = Forms.file(directory);
    this.placeholder = directory;
  }

  Located<CertificateConfig> read(Section section) {
    String name = section.required("name", Forms.NAME, "");
    Source source = section.has("pkcs12") ? pkcs12(section) : pem(section);
    Optional<Path> ocspResponse = section.optional("ocsp-response", file);
    section.end();
    return new Located<>(section.path(), new CertificateConfig(name, source, ocspResponse));
  }

  private Source pem(Section section) {
    Source source =
        new Source.Pem(
            section.value("certificate", file, placeholder),
            section.value("key", file, placeholder),
            section.optional("key-password-file", file));
    boolean neither = !section.has("certificate") && !section.has("key");
    if (!section.has("certificate")) {
      section.missing("certificate", neither ? "certificate and key, or pkcs12" : file.expected());
    }
    if (!section.has("key") && !neither) {
      section.missing("key", file.expected());
    }
    section.optional("password-file", file);
    section.withoutEffect(
        "pkcs12", "without pkcs12; key-password-file opens an encrypted key", "password-file");
    return source;
  }

  private Source pkcs12(Section section) {
    Source source =
        new Source.Pkcs12(
            section.value("pkcs12", file, placeholder), section.optional("password-file", file));
    for (String key : new String[] {"certificate", "key"}) {
      if (section.optional(key, file).isPresent()) {
        section.error(key, key + " beside pkcs12", "one of the two");
      }
    }
    section.optional("key-password-file", file);
    section.withoutEffect("pkcs12", "with pkcs12; password-file opens it", "key-password-file");
    return source;
  }
}

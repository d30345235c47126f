package io.steelyard.tls;

import io.steelyard.config.CertificateConfig;
import io.steelyard.config.CertificateConfig.Source;
import io.steelyard.config.FileContents;
import io.steelyard.config.Problem;
import io.steelyard.config.Problems;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Reads a certificate with its key from PEM files or a PKCS#12 store and says everything that is
 * wrong with it. Reads files (blocking); never prints a key or a password.
 */
final class CertificateLoader {

  /** Configuration's bound on the text of a chain. */
  static final int MAX_CHAIN_CHARS = 65_536;

  /** No key or PKCS#12 store is longer; a path that points elsewhere must not fill the memory. */
  private static final int MAX_FILE_BYTES = 1024 * 1024;

  private final FileContents contents;
  private final InstantSource clock;
  private final Problems problems;

  private CertificateLoader(FileContents contents, InstantSource clock, Problems problems) {
    this.contents = contents;
    this.clock = clock;
    this.problems = problems;
  }

  /** Its files, the chain first. */
  static List<Path> files(CertificateConfig config) {
    List<Path> files = new ArrayList<>();
    switch (config.source()) {
      case Source.Pem pem -> {
        files.add(pem.certificate());
        files.add(pem.key());
        pem.keyPasswordFile().ifPresent(files::add);
      }
      case Source.Pkcs12 store -> {
        files.add(store.file());
        store.passwordFile().ifPresent(files::add);
      }
    }
    return files;
  }

  /**
   * Loads it.
   *
   * @param contents of its files
   * @return empty where the problems got an error
   */
  static Optional<LoadedCertificate> load(
      CertificateConfig config, FileContents contents, InstantSource clock, Problems problems) {
    return new CertificateLoader(contents, clock, problems).load(config);
  }

  private Optional<LoadedCertificate> load(CertificateConfig config) {
    String path = "certificates[" + config.name() + "]";
    Optional<KeyAndChain> read =
        switch (config.source()) {
          case Source.Pem pem -> readPem(pem, path);
          case Source.Pkcs12 store -> readPkcs12(store, path);
        };
    return read.flatMap(
        found ->
            new CertificateRules(clock, this::report)
                .check(config.name(), found.key(), found.chain(), found.path(), found.keyPath()));
  }

  private Optional<KeyAndChain> readPem(Source.Pem pem, String path) {
    String chainPath = path + ".certificate";
    String keyPath = path + ".key";
    Optional<List<X509Certificate>> chain = readChain(pem.certificate(), chainPath);
    Optional<char[]> password = password(pem.keyPasswordFile(), path + ".key-password-file");
    Optional<PrivateKey> key =
        password.isEmpty() ? Optional.empty() : readKey(pem.key(), keyPath, password.get());
    warnIfReadableByOthers(pem.key(), keyPath);
    if (chain.isEmpty() || key.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new KeyAndChain(key.get(), chain.get(), chainPath, keyPath));
  }

  private Optional<List<X509Certificate>> readChain(Path file, String path) {
    Optional<byte[]> bytes = readFile(file, path);
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    if (bytes.get().length > MAX_CHAIN_CHARS) {
      error(path, bytes.get().length + " characters", "at most " + MAX_CHAIN_CHARS);
      return Optional.empty();
    }
    try {
      List<X509Certificate> chain = PemFiles.certificates(bytes.get());
      if (chain.isEmpty()) {
        error(path, file + " without a certificate", "a PEM certificate chain, leaf first");
        return Optional.empty();
      }
      return Optional.of(chain);
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      error(path, file + " that cannot be read as certificates", "a PEM certificate chain");
      return Optional.empty();
    }
  }

  private Optional<PrivateKey> readKey(Path file, String path, char[] password) {
    Optional<byte[]> bytes = readFile(file, path);
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    try {
      Optional<PrivateKey> key = PemFiles.privateKey(bytes.get(), password);
      if (key.isEmpty()) {
        error(path, file + " without a private key", "a PEM private key");
      }
      return key;
    } catch (PemFiles.PasswordMissing e) {
      error(path, file + ", an encrypted key", "a key-password-file beside it");
    } catch (PemFiles.WrongPassword e) {
      error(path, file + ", which the password does not open", "the password of this key");
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // Bouncy Castle and the JDK answer broken keys with many kinds of runtime exceptions. Their
      // messages are not
      // shown: they may quote what they read.
      error(path, file + " that cannot be read as a key", "an RSA or EC key: PKCS#1, PKCS#8, SEC1");
    } finally {
      Arrays.fill(password, '\0');
    }
    return Optional.empty();
  }

  private Optional<KeyAndChain> readPkcs12(Source.Pkcs12 source, String path) {
    String storePath = path + ".pkcs12";
    Optional<char[]> password = password(source.passwordFile(), path + ".password-file");
    Optional<byte[]> bytes = readFile(source.file(), storePath);
    if (password.isEmpty() || bytes.isEmpty()) {
      return Optional.empty();
    }
    warnIfReadableByOthers(source.file(), storePath);
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(new ByteArrayInputStream(bytes.get()), password.get());
      return keyEntry(store, password.get(), source.file(), storePath);
    } catch (IOException e) {
      boolean wrong = e.getCause() instanceof GeneralSecurityException;
      String found =
          source.file() + (wrong ? ", which the password does not open" : " that cannot be read");
      error(storePath, found, "a PKCS#12 store and its password");
    } catch (GeneralSecurityException | RuntimeException e) {
      error(storePath, source.file() + " that cannot be read", "a PKCS#12 store and its password");
    } finally {
      Arrays.fill(password.get(), '\0');
    }
    return Optional.empty();
  }

  private Optional<KeyAndChain> keyEntry(KeyStore store, char[] password, Path file, String path)
      throws GeneralSecurityException {
    List<String> keys = new ArrayList<>();
    for (String alias : Collections.list(store.aliases())) {
      if (store.isKeyEntry(alias)) {
        keys.add(alias);
      }
    }
    if (keys.size() != 1) {
      error(path, file + " with " + keys.size() + " keys", "a store with one key");
      return Optional.empty();
    }
    List<X509Certificate> chain = new ArrayList<>();
    Certificate[] found = store.getCertificateChain(keys.getFirst());
    for (Certificate certificate : found == null ? new Certificate[0] : found) {
      chain.add((X509Certificate) certificate);
    }
    if (chain.isEmpty()) {
      error(path, file + " without a certificate for its key", "the certificate in the store");
      return Optional.empty();
    }
    PrivateKey key = (PrivateKey) store.getKey(keys.getFirst(), password);
    return Optional.of(new KeyAndChain(key, chain, path, path));
  }

  /**
   * The password in that file without its line end; empty where there is no file to read one from.
   */
  private Optional<char[]> password(Optional<Path> file, String path) {
    if (file.isEmpty()) {
      return Optional.of(new char[0]);
    }
    warnIfReadableByOthers(file.get(), path);
    return readFile(file.get(), path)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8).stripTrailing().toCharArray());
  }

  private Optional<byte[]> readFile(Path file, String path) {
    try {
      return Optional.of(contents.bytes(file, MAX_FILE_BYTES));
    } catch (FileContents.TooLongException e) {
      error(path, file + ", longer than " + MAX_FILE_BYTES + " bytes", "a key or certificate file");
    } catch (NoSuchFileException e) {
      error(path, file + ", which does not exist", "a file");
    } catch (IOException e) {
      error(path, file + ", which cannot be read", "a file that Steelyard may read");
    }
    return Optional.empty();
  }

  private void warnIfReadableByOthers(Path file, String path) {
    if (contents.isReadableByOthers(file)) {
      warning(path, file + ", which others can read", "mode 0600 or 0640");
    }
  }

  private void error(String path, String found, String expected) {
    report(Problem.Severity.ERROR, path, found, expected);
  }

  private void warning(String path, String found, String expected) {
    report(Problem.Severity.WARNING, path, found, expected);
  }

  private void report(Problem.Severity severity, String path, String found, String expected) {
    switch (severity) {
      case ERROR -> problems.error(path, found, expected);
      case WARNING -> problems.warning(path, found, expected);
    }
  }

  private record KeyAndChain(
      PrivateKey key, List<X509Certificate> chain, String path, String keyPath) {}
}

package io.steelyard.bench;

import java.nio.file.Path;

/**
 * What the balancers of a row are set up as.
 *
 * @param name distinguishes its files
 * @param front what clients speak
 * @param behind what the backend is spoken to with
 * @param certificate the one in front
 * @param backendPort the port of the backend that {@code behind} speaks
 * @param authority a PEM bundle that the backend's certificate verifies against
 * @param crowd how much of everything: {@link Crowd#ONE} in all rows but one
 */
record Scene(
    String name,
    Protocol front,
    Protocol behind,
    CertificateFiles certificate,
    int backendPort,
    Path authority,
    Crowd crowd) {

  /** What is spoken on one side of a balancer. */
  enum Protocol {
    TCP,
    TLS
  }

  Scene withCrowd(String newName, Crowd newCrowd, int port) {
    return new Scene(newName, front, behind, certificate, port, authority, newCrowd);
  }
}

package io.steelyard.tls;

import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PSSParameterSpec;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/**
 * Something signed, as lists and responses of authorities are.
 *
 * @param content what was signed, DER
 */
record Signed(AlgorithmIdentifier algorithm, byte[] content, byte[] signature) {

  /** Whether that key has signed it; not where the key or the algorithm is of another kind. */
  boolean isBy(PublicKey key) {
    try {
      Signature verifier = verifier();
      verifier.initVerify(key);
      verifier.update(content);
      return verifier.verify(signature);
    } catch (GeneralSecurityException | IOException e) {
      return false;
    }
  }

  private Signature verifier() throws GeneralSecurityException, IOException {
    if (!algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_RSASSA_PSS)) {
      return Signature.getInstance(algorithm.getAlgorithm().getId());
    }
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
    parameters.init(algorithm.getParameters().toASN1Primitive().getEncoded());
    Signature verifier = Signature.getInstance("RSASSA-PSS");
    verifier.setParameter(parameters.getParameterSpec(PSSParameterSpec.class));
    return verifier;
  }
}

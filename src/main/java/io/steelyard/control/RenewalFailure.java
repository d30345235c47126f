package io.steelyard.control;

import java.time.Instant;

/**
 * Files whose new content cannot be used, so that the old is kept.
 *
 * @param kind one of the constants of {@link Renewals}
 * @param name of the certificate, listener, server group or ip-group
 * @param since when it was told
 * @param text what is wrong, for people; never a secret
 */
public record RenewalFailure(String kind, String name, Instant since, String text) {}

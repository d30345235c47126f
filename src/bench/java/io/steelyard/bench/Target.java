package io.steelyard.bench;

/**
 * What a load is put on.
 *
 * @param port on 127.0.0.1
 * @param tls whether it is spoken to through TLS
 * @param balancer whose processor time counts
 * @param backend counts requests
 */
record Target(int port, boolean tls, ProcessTree balancer, Backend backend) {}

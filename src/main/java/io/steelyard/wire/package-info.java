/** Bytes to records and back: PROXY protocol headers, ClientHello and ServerHello. No sockets. */
@NullMarked
package io.steelyard.wire;

import org.jspecify.annotations.NullMarked;

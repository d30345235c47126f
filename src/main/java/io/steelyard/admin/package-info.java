/** Windows for operators: health routes, and later the admin API. */
@NullMarked
package io.steelyard.admin;

import org.jspecify.annotations.NullMarked;

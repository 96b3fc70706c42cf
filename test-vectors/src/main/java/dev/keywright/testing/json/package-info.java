/** JSON for the test kit's own use. Not exported. */
@NullMarked
package dev.keywright.testing.json;

import org.jspecify.annotations.NullMarked;

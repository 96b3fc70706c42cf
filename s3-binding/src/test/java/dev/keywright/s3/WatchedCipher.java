/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.jca.JcaContentCipher;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The platform's cipher, and whether the keys it was lent and the digests it gave were closed. */
final class WatchedCipher implements ContentCipher {
    private final ContentCipher cipher = JcaContentCipher.platform();
    private final Set<ContentKey> keys =
            Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
    private final List<SegmentDigest> digests = Collections.synchronizedList(new ArrayList<>());

    /** So many keys were lent and can still be. */
    void assertAlive(int wanted) {
        assertThat(keys).filteredOn(WatchedCipher::isAlive).hasSize(wanted);
    }

    /** So many keys were lent, and all are closed, with their digests. */
    void assertAllWiped(int wanted) {
        assertThat(keys).hasSize(wanted).noneMatch(WatchedCipher::isAlive);
        for (SegmentDigest digest : digests) {
            assertThatThrownBy(() -> digest.sameAs(digest)).isInstanceOf(IllegalStateException.class);
        }
    }

    private static boolean isAlive(ContentKey key) {
        try {
            return key.use((raw, iv, aad) -> true);
        } catch (IllegalStateException closed) {
            return false;
        }
    }

    @Override
    public Set<AlgorithmSuite> suites() {
        return cipher.suites();
    }

    @Override
    public Segment segment(ContentKey key, Direction direction, long offsetBytes) {
        keys.add(key);
        Segment segment = cipher.segment(key, direction, offsetBytes);
        return new Segment() {
            @Override
            public void update(ByteBuffer in, ByteBuffer out) {
                segment.update(in, out);
            }

            @Override
            public SegmentDigest finish() {
                SegmentDigest digest = segment.finish();
                digests.add(digest);
                return digest;
            }

            @Override
            public void close() {
                segment.close();
            }
        };
    }

    @Override
    public Bytes seal(ContentKey key, Bytes associatedData, List<? extends SegmentDigest> digests) {
        return cipher.seal(key, associatedData, digests);
    }

    @Override
    public List<SegmentDigest> unseal(ContentKey key, Bytes associatedData, Bytes sealed) {
        return cipher.unseal(key, associatedData, sealed);
    }

    @Override
    public Bytes tag(ContentKey key, List<? extends SegmentDigest> inOrder) {
        return cipher.tag(key, inOrder);
    }
}

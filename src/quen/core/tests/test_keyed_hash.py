"""The keyed hash, made by Python and by SQL."""

from __future__ import annotations

import hashlib

from quen.core.keyed_hash import digest, paddings

KEY = bytes(range(32))


def test_the_paddings_make_the_same_hash() -> None:
    outer, inner = paddings(KEY)
    by_hand = hashlib.sha256(outer + hashlib.sha256(inner + b"email:lan@tra-sen.vn").digest()).digest()
    assert by_hand == digest(KEY, "email", "lan@tra-sen.vn")


def test_key_kind_and_value_all_count() -> None:
    hashes = {
        digest(KEY, "email", "a"),
        digest(KEY, "phone", "a"),
        digest(KEY, "email", "b"),
        digest(b"x", "email", "a"),
    }
    assert len(hashes) == 4

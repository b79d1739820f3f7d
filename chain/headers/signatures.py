"""Who signed a digest: recovery on secp256k1, of canonical signatures only.

Sources: SEC 1, section 4.1.6 (recovery), SEC 2, section 2.4.1 (the curve); EIP-2 (s in the lower half of the
order, so that a signature has one form).
"""

from __future__ import annotations

from functools import lru_cache

from coincurve import PublicKey

from chain.hashing import keccak

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of secp256k1 (SEC 2, section 2.4.1)."""

SIZE = 65
"""Bytes of a signature: r and s of 32 each, then the parity."""


class BadSignature(ValueError):
    """A signature is not canonical or of no key; `field` names what is wrong, `expected` and `got` how."""

    def __init__(self, field: str, expected: object, got: object) -> None:
        super().__init__(f"{field}: {got}, not {expected}")
        self.field, self.expected, self.got = field, expected, got


def signer(digest: bytes, signature: bytes) -> bytes:
    """The address, 20 bytes, whose key made a signature of 65 bytes over a digest of 32.

    Raises:
        BadSignature: the signature has another size, is not canonical or is of no key.
    """
    if len(signature) != SIZE:
        raise BadSignature("length", f"{SIZE} bytes", f"{len(signature)} bytes")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if signature[64] > 1:
        raise BadSignature("v", "a parity of 0 or 1", signature[64])
    if not 0 < r < ORDER:
        raise BadSignature("r", "within the order of the curve", hex(r))
    if not 0 < s <= ORDER // 2:
        raise BadSignature("s", "within the lower half of the order", hex(s))
    try:
        key = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except Exception as error:  # coincurve raises a plain Exception
        raise BadSignature("signature", "one of some key", error) from error
    return _address(key.format(compressed=False))


@lru_cache(maxsize=16384)
def _address(key: bytes) -> bytes:
    """The address of an uncompressed public key, 65 bytes."""
    return keccak(key[1:])[12:]

"""Proof that a Paillier ciphertext and a Pedersen commitment hold the same integer.

Statement: c = Enc(x; r) under N and C = x*G + s*H, for one integer x of a known interval
[lower, lower + 2^L). With y = x - lower >= 0 and both sides shifted by lower:

    a in [0, 2^(L+E+S)), b in Z_q, g a unit mod N;  A = a*G + b*H,  D = (1+N)^a * g^N mod N^2
    e = hash, E = 128 bits;  z = a + e*y over the integers,  t = b + e*s mod q,  u = g * r^e mod N
    verify z < 2^(L+E+S+1) and that the hash of A' = z*G + t*H - e*C, D' = (1+N)^z * u^N * c^-e gives e again.

Soundness. Two accepting transcripts with the same A, D give Dz = De*y (mod q) for the committed y and Dz =
De*m (mod N) for the plaintext m, because (c/(1+N)^m)^De is an N-th residue and gcd(De, N) = 1 when no prime
factor of N is below 2^128. The interval is known for one of the two sides from elsewhere:

* `Bounded.COMMITMENT`: the commitment carries a range proof or an attester's word. Both sides of the first
  equation are shorter than q when L + E + S + 2 < 255, so it holds over the integers, and then y = m.
* `Bounded.PLAINTEXT`: the plaintext is known to be small, as a score is once its proof and its model were
  checked. The second equation holds over the integers because L + E + S + 2 is far below the length of N,
  and then the first says that the commitment holds m modulo q.

Without either, a commitment to 5/2 mod q links to a ciphertext of 5/2 mod N: the interval is part of the
statement. Statistical zero-knowledge with distance 2^-80. The verifier learns nothing of x. Adversary: a
malicious prover, the key owner included. Family: Chase, Orru, Perrin, Zaverucha, "Proofs of discrete
logarithm equality across groups" (ePrint 2022/1593); the argument above is ours and has had no outside
review.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import Enum

import gmpy2

from privacy.errors import LinkProofRefused, NotAUnit, OutOfRange, PointRefused
from privacy.primitives import curve, paillier, pedersen
from privacy.primitives.masks import fresh_mask
from privacy.primitives.paillier import PrivateKey, PublicKey
from privacy.primitives.pedersen import Opening
from privacy.primitives.transcript import Transcript
from privacy.primitives.wire import Reader, encode_uint
from privacy.proofs.parameters import (
    CHALLENGE_BITS,
    CHALLENGE_BYTES,
    COMMITTED_BITS_LIMIT,
    mask_bits,
    response_bits,
)
from privacy.proofs.range import Interval

_VERSION = 1
_OFFSET_BYTES = 32


class Bounded(Enum):
    """Which side of a link is known to lie in the interval, from outside this proof."""

    COMMITMENT = 0
    PLAINTEXT = 1


@dataclass(frozen=True, slots=True)
class Link:
    """The statement: `ciphertext` and `commitment` hold the same integer of `interval`.

    Raises:
        OutOfRange: The interval is too long for the bounded side.
    """

    public: PublicKey
    ciphertext: int
    commitment: bytes
    interval: Interval
    bounded: Bounded

    def __post_init__(self) -> None:
        if self.bounded is Bounded.COMMITMENT and self.interval.bits > COMMITTED_BITS_LIMIT:
            raise OutOfRange(f"a committed integer has at most {COMMITTED_BITS_LIMIT} bits here")
        if response_bits(self.interval.bits) + 2 >= self.public.modulus.bit_length():
            raise OutOfRange("the interval is too long for the modulus")


@dataclass(frozen=True, slots=True)
class LinkProof:
    """Challenge and the three responses: z over the integers, t modulo q, u modulo N."""

    challenge: int
    response: int
    blinding_response: int
    root_response: int


def response_bytes(interval: Interval) -> int:
    """Return the width of an encoded integer response."""
    return (response_bits(interval.bits) + 7) // 8


def _challenge(link: Link, point: curve.Point, ciphertext: int, context: bytes) -> int:
    public, interval = link.public, link.interval
    transcript = Transcript("link", _VERSION)
    transcript.append("context", context)
    transcript.append_uint("modulus", public.modulus, public.modulus_bytes)
    transcript.append_uint("ciphertext", link.ciphertext, public.ciphertext_bytes)
    transcript.append("commitment", link.commitment)
    transcript.append("lower", (interval.lower % (1 << 8 * _OFFSET_BYTES)).to_bytes(_OFFSET_BYTES, "big"))
    transcript.append_uint("bits", interval.bits, 1)
    transcript.append_uint("bounded", link.bounded.value, 1)
    transcript.append("first-point", curve.encode_point(point))
    transcript.append_uint("first-ciphertext", ciphertext, public.ciphertext_bytes)
    return transcript.challenge("challenge", CHALLENGE_BITS)


def prove_link(
    link: Link, opening: Opening, root: int, context: bytes, key: PrivateKey | None = None
) -> LinkProof:
    """Prove a link.

    Args:
        link: The statement.
        opening: Opens `link.commitment`.
        root: The randomness r of the ciphertext.
        context: Binds the enclosing statement.
        key: The private key, where the prover owns it: one exponentiation by CRT.

    Raises:
        OutOfRange: The committed value lies outside the interval.
    """
    if opening.value not in link.interval:
        raise OutOfRange(f"the committed value lies outside {link.interval}")
    public = link.public
    mask = secrets.randbits(mask_bits(link.interval.bits))
    point_blinding = pedersen.random_scalar()
    if key is None:
        fresh = fresh_mask(public)
        fresh_root, power = fresh.root, fresh.power
    else:
        fresh_root = paillier.random_unit(public.modulus)
        power = paillier.power_of_root(key, fresh_root)
    first_ciphertext = paillier.add(public, paillier.encode_plaintext(public, mask), power)
    e = _challenge(link, pedersen.combine(mask, point_blinding), first_ciphertext, context)
    return LinkProof(
        challenge=e,
        response=mask + e * (opening.value - link.interval.lower),
        blinding_response=(point_blinding + e * opening.blinding) % curve.ORDER,
        root_response=int(fresh_root * gmpy2.powmod(root, e, public.modulus) % public.modulus),
    )


def verify_link(link: Link, proof: LinkProof, context: bytes) -> None:
    """Check a link. The caller has the interval of the bounded side, and the key proofs, from elsewhere.

    Raises:
        LinkProofRefused: A number is out of range or no unit, a point is malformed, or the hash differs.
    """
    public = link.public
    if not 0 <= proof.response < 1 << response_bits(link.interval.bits):
        raise LinkProofRefused("the integer response is out of range")
    if not 0 <= proof.challenge < 1 << CHALLENGE_BITS or not 0 <= proof.blinding_response < curve.ORDER:
        raise LinkProofRefused("the challenge or the blinding response is out of range")
    try:
        paillier.check_ciphertext(public, link.ciphertext)
        paillier.check_unit(proof.root_response, public.modulus, "the root response")
        shifted_point = pedersen.shift(link.commitment, -link.interval.lower)
        shifted_ciphertext = paillier.add_plain(public, link.ciphertext, -link.interval.lower)
        point = curve.add(
            (
                pedersen.combine(proof.response, proof.blinding_response),
                curve.multiply(shifted_point, -proof.challenge),
            )
        )
        opened = paillier.encrypt(public, proof.response, proof.root_response)
        ciphertext = paillier.add(
            public, opened, paillier.multiply(public, shifted_ciphertext, -proof.challenge)
        )
        expected = _challenge(link, point, ciphertext, context)
    except (NotAUnit, PointRefused) as error:
        raise LinkProofRefused(str(error)) from error
    if expected != proof.challenge:
        raise LinkProofRefused("the responses do not give the challenge again")


def encode_link_proof(interval: Interval, proof: LinkProof, modulus_bytes: int) -> bytes:
    """Return the bytes of a proof, a fragment of a versioned message."""
    return (
        encode_uint(proof.challenge, CHALLENGE_BYTES)
        + encode_uint(proof.response, response_bytes(interval))
        + encode_uint(proof.blinding_response, curve.SCALAR_BYTES)
        + encode_uint(proof.root_response, modulus_bytes)
    )


def read_link_proof(reader: Reader, interval: Interval, modulus_bytes: int) -> LinkProof:
    """Read a proof from a message; the unit modulo N is checked by `verify_link`.

    Raises:
        MalformedEncoding: The bytes are no canonical encoding of one.
    """
    return LinkProof(
        challenge=reader.take_uint(CHALLENGE_BYTES),
        response=reader.take_uint(response_bytes(interval), below=1 << response_bits(interval.bits)),
        blinding_response=reader.take_uint(curve.SCALAR_BYTES, below=curve.ORDER),
        root_response=reader.take_uint(modulus_bytes),
    )

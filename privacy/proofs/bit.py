"""Proof that a Pedersen commitment holds 0 or 1.

Source: Cramer, Damgard, Schoenmakers, "Proofs of partial knowledge", CRYPTO 1994, applied to the statements C
= r*H and C - G = r*H: one branch is proven, the other simulated, and the two challenges add up to the hash.
The verifier learns nothing of the bit (perfect honest-verifier zero-knowledge). Adversary: a malicious
prover, soundness error 2^-128 in the random-oracle model.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from privacy.errors import BitProofRefused, OutOfRange, PointRefused
from privacy.primitives import curve, pedersen
from privacy.primitives.pedersen import Opening
from privacy.primitives.transcript import Transcript
from privacy.primitives.wire import Reader, encode_uint
from privacy.proofs.parameters import CHALLENGE_BITS, CHALLENGE_BYTES

_VERSION = 1


@dataclass(frozen=True, slots=True)
class BitProof:
    """Challenge and response of each branch, index 0 for the bit 0, index 1 for the bit 1.

    Attributes:
        challenges: Two integers below 2^128 whose sum modulo 2^128 is the hash.
        responses: Two scalars below the group order.
    """

    challenges: tuple[int, int]
    responses: tuple[int, int]


def _branch_points(point: curve.Point) -> tuple[curve.Point, curve.Point]:
    return point, curve.add((point, curve.multiply_generator(-1)))


def _first_message(branch: curve.Point, challenge: int, response: int) -> curve.Point:
    return curve.add((curve.multiply(pedersen.H, response), curve.multiply(branch, -challenge)))


def _challenge(point: curve.Point, messages: tuple[curve.Point, curve.Point], context: bytes) -> int:
    transcript = Transcript("bit", _VERSION)
    transcript.append("context", context)
    transcript.append("commitment", curve.encode_point(point))
    transcript.append_all("first-message", [curve.encode_point(message) for message in messages])
    return transcript.challenge("challenge", CHALLENGE_BITS)


def prove_bit(point: curve.Point, opening: Opening, context: bytes) -> BitProof:
    """Prove that `point`, which `opening` opens, commits to a bit; `context` binds the enclosing statement.

    Raises:
        OutOfRange: The value is neither 0 nor 1.
    """
    bit = opening.value
    if bit not in (0, 1):
        raise OutOfRange("the committed value is no bit")
    branches = _branch_points(point)
    nonce = pedersen.random_scalar()
    simulated_challenge = secrets.randbits(CHALLENGE_BITS)
    simulated_response = pedersen.random_scalar()
    proven = curve.multiply(pedersen.H, nonce)
    simulated = _first_message(branches[1 - bit], simulated_challenge, simulated_response)
    messages = (simulated, proven) if bit else (proven, simulated)
    challenge = (_challenge(point, messages, context) - simulated_challenge) % (1 << CHALLENGE_BITS)
    response = (nonce + challenge * opening.blinding) % curve.ORDER
    if bit:
        return BitProof((simulated_challenge, challenge), (simulated_response, response))
    return BitProof((challenge, simulated_challenge), (response, simulated_response))


def verify_bit(point: curve.Point, proof: BitProof, context: bytes) -> None:
    """Check that `point` commits to a bit.

    Raises:
        BitProofRefused: A number is out of range, the commitment is the identity, or the hash differs.
    """
    if any(not 0 <= challenge < 1 << CHALLENGE_BITS for challenge in proof.challenges):
        raise BitProofRefused("a challenge is out of range")
    if any(not 0 <= response < curve.ORDER for response in proof.responses):
        raise BitProofRefused("a response is out of range")
    branches = _branch_points(point)
    messages = (
        _first_message(branches[0], proof.challenges[0], proof.responses[0]),
        _first_message(branches[1], proof.challenges[1], proof.responses[1]),
    )
    try:
        expected = _challenge(point, messages, context)
    except PointRefused as error:
        raise BitProofRefused("a point of the proof is the identity") from error
    if sum(proof.challenges) % (1 << CHALLENGE_BITS) != expected:
        raise BitProofRefused("the challenges do not add up to the hash")


def encode_bit_proof(proof: BitProof) -> bytes:
    """Return the 96 bytes of a proof, a fragment of a versioned message."""
    return b"".join(encode_uint(challenge, CHALLENGE_BYTES) for challenge in proof.challenges) + b"".join(
        encode_uint(response, curve.SCALAR_BYTES) for response in proof.responses
    )


def read_bit_proof(reader: Reader) -> BitProof:
    """Read a proof from a message.

    Raises:
        MalformedEncoding: The bytes are no canonical encoding of one.
    """
    challenges = (reader.take_uint(CHALLENGE_BYTES), reader.take_uint(CHALLENGE_BYTES))
    responses = (
        reader.take_uint(curve.SCALAR_BYTES, below=curve.ORDER),
        reader.take_uint(curve.SCALAR_BYTES, below=curve.ORDER),
    )
    return BitProof(challenges, responses)

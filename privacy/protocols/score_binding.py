"""Closing the loop: the bank commits to the score it decrypted and proves that the commitment holds it.

Parties: the bank (key), and anyone who holds the model publication, the statement and the score message. As
key owner the bank extracts the N-th root of c and links c to a Pedersen commitment (`privacy.proofs.link`);
it may then show a decision band with a range proof on the commitment. No range proof is needed for the link
itself: the score proof and the model's proofs already bound the plaintext below 2^63, so the checks of the
score message are part of the checks here. The reader learns the commitment only. Adversary: a bank that
decided on another number than it decrypted.
"""

from __future__ import annotations

from dataclasses import dataclass

from privacy.errors import MalformedEncoding, StatementMismatch
from privacy.primitives import curve, paillier, pedersen
from privacy.primitives.paillier import SUPPORTED_KEY_BITS, PrivateKey, PublicKey
from privacy.primitives.pedersen import Opening
from privacy.primitives.wire import Reader, encode_uint, header
from privacy.proofs.link import (
    Bounded,
    Link,
    LinkProof,
    encode_link_proof,
    prove_link,
    read_link_proof,
    verify_link,
)
from privacy.proofs.range import signed_interval
from privacy.protocols.model_publication import ModelPublication
from privacy.protocols.score_messages import ScoreMessage, ScoreStatement, transcript_hash

# 64 features * 2^15 * 2^40 plus a bias of two signed 31-bit limbs stay below 2^63.
SCORE_INTERVAL = signed_interval(64)
_TAG, _VERSION = b"SBND", 1


@dataclass(frozen=True, slots=True)
class ScoreBinding:
    """A commitment to a score and the proof that it holds the plaintext of the score ciphertext."""

    commitment: bytes
    link_proof: LinkProof
    modulus_bytes: int

    def to_bytes(self) -> bytes:
        """Return the canonical encoding."""
        return b"".join(
            (
                header(_TAG, _VERSION),
                encode_uint(self.modulus_bytes, 2),
                self.commitment,
                encode_link_proof(SCORE_INTERVAL, self.link_proof, self.modulus_bytes),
            )
        )

    @staticmethod
    def from_bytes(data: bytes) -> ScoreBinding:
        """Read a binding from its canonical encoding.

        Raises:
            MalformedEncoding: The bytes are no such encoding.
        """
        reader = Reader(data)
        reader.expect_header(_TAG, _VERSION)
        modulus_bytes = reader.take_uint(2)
        if 8 * modulus_bytes not in SUPPORTED_KEY_BITS:
            raise MalformedEncoding(f"a modulus of {modulus_bytes} bytes is not supported")
        commitment = reader.take(curve.POINT_BYTES)
        proof = read_link_proof(reader, SCORE_INTERVAL, modulus_bytes)
        reader.finish()
        return ScoreBinding(commitment, proof, modulus_bytes)


def _link(public: PublicKey, ciphertext: int, commitment: bytes) -> Link:
    return Link(public, ciphertext, commitment, SCORE_INTERVAL, Bounded.PLAINTEXT)


def commit_to_score(
    key: PrivateKey, statement: ScoreStatement, message: ScoreMessage, score: int
) -> tuple[ScoreBinding, Opening]:
    """Commit to a score and link it to its ciphertext; return the binding and the bank's secret opening.

    The message was verified and `score` is its plaintext: `private_scoring.bind_score` sees to both.
    """
    commitment, opening = pedersen.commit_value(score)
    root = paillier.extract_root(key, message.ciphertext)
    link = _link(key.public, message.ciphertext, commitment)
    proof = prove_link(link, opening, root, transcript_hash(statement, message), key)
    return ScoreBinding(commitment, proof, key.public.modulus_bytes), opening


def check_score_link(
    publication: ModelPublication, statement: ScoreStatement, message: ScoreMessage, binding: ScoreBinding
) -> None:
    """Check the link of a binding, for a message that was verified before.

    Raises:
        StatementMismatch: The binding is for a modulus of another length.
        LinkProofRefused: The commitment was not shown to hold the plaintext.
    """
    public = publication.public
    if binding.modulus_bytes != public.modulus_bytes:
        raise StatementMismatch("the binding is for a modulus of another length")
    link = _link(public, message.ciphertext, binding.commitment)
    verify_link(link, binding.link_proof, transcript_hash(statement, message))

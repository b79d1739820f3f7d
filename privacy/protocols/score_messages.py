"""What a private score is about, and the one message that carries it.

The statement names everything a proof must not outlive: job, chain, ledger contract, both parties, model,
attestation and feature commitments. Its bytes are the context of the proof, so a proof moved to any other
statement is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from privacy.errors import MalformedEncoding, OutOfRange
from privacy.primitives import curve
from privacy.primitives.paillier import SUPPORTED_KEY_BITS
from privacy.primitives.transcript import DIGEST_BYTES, Transcript
from privacy.primitives.wire import Reader, encode_uint, header
from privacy.proofs.score import ScoreProof, encode_score_proof, read_score_proof

MAX_FEATURES = 64
CHAIN_ID_BYTES = 8
ADDRESS_BYTES = 20
PARTICIPANT_BYTES = 4

_STATEMENT_TAG, _MESSAGE_TAG, _VERSION = b"SSTM", b"SMSG", 1


def check_length(value: bytes, length: int, what: str) -> None:
    """Refuse a byte string of another length.

    Raises:
        MalformedEncoding: The length differs.
    """
    if len(value) != length:
        raise MalformedEncoding(f"{what} has {length} bytes, got {len(value)}")


def commitments_digest(commitments: Sequence[bytes]) -> bytes:
    """Return the 32-byte hash of a vector of commitments, in order: what a ledger attestation holds.

    SHA-256 over count and 33-byte encodings under `counterfoil/features/1/`.

    Raises:
        OutOfRange: There are none, or more than 64.
        PointRefused: One is no point of secp256k1.
    """
    if not 1 <= len(commitments) <= MAX_FEATURES:
        raise OutOfRange(f"a vector has 1 to {MAX_FEATURES} commitments, got {len(commitments)}")
    for commitment in commitments:
        curve.decode_point(commitment)
    transcript = Transcript("features", 1)
    transcript.append_all("commitment", commitments)
    return transcript.digest("digest")


@dataclass(frozen=True, slots=True)
class ScoreStatement:
    """The facts one score is about. The caller takes them from the ledger, not from the peer.

    Attributes:
        job: 32-byte identifier of the joint computation.
        chain_id: Chain identifier, below 2^64.
        ledger: 20-byte address of the ledger contract.
        owner: Participant number of the data owner, below 2^32.
        bank: Participant number of the bank, below 2^32.
        model: 32-byte model commitment, named in the consent and approved on the ledger.
        attestation: 32-byte commitment of the attestation that holds `commitments_digest(features)`. That it
            holds this digest, and that the attester is trusted for the range [0, 2^40), is checked on the
            ledger.
        features: 33-byte commitments C_i to the features, in the order of the model's weights.

    Raises:
        MalformedEncoding: A byte string has a wrong length.
        OutOfRange: A number is out of range, or there are no or more than 64 features.
        PointRefused: A commitment is no point of secp256k1.
    """

    job: bytes
    chain_id: int
    ledger: bytes
    owner: int
    bank: int
    model: bytes
    attestation: bytes
    features: tuple[bytes, ...]

    def __post_init__(self) -> None:
        check_length(self.job, DIGEST_BYTES, "a job identifier")
        check_length(self.ledger, ADDRESS_BYTES, "a contract address")
        check_length(self.model, DIGEST_BYTES, "a model commitment")
        check_length(self.attestation, DIGEST_BYTES, "an attestation commitment")
        encode_uint(self.chain_id, CHAIN_ID_BYTES)
        encode_uint(self.owner, PARTICIPANT_BYTES)
        encode_uint(self.bank, PARTICIPANT_BYTES)
        commitments_digest(self.features)

    def to_bytes(self) -> bytes:
        """Return the canonical encoding, which is the context of the score proof."""
        return b"".join(
            (
                header(_STATEMENT_TAG, _VERSION),
                self.job,
                encode_uint(self.chain_id, CHAIN_ID_BYTES),
                self.ledger,
                encode_uint(self.owner, PARTICIPANT_BYTES),
                encode_uint(self.bank, PARTICIPANT_BYTES),
                self.model,
                self.attestation,
                encode_uint(len(self.features), 1),
                *self.features,
            )
        )

    @staticmethod
    def from_bytes(data: bytes) -> ScoreStatement:
        """Read a statement from its canonical encoding.

        Raises:
            MalformedEncoding: The bytes are no such encoding.
            OutOfRange: There are no or more than 64 features.
            PointRefused: A commitment is no point of secp256k1.
        """
        reader = Reader(data)
        reader.expect_header(_STATEMENT_TAG, _VERSION)
        statement = ScoreStatement(
            job=reader.take(DIGEST_BYTES),
            chain_id=reader.take_uint(CHAIN_ID_BYTES),
            ledger=reader.take(ADDRESS_BYTES),
            owner=reader.take_uint(PARTICIPANT_BYTES),
            bank=reader.take_uint(PARTICIPANT_BYTES),
            model=reader.take(DIGEST_BYTES),
            attestation=reader.take(DIGEST_BYTES),
            features=tuple(
                reader.take(curve.POINT_BYTES) for _ in range(reader.take_uint(1, below=MAX_FEATURES + 1))
            ),
        )
        reader.finish()
        return statement


@dataclass(frozen=True, slots=True)
class ScoreMessage:
    """The owner's answer: the encrypted score and the proof of how it came about.

    Attributes:
        job: The job of the statement it answers.
        modulus_bytes: Length of the model's Paillier modulus, 384 (or 256 in benchmarks).
        ciphertext: c modulo N^2.
        proof: See `privacy.proofs.score`.
    """

    job: bytes
    modulus_bytes: int
    ciphertext: int
    proof: ScoreProof

    def to_bytes(self) -> bytes:
        """Return the canonical encoding.

        Header, job (32), modulus length (2), feature count (1), ciphertext (2 * modulus length), challenge
        (16), integer responses (32 each), blinding responses (32 each), root response (modulus length).

        Raises:
            OutOfRange: A number does not fit its field.
        """
        check_length(self.job, DIGEST_BYTES, "a job identifier")
        return b"".join(
            (
                header(_MESSAGE_TAG, _VERSION),
                self.job,
                encode_uint(self.modulus_bytes, 2),
                encode_uint(len(self.proof.responses), 1),
                encode_uint(self.ciphertext, 2 * self.modulus_bytes),
                encode_score_proof(self.proof, self.modulus_bytes),
            )
        )

    @staticmethod
    def from_bytes(data: bytes) -> ScoreMessage:
        """Read a message from its canonical encoding; units modulo N are checked by `verify_score`.

        Raises:
            MalformedEncoding: The bytes are no such encoding, or a response is out of range.
        """
        reader = Reader(data)
        reader.expect_header(_MESSAGE_TAG, _VERSION)
        job = reader.take(DIGEST_BYTES)
        modulus_bytes = reader.take_uint(2)
        if 8 * modulus_bytes not in SUPPORTED_KEY_BITS:
            raise MalformedEncoding(f"a modulus of {modulus_bytes} bytes is not supported")
        features = reader.take_uint(1, below=MAX_FEATURES + 1)
        if features == 0:
            raise MalformedEncoding("a score has at least one feature")
        ciphertext = reader.take_uint(2 * modulus_bytes)
        proof = read_score_proof(reader, features, modulus_bytes)
        reader.finish()
        return ScoreMessage(job, modulus_bytes, ciphertext, proof)


def proof_hash(message: ScoreMessage) -> bytes:
    """Return the 32-byte hash of a score message, for the ledger's record of the computation."""
    transcript = Transcript("score-message", 1)
    transcript.append("message", message.to_bytes())
    return transcript.digest("hash")


def transcript_hash(statement: ScoreStatement, message: ScoreMessage) -> bytes:
    """Return the 32-byte hash of statement and message together: what was asked and what was answered."""
    transcript = Transcript("score-transcript", 1)
    transcript.append("statement", statement.to_bytes())
    transcript.append("message", message.to_bytes())
    return transcript.digest("hash")

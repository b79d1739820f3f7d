"""A bank publishes a private linear model once, with proofs that it is what a private model may be.

Parties: the bank (key, weights, bias) and anyone who reads the publication. The reader learns the number of
features, the modulus, and that

* N is a Paillier-Blum modulus (`privacy.proofs.modulus`) and, through a separate proof addressed to the
  ring-Pedersen parameters of the reader or the validator, that N has no small factor
  (`privacy.proofs.factor`);
* every W_i encrypts the integer its commitment holds (`privacy.proofs.link`), and that integer is a signed
  16-bit number (`privacy.proofs.range`): a bank that packs weights 1, 2^20, 2^40, ... to read every feature
  out of one score cannot publish;
* the bias is a signed integer below 2^62, in two 31-bit limbs, because a link to a commitment on secp256k1
  holds for 44 bits at most.

It learns nothing of weights and bias. Adversary: a malicious bank. What the weights mean is for the validator
who saw the model and its openings (`check_model_openings`) and attests to `ModelPublication.commitment` on
the ledger. Sources: those of the proof modules; the composition is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from privacy.errors import KeyRefused, MalformedEncoding, OpeningMismatch, OutOfRange
from privacy.primitives import curve, paillier, pedersen
from privacy.primitives.paillier import KEY_BITS, SUPPORTED_KEY_BITS, PrivateKey, PublicKey
from privacy.primitives.pedersen import Opening
from privacy.primitives.secret import Secret
from privacy.primitives.transcript import Transcript
from privacy.primitives.wire import Reader, encode_uint, header
from privacy.proofs.factor import FactorProof, prove_factor, verify_factor
from privacy.proofs.link import (
    Bounded,
    Link,
    LinkProof,
    encode_link_proof,
    prove_link,
    read_link_proof,
    verify_link,
)
from privacy.proofs.modulus import (
    ModulusProof,
    encode_modulus_proof,
    prove_modulus,
    read_modulus_proof,
    verify_modulus,
)
from privacy.proofs.parameters import FEATURE_BITS
from privacy.proofs.range import (
    Interval,
    RangeProof,
    encode_range_proof,
    prove_range,
    read_range_proof,
    verify_range,
)
from privacy.proofs.ring_pedersen import RingPedersen
from privacy.proofs.score import EncryptedForm
from privacy.protocols.integer_model import (
    BIAS_LIMB_BASE,
    BIAS_LIMB_INTERVAL,
    BIAS_LIMBS,
    WEIGHT_INTERVAL,
    IntegerModel,
    ModelContext,
)
from privacy.protocols.score_messages import (
    ADDRESS_BYTES,
    CHAIN_ID_BYTES,
    MAX_FEATURES,
    PARTICIPANT_BYTES,
)

_TAG, _VERSION = b"MPUB", 1


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One encrypted integer of a model with its commitment."""

    ciphertext: int
    commitment: bytes


@dataclass(frozen=True, slots=True)
class EntryProof:
    """Range of a committed entry, and that the ciphertext holds the same integer."""

    range_proof: RangeProof
    link_proof: LinkProof


@dataclass(frozen=True, slots=True)
class ModelPublication:
    """What a bank publishes for one model version. Unverified until `verify_model`.

    Attributes:
        context: Whose and where.
        public: The Paillier modulus.
        entries: Weights, then two limbs of the bias.
        modulus_proof: N is a Paillier-Blum modulus.
        entry_proofs: One for each entry.
        commitment: 32 bytes, hash of context, modulus and entries: what a validator attests and a consent
            names. Proofs are outside of it, they may be made anew.
        form: The encrypted linear form a score is computed from.

    Raises:
        OutOfRange: The counts are wrong.
        NotAUnit: A ciphertext is none.
        PointRefused: A commitment is no point.
    """

    context: ModelContext
    public: PublicKey
    entries: tuple[ModelEntry, ...]
    modulus_proof: ModulusProof
    entry_proofs: tuple[EntryProof, ...]
    commitment: bytes = field(init=False)
    form: EncryptedForm = field(init=False)

    def __post_init__(self) -> None:
        features = len(self.entries) - BIAS_LIMBS
        if not 1 <= features <= MAX_FEATURES or len(self.entry_proofs) != len(self.entries):
            raise OutOfRange(f"{len(self.entries)} entries and {len(self.entry_proofs)} proofs")
        for entry in self.entries:
            paillier.check_ciphertext(self.public, entry.ciphertext)
            curve.decode_point(entry.commitment)
        object.__setattr__(self, "commitment", _commitment(self.context, self.public, self.entries))
        high, low = (entry.ciphertext for entry in self.entries[features:])
        bias = paillier.add(self.public, paillier.multiply(self.public, high, BIAS_LIMB_BASE), low)
        weights = tuple(entry.ciphertext for entry in self.entries[:features])
        object.__setattr__(self, "form", EncryptedForm(self.public, weights, bias))

    @property
    def features(self) -> int:
        """Number of features the model scores."""
        return len(self.entries) - BIAS_LIMBS

    @property
    def score_bound(self) -> int:
        """Largest absolute value any model of this shape can give to features below 2^40."""
        bias = (BIAS_LIMB_BASE // 2) * (BIAS_LIMB_BASE + 1)
        return self.features * -WEIGHT_INTERVAL.lower * ((1 << FEATURE_BITS) - 1) + bias

    def to_bytes(self) -> bytes:
        """Return the canonical encoding."""
        public = self.public
        parts = [
            header(_TAG, _VERSION),
            self.context.to_bytes(),
            encode_uint(public.modulus_bytes, 2),
            encode_uint(public.modulus, public.modulus_bytes),
            encode_uint(self.features, 1),
            encode_modulus_proof(public, self.modulus_proof),
        ]
        for index, (entry, proof) in enumerate(zip(self.entries, self.entry_proofs, strict=True)):
            interval = _interval(index, self.features)
            parts += [
                paillier.encode_ciphertext(public, entry.ciphertext),
                entry.commitment,
                encode_range_proof(proof.range_proof),
                encode_link_proof(interval, proof.link_proof, public.modulus_bytes),
            ]
        return b"".join(parts)

    @staticmethod
    def from_bytes(data: bytes) -> ModelPublication:
        """Read a publication from its canonical encoding; it is not verified.

        Raises:
            MalformedEncoding: The bytes are no such encoding.
            KeyRefused: The modulus is even.
            NotAUnit: A ciphertext is none.
            PointRefused: A commitment is no point.
        """
        reader = Reader(data)
        reader.expect_header(_TAG, _VERSION)
        context = ModelContext(
            chain_id=reader.take_uint(CHAIN_ID_BYTES),
            ledger=reader.take(ADDRESS_BYTES),
            bank=reader.take_uint(PARTICIPANT_BYTES),
            version=reader.take_uint(4),
        )
        modulus_bytes = reader.take_uint(2)
        if 8 * modulus_bytes not in SUPPORTED_KEY_BITS:
            raise MalformedEncoding(f"a modulus of {modulus_bytes} bytes is not supported")
        public = PublicKey(reader.take_uint(modulus_bytes))
        features = reader.take_uint(1, below=MAX_FEATURES + 1)
        if features == 0 or public.modulus_bytes != modulus_bytes:
            raise MalformedEncoding("a model has a feature and a modulus that fills its field")
        modulus_proof = read_modulus_proof(reader, public)
        entries, proofs = [], []
        for index in range(features + BIAS_LIMBS):
            interval = _interval(index, features)
            ciphertext = paillier.decode_ciphertext(public, reader.take(public.ciphertext_bytes))
            entries.append(ModelEntry(ciphertext, reader.take(curve.POINT_BYTES)))
            range_proof = read_range_proof(reader, interval.bits)
            proofs.append(EntryProof(range_proof, read_link_proof(reader, interval, modulus_bytes)))
        reader.finish()
        return ModelPublication(context, public, tuple(entries), modulus_proof, tuple(proofs))


@dataclass(frozen=True, slots=True, repr=False)
class ModelOpenings(Secret):
    """Openings of all entries: shown by the bank to the validator who approves the model, to no one else."""

    openings: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class FactorEvidence:
    """A no-small-factor proof about the bank's key and the ring-Pedersen parameters it is addressed to.

    The verifier drew the parameters, or trusts the party that did (the validator who approves the model).
    """

    parameters: RingPedersen
    proof: FactorProof


@dataclass(frozen=True, slots=True)
class VerifiedModel:
    """A publication that `verify_model` accepted; build it nowhere else."""

    publication: ModelPublication


def _interval(index: int, features: int) -> Interval:
    return WEIGHT_INTERVAL if index < features else BIAS_LIMB_INTERVAL


def _link(public: PublicKey, entry: ModelEntry, interval: Interval) -> Link:
    return Link(public, entry.ciphertext, entry.commitment, interval, Bounded.COMMITMENT)


def _commitment(context: ModelContext, public: PublicKey, entries: tuple[ModelEntry, ...]) -> bytes:
    transcript = Transcript("model", _VERSION)
    transcript.append("context", context.to_bytes())
    transcript.append_uint("modulus", public.modulus, public.modulus_bytes)
    for entry in entries:
        transcript.append_uint("ciphertext", entry.ciphertext, public.ciphertext_bytes)
        transcript.append("commitment", entry.commitment)
    return transcript.digest("commitment")


def _entry_context(commitment: bytes, index: int) -> bytes:
    return commitment + encode_uint(index, 1)


def publish_model(
    key: PrivateKey, model: IntegerModel, context: ModelContext
) -> tuple[ModelPublication, ModelOpenings]:
    """Encrypt, commit to and prove a model; return what is published and what the validator is shown."""
    public, features = key.public, len(model.weights)
    roots = [paillier.random_unit(public.modulus) for _ in model.entries()]
    openings = tuple(Opening(value, pedersen.random_scalar()) for value in model.entries())
    entries = tuple(
        ModelEntry(paillier.encrypt_as_owner(key, opening.value, root), pedersen.commit(opening))
        for opening, root in zip(openings, roots, strict=True)
    )
    commitment = _commitment(context, public, entries)
    proofs = []
    for index, (entry, opening, root) in enumerate(zip(entries, openings, roots, strict=True)):
        interval, entry_context = _interval(index, features), _entry_context(commitment, index)
        proofs.append(
            EntryProof(
                prove_range(entry.commitment, opening, interval, entry_context),
                prove_link(_link(public, entry, interval), opening, root, entry_context, key),
            )
        )
    modulus_proof = prove_modulus(key, context.key_bytes())
    return ModelPublication(context, public, entries, modulus_proof, tuple(proofs)), ModelOpenings(openings)


def prove_no_small_factor(key: PrivateKey, parameters: RingPedersen, context: ModelContext) -> FactorProof:
    """Prove that the key has no small factor to whoever drew `parameters`, whose own proof was verified."""
    return prove_factor(key, parameters, context.key_bytes())


def verify_model(
    publication: ModelPublication, *, factor: FactorEvidence | None, key_bits: int = KEY_BITS
) -> VerifiedModel:
    """Check every proof of a publication, once per model version.

    Args:
        publication: From the bank or the ledger's evidence store.
        factor: The no-small-factor proof. `None` states that a party the caller trusts has checked it for
            this key, as the validator does before approving the model; the links rest on it.
        key_bits: 3072; 2048 in tests and benchmarks.

    Raises:
        KeyRefused: The modulus has another length.
        ModulusProofRefused: N was not shown to be a Paillier-Blum modulus.
        FactorProofRefused: N was not shown to be free of small factors.
        RangeProofRefused: A weight or a limb may be out of range.
        LinkProofRefused: A ciphertext may differ from its commitment.
    """
    public = publication.public
    if public.modulus.bit_length() != key_bits:
        raise KeyRefused(f"the modulus has {public.modulus.bit_length()} bits, not {key_bits}")
    key_context = publication.context.key_bytes()
    verify_modulus(public.modulus, publication.modulus_proof, key_context)
    if factor is not None:
        verify_factor(public.modulus, factor.parameters, factor.proof, key_context)
    for index, (entry, proof) in enumerate(zip(publication.entries, publication.entry_proofs, strict=True)):
        interval = _interval(index, publication.features)
        context = _entry_context(publication.commitment, index)
        verify_range(entry.commitment, proof.range_proof, interval, context)
        verify_link(_link(public, entry, interval), proof.link_proof, context)
    return VerifiedModel(publication)


def check_model_openings(publication: ModelPublication, model: IntegerModel, openings: ModelOpenings) -> None:
    """Check, as the validator, that a publication is the very model that was shown.

    Raises:
        OpeningMismatch: An entry commits to something else.
    """
    values = model.entries()
    if len(values) != len(publication.entries) or len(openings.openings) != len(values):
        raise OpeningMismatch(f"{len(values)} integers for {len(publication.entries)} entries")
    for entry, opening, value in zip(publication.entries, openings.openings, values, strict=True):
        if opening.value != value:
            raise OpeningMismatch("an opening shows another integer than the model")
        pedersen.check_opening(entry.commitment, opening)

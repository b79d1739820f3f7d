from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.errors import (
    FactorProofRefused,
    KeyRefused,
    LinkProofRefused,
    MalformedEncoding,
    ModulusProofRefused,
    NotAUnit,
    OpeningMismatch,
    OutOfRange,
    PointRefused,
    PrivacyRefusal,
    RangeProofRefused,
)
from privacy.primitives import paillier, pedersen
from privacy.primitives.paillier import BENCHMARK_KEY_BITS, PrivateKey
from privacy.primitives.pedersen import Opening
from privacy.proofs.factor import FactorProof
from privacy.proofs.link import Bounded, Link, prove_link
from privacy.proofs.range import prove_range
from privacy.proofs.ring_pedersen import RingPedersen
from privacy.protocols.integer_model import BIAS_LIMB_BASE, BIAS_LIMIT, WEIGHT_INTERVAL
from privacy.protocols.model_publication import EntryProof, ModelEntry
from privacy.protocols.private_scoring import (
    FactorEvidence,
    IntegerModel,
    ModelContext,
    ModelOpenings,
    ModelPublication,
    VerifiedModel,
    check_model_openings,
    verify_model,
)


def verify(publication: ModelPublication) -> VerifiedModel:
    return verify_model(publication, factor=None, key_bits=BENCHMARK_KEY_BITS)


def with_entry(
    publication: ModelPublication, index: int, entry: ModelEntry, proof: EntryProof
) -> ModelPublication:
    entries, proofs = list(publication.entries), list(publication.entry_proofs)
    entries[index], proofs[index] = entry, proof
    return replace(publication, entries=tuple(entries), entry_proofs=tuple(proofs))


def test_an_honest_publication_is_verified_with_its_factor_proof(verified: VerifiedModel) -> None:
    assert verified.publication.features == 4


def test_the_form_encrypts_the_model(
    key: PrivateKey, model: IntegerModel, publication: ModelPublication
) -> None:
    form = publication.form

    assert tuple(paillier.decrypt(key, weight) for weight in form.weights) == model.weights
    assert paillier.decrypt(key, form.bias) == model.bias


def test_bytes_come_back(publication: ModelPublication) -> None:
    data = publication.to_bytes()

    again = ModelPublication.from_bytes(data)

    assert again == publication
    assert again.to_bytes() == data
    assert again.commitment == publication.commitment
    assert len(publication.commitment) == 32


def test_malformed_bytes_are_refused(publication: ModelPublication) -> None:
    data = publication.to_bytes()
    size_at = 5 + 36

    for malformed in (
        data[:-1],
        data + b"\x00",
        b"XPUB" + data[4:],
        data[:4] + b"\x02" + data[5:],
        data[:size_at] + b"\x00\x10" + data[size_at + 2 :],
        data[: size_at + 2 + 256] + b"\x00" + data[size_at + 2 + 257 :],
        data[: size_at + 2 + 256] + b"\x41" + data[size_at + 2 + 257 :],
    ):
        with pytest.raises(MalformedEncoding):
            ModelPublication.from_bytes(malformed)


@pytest.mark.parametrize("position", range(0, 105_000, 9_999))
def test_one_changed_byte_anywhere_is_refused(publication: ModelPublication, position: int) -> None:
    data = bytearray(publication.to_bytes())
    data[position % len(data)] ^= 1

    with pytest.raises(PrivacyRefusal):
        verify(ModelPublication.from_bytes(bytes(data)))


def test_the_commitment_names_context_modulus_ciphertexts_and_commitments(
    publication: ModelPublication, other_key: PrivateKey
) -> None:
    swapped = (publication.entries[1], publication.entries[0], *publication.entries[2:])
    entries = tuple(
        ModelEntry(paillier.encrypt(other_key.public, 1), entry.commitment) for entry in publication.entries
    )

    commitments = {
        item.commitment
        for item in (
            publication,
            replace(publication, context=replace(publication.context, version=2)),
            replace(publication, context=replace(publication.context, bank=8)),
            replace(publication, context=replace(publication.context, chain_id=1)),
            replace(publication, context=replace(publication.context, ledger=bytes(20))),
            replace(publication, entries=swapped),
            replace(publication, public=other_key.public, entries=entries),
        )
    }

    assert len(commitments) == 7


def test_a_publication_moved_to_another_bank_or_version_is_refused(publication: ModelPublication) -> None:
    with pytest.raises(ModulusProofRefused):
        verify(replace(publication, context=replace(publication.context, bank=8)))
    # The key proof outlives a version, the proofs of the entries do not.
    with pytest.raises(RangeProofRefused):
        verify(replace(publication, context=replace(publication.context, version=2)))


def test_swapped_entries_are_refused(publication: ModelPublication) -> None:
    entries = (publication.entries[1], publication.entries[0], *publication.entries[2:])
    proofs = (publication.entry_proofs[1], publication.entry_proofs[0], *publication.entry_proofs[2:])

    with pytest.raises(RangeProofRefused):
        verify(replace(publication, entries=entries, entry_proofs=proofs))


def dishonest_entry(
    key: PrivateKey, publication: ModelPublication, encrypted: int, committed: int
) -> ModelPublication:
    """Publish an entry by an honest prover's steps for other integers, every proof bound to the new model."""
    blinding, root = pedersen.random_scalar(), paillier.random_unit(key.public.modulus)
    commitment = pedersen.commit(Opening(committed, blinding))
    entry = ModelEntry(paillier.encrypt_as_owner(key, encrypted, root), commitment)
    draft = with_entry(publication, 0, entry, publication.entry_proofs[0])
    context = draft.commitment + b"\x00"
    pretended = Opening(committed % 2**15, blinding)
    range_proof = prove_range(commitment, pretended, WEIGHT_INTERVAL, context)
    link = Link(key.public, entry.ciphertext, commitment, WEIGHT_INTERVAL, Bounded.COMMITMENT)
    return with_entry(
        draft, 0, entry, EntryProof(range_proof, prove_link(link, pretended, root, context, key))
    )


def test_a_packed_weight_is_refused_by_its_range_proof(
    key: PrivateKey, publication: ModelPublication
) -> None:
    for exponent in (20, 40, 60):
        with pytest.raises(RangeProofRefused):
            verify(dishonest_entry(key, publication, 2**exponent, 2**exponent))


def test_a_packed_weight_behind_an_honest_commitment_is_refused_by_its_link(
    key: PrivateKey, publication: ModelPublication
) -> None:
    with pytest.raises(LinkProofRefused):
        verify(dishonest_entry(key, publication, 2**20, 3))


def test_a_packed_weight_is_no_model() -> None:
    with pytest.raises(OutOfRange):
        IntegerModel(weights=(1, 2**20, 2**40), bias=0)


@pytest.mark.parametrize(
    ("weights", "bias"),
    [
        ((), 0),
        ((1,) * 65, 0),
        ((2**15,), 0),
        ((-(2**15) - 1,), 0),
        ((1,), BIAS_LIMIT + 1),
        ((1,), -BIAS_LIMIT - 1),
    ],
)
def test_a_model_out_of_bounds_is_refused(weights: tuple[int, ...], bias: int) -> None:
    with pytest.raises(OutOfRange):
        IntegerModel(weights, bias)


@pytest.mark.parametrize(("weights", "bias"), [((1.0,), 0), ((1,), 0.5), ((True,), 0)])
def test_a_float_or_a_flag_is_no_weight(weights: tuple[int, ...], bias: int) -> None:
    with pytest.raises(OutOfRange, match="not an integer"):
        IntegerModel(weights, bias)


@settings(deadline=None)
@given(st.integers(min_value=-BIAS_LIMIT, max_value=BIAS_LIMIT))
def test_a_bias_is_its_two_limbs(bias: int) -> None:
    high, low = IntegerModel((1,), bias).entries()[1:]

    assert high * BIAS_LIMB_BASE + low == bias
    assert all(-(2**30) <= limb < 2**30 for limb in (high, low))


def test_a_modulus_of_another_length_is_refused(publication: ModelPublication) -> None:
    with pytest.raises(KeyRefused, match="2048 bits, not 3072"):
        verify_model(publication, factor=None)


def test_a_factor_proof_for_another_key_or_other_parameters_is_refused(
    publication: ModelPublication, ring_parameters: RingPedersen, factor_proof: FactorProof
) -> None:
    swapped = replace(ring_parameters, s=ring_parameters.t, t=ring_parameters.s)
    changed = replace(factor_proof, response_p=factor_proof.response_p + 1)
    for evidence in (FactorEvidence(swapped, factor_proof), FactorEvidence(ring_parameters, changed)):
        with pytest.raises(FactorProofRefused):
            verify_model(publication, factor=evidence, key_bits=BENCHMARK_KEY_BITS)


def test_entries_that_are_no_ciphertext_or_no_point_are_refused(publication: ModelPublication) -> None:
    entry, proof = publication.entries[0], publication.entry_proofs[0]
    with pytest.raises(NotAUnit):
        with_entry(publication, 0, replace(entry, ciphertext=publication.public.modulus), proof)
    with pytest.raises(PointRefused):
        with_entry(publication, 0, replace(entry, commitment=bytes(33)), proof)
    with pytest.raises(OutOfRange):
        replace(publication, entry_proofs=publication.entry_proofs[:-1])


def test_a_validator_recognises_the_model_it_was_shown(
    publication: ModelPublication, model: IntegerModel, model_openings: ModelOpenings
) -> None:
    check_model_openings(publication, model, model_openings)

    other = IntegerModel((model.weights[0] + 1, *model.weights[1:]), model.bias)
    lie = ModelOpenings(
        (Opening(other.weights[0], model_openings.openings[0].blinding), *model_openings.openings[1:])
    )
    for shown, openings in [
        (other, model_openings),
        (other, lie),
        (IntegerModel(model.weights[:-1], model.bias), model_openings),
        (model, ModelOpenings(model_openings.openings[:-1])),
    ]:
        with pytest.raises(OpeningMismatch):
            check_model_openings(publication, shown, openings)


def test_a_context_out_of_range_is_refused() -> None:
    with pytest.raises(MalformedEncoding):
        ModelContext(1, bytes(19), 1, 1)
    for chain_id, bank, version in [(1 << 64, 1, 1), (1, 1 << 32, 1), (1, 1, 1 << 32), (-1, 1, 1)]:
        with pytest.raises(OutOfRange):
            ModelContext(chain_id, bytes(20), bank, version)

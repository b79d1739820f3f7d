"""The refusals of the privacy package, one exception for each rule.

Every exception carries public facts only (lengths, indices, bounds): never a key, a plaintext, a blinding or
a share. A caller that answers a peer over a network should report `PrivacyRefusal` and nothing finer, so that
the peer learns only that the message was refused.
"""

from __future__ import annotations


class PrivacyRefusal(ValueError):
    """Base of every refusal in this package."""


class MalformedEncoding(PrivacyRefusal):
    """Bytes are not the one canonical encoding of a value: wrong tag, version, length, or out of range."""


class OutOfRange(PrivacyRefusal):
    """An integer lies outside the interval a scheme or a protocol states for it."""


class NotAUnit(PrivacyRefusal):
    """A residue shares a factor with its modulus, or is zero."""


class PointRefused(PrivacyRefusal):
    """Bytes are not a point of secp256k1, or the point is the identity where none may stand."""


class KeyRefused(PrivacyRefusal):
    """A modulus has a length or a form this package does not accept."""


class ProofRefused(PrivacyRefusal):
    """Base of every proof that does not verify."""


class ModulusProofRefused(ProofRefused):
    """The modulus was not shown to be a Paillier-Blum modulus."""


class FactorProofRefused(ProofRefused):
    """The modulus was not shown to be free of small factors."""


class RingPedersenProofRefused(ProofRefused):
    """The ring-Pedersen bases were not shown to generate the same subgroup."""


class BitProofRefused(ProofRefused):
    """A commitment was not shown to hold a bit."""


class RangeProofRefused(ProofRefused):
    """A commitment was not shown to hold an integer of the stated range."""


class LinkProofRefused(ProofRefused):
    """A ciphertext and a commitment were not shown to hold the same integer."""


class ScoreProofRefused(ProofRefused):
    """A score ciphertext was not shown to be the model applied to the committed features."""


class StatementMismatch(PrivacyRefusal):
    """A message speaks about another job, model or key than the statement it is checked against."""


class OpeningMismatch(PrivacyRefusal):
    """A value and a blinding do not open the commitment they are said to open."""


class ScoreOutOfBounds(PrivacyRefusal):
    """A decrypted score is larger than any honest model and features can give."""

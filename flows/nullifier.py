"""Names for invoices and organisations that say nothing to whoever lacks a secret."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date
from typing import Final

from eth_utils.crypto import keccak

_INVOICE: Final = b"counterfoil/invoice-nullifier/1"
_LEGAL_ID: Final = b"counterfoil/legal-identity/1"
SECRET_BYTES: Final = 32


def invoice_nullifier(key: bytes, seller: str, number: str, issued: date) -> bytes:
    """The 32-byte name of an invoice on the ledger: the same for everyone, and enumerable by no one.

    HMAC-SHA256 (RFC 2104) over seller id, number and date, each preceded by its length. An invoice number has
    few digits: without the key, which the tax attester keeps, a plain hash of it could be found by trying.

    Args:
        key: 32 secret bytes, the same for all invoices of a ledger.
        seller: the seller's USCC or other id.
        number: the invoice's number.
        issued: the invoice's date.

    Raises:
        ValueError: the key has another length.
    """
    if len(key) != SECRET_BYTES:
        raise ValueError(f"a nullifier key has {SECRET_BYTES} bytes, not {len(key)}")
    return hmac.digest(key, _framed(_INVOICE, seller, number, issued.isoformat()), hashlib.sha256)


def legal_id_hash(salt: bytes, scheme: str, value: str) -> bytes:
    """The 32-byte salted hash (keccak-256) under which an organisation is admitted.

    Args:
        salt: 32 random bytes, kept by the organisation and the governors who admit it.
        scheme: `USCC`, `LEI` or another.
        value: the identifier.

    Raises:
        ValueError: the salt has another length.
    """
    if len(salt) != SECRET_BYTES:
        raise ValueError(f"a salt has {SECRET_BYTES} bytes, not {len(salt)}")
    return keccak(salt + _framed(_LEGAL_ID, scheme, value))


def _framed(domain: bytes, *parts: str) -> bytes:
    encoded = [part.encode() for part in parts]
    return domain + b"".join(len(part).to_bytes(4, "big") + part for part in encoded)

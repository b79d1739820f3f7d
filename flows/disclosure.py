"""Selective disclosure: some fields of evidence with their proofs, checked against a commitment alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from eth_abi.exceptions import EncodingError

from flows.checks.cross import Level
from flows.evidence import SALT_BYTES, SCHEMA_NAME, Evidence, commit, field_leaf
from flows.fields import Field
from flows.merkle import root_from_proof
from flows.records import Flow


class DisclosureRefused(ValueError):
    """A disclosure that does not prove what it says.

    Attributes:
        field: path of the field at fault, or the member of the disclosure.
        rule: what does not hold.
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(field, rule)
        self.field = field
        self.rule = rule

    def __str__(self) -> str:
        return f"{self.field}: {self.rule}"


@dataclass(frozen=True, slots=True)
class DisclosedField:
    """A field shown: its index among all, its salt (32 bytes) and its siblings up to the root."""

    index: int
    field: Field
    salt: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is needed to recompute the commitment, and the fields that were granted; nothing of the others.

    Attributes:
        flows: flows that have documents.
        level: what the attester states; None where no attestation is allowed.
        count: how many fields there are in all.
        root: Merkle root of all fields.
        feature_commitments: as bound; each hides its feature.
        fields: the fields shown, in the order of their index.
    """

    flows: frozenset[Flow]
    level: Level | None
    count: int
    root: bytes
    feature_commitments: tuple[bytes, ...]
    fields: tuple[DisclosedField, ...]

    def to_json(self) -> str:
        """The disclosure as JSON, byte strings as 0x-hexadecimal; `from_json` reads it back."""
        return json.dumps(
            {
                "schema": SCHEMA_NAME,
                "flows": sorted(flow.name.lower() for flow in self.flows),
                "level": None if self.level is None else self.level.name,
                "count": self.count,
                "root": _hex(self.root),
                "feature_commitments": [_hex(one) for one in self.feature_commitments],
                "fields": [
                    {
                        "index": one.index,
                        "path": one.field.path,
                        "type": one.field.type,
                        "value": one.field.value,
                        "salt": _hex(one.salt),
                        "proof": [_hex(sibling) for sibling in one.proof],
                    }
                    for one in self.fields
                ],
            },
            ensure_ascii=False,
            indent=1,
        )

    @staticmethod
    def from_json(text: str) -> Disclosure:
        """Read a disclosure.

        Raises:
            DisclosureRefused: not JSON, or not of this form.
        """
        try:
            given = json.loads(text)
            if given["schema"] != SCHEMA_NAME:
                raise DisclosureRefused("schema", f"must be {SCHEMA_NAME} (got {given['schema']!r})")
            return Disclosure(
                flows=frozenset(Flow[name.upper()] for name in _list(given["flows"])),
                level=None if given["level"] is None else Level[given["level"]],
                count=_natural(given["count"]),
                root=_bytes(given["root"]),
                feature_commitments=tuple(_bytes(one) for one in _list(given["feature_commitments"])),
                fields=tuple(
                    DisclosedField(
                        _natural(one["index"]),
                        Field(_text(one["path"]), _text(one["type"]), _text(one["value"])),
                        _bytes(one["salt"]),
                        tuple(_bytes(sibling) for sibling in _list(one["proof"])),
                    )
                    for one in _list(given["fields"])
                ),
            )
        except DisclosureRefused:
            raise
        except KeyError as missing:
            raise DisclosureRefused("disclosure", f"{missing.args[0]} is missing or not known") from None
        except RecursionError:
            raise DisclosureRefused("disclosure", "is nested too deeply") from None
        except (ValueError, TypeError, AttributeError) as error:
            raise DisclosureRefused("disclosure", f"must be JSON as to_json writes it: {error}") from None


def disclose(evidence: Evidence, paths: Iterable[str]) -> Disclosure:
    """Show the fields at `paths`, or below a path that ends in "/", and nothing else.

    Raises:
        DisclosureRefused: a path names no field; a field that is absent cannot be shown to be absent.
    """
    wanted: set[int] = set()
    for path in paths:
        found = {
            index
            for index, field in enumerate(evidence.fields)
            if field.path == path or (path.endswith("/") and field.path.startswith(path))
        }
        if not found:
            raise DisclosureRefused(path, "evidence has no such field")
        wanted |= found
    return Disclosure(
        flows=evidence.flows,
        level=evidence.level,
        count=len(evidence.fields),
        root=evidence.root,
        feature_commitments=evidence.feature_commitments,
        fields=tuple(
            DisclosedField(i, evidence.fields[i], evidence.salts[i], evidence.tree.proof(i))
            for i in sorted(wanted)
        ),
    )


def verify_disclosure(disclosure: Disclosure, commitment: bytes) -> dict[str, Field]:
    """Check a disclosure against a commitment, such as the one an attestation on the ledger carries.

    Returns:
        Path to field, for the fields shown.

    Raises:
        DisclosureRefused: naming the field that was altered, or "commitment" when what binds the fields was.
    """
    try:
        bound = commit(
            disclosure.flows,
            disclosure.level,
            disclosure.count,
            disclosure.root,
            disclosure.feature_commitments,
        )
    except (ValueError, EncodingError) as error:
        raise DisclosureRefused("commitment", str(error)) from None
    if bound != commitment:
        raise DisclosureRefused(
            "commitment", f"disclosure gives {_hex(bound)}, the commitment is {_hex(commitment)}"
        )
    shown: dict[str, Field] = {}
    for one in disclosure.fields:
        path = one.field.path
        if not 0 <= one.index < disclosure.count or path in shown:
            raise DisclosureRefused(path, "index must be below the count, and the field shown once")
        if len(one.salt) != SALT_BYTES or any(len(sibling) != 32 for sibling in one.proof):
            raise DisclosureRefused(path, "salt and siblings must be 32 bytes each")
        leaf = field_leaf(one.index, disclosure.count, one.field, one.salt)
        if root_from_proof(leaf, one.proof) != disclosure.root:
            raise DisclosureRefused(path, "field, salt or proof does not lead to the committed root")
        shown[path] = one.field
    return shown


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _bytes(text: object) -> bytes:
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError(f"bytes must be 0x-hexadecimal (got {text!r})")
    return bytes.fromhex(text[2:])


def _natural(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"must be a whole number (got {value!r})")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"must be a list (got {value!r})")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"must be text (got {value!r})")
    value.encode()  # JSON can spell half a character, which no hash is defined over
    return value

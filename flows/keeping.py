"""Evidence as its owner keeps it: all fields and their salts. Secret; what is shown is a `Disclosure`."""

from __future__ import annotations

import json

from flows.checks.cross import Level
from flows.evidence import FEATURE_BYTES, SALT_BYTES, SCHEMA_NAME, Evidence, field_leaf
from flows.fields import Field
from flows.merkle import merkle_tree
from flows.records import Flow


class BadEvidence(ValueError):
    """What was kept is no evidence; the message says what of its form is wrong and none of its content."""


def evidence_to_json(evidence: Evidence) -> str:
    """Evidence as JSON; `evidence_from_json` reads it back. Whoever has it can disclose everything."""
    return json.dumps(
        {
            "schema": SCHEMA_NAME,
            "flows": sorted(flow.name.lower() for flow in evidence.flows),
            "level": None if evidence.level is None else evidence.level.name,
            "feature_commitments": [one.hex() for one in evidence.feature_commitments],
            "fields": [
                [one.path, one.type, one.value, salt.hex()]
                for one, salt in zip(evidence.fields, evidence.salts, strict=True)
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def evidence_from_json(text: str) -> Evidence:
    """Reads evidence and rebuilds its tree; compare its commitment with the one it is to be of.

    Raises:
        BadEvidence: not JSON, not of the form that `evidence_to_json` writes, or what no evidence is: without
            fields, with two of one path, with a salt or a feature commitment of another length.
    """
    try:
        kept = json.loads(text)
        if kept["schema"] != SCHEMA_NAME:
            raise BadEvidence(f"schema: must be {SCHEMA_NAME}")
        fields = tuple(Field(path, type_, value) for path, type_, value, _ in kept["fields"])
        salts = tuple(bytes.fromhex(salt) for *_, salt in kept["fields"])
        features = tuple(bytes.fromhex(one) for one in kept["feature_commitments"])
        _check(fields, salts, features)
        leaves = [
            field_leaf(index, len(fields), one, salt)
            for index, (one, salt) in enumerate(zip(fields, salts, strict=True))
        ]
        return Evidence(
            fields,
            salts,
            frozenset(Flow[name.upper()] for name in kept["flows"]),
            None if kept["level"] is None else Level[kept["level"]],
            features,
            merkle_tree(leaves),
        )
    except BadEvidence:
        raise
    except Exception as error:
        # The message of what went wrong inside may quote a field.
        raise BadEvidence(f"not as it is written here ({type(error).__name__})") from None


def _check(fields: tuple[Field, ...], salts: tuple[bytes, ...], features: tuple[bytes, ...]) -> None:
    if not fields:
        raise BadEvidence("fields: at least one is needed")
    if len({one.path for one in fields}) < len(fields):
        raise BadEvidence("fields: two have the same path")
    if any(len(salt) != SALT_BYTES for salt in salts):
        raise BadEvidence(f"fields: a salt must have {SALT_BYTES} bytes")
    if any(len(one) != FEATURE_BYTES for one in features):
        raise BadEvidence(f"feature_commitments: each must have {FEATURE_BYTES} bytes")

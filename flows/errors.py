"""Errors of reading and checking documents: each one names the file, the field and the rule it breaks."""

from __future__ import annotations


class BadDocument(ValueError):
    """A document that cannot be read, or that breaks a rule every document of its kind must keep.

    `str()` reads as one sentence: "invoice.xml: cac:LegalMonetaryTotal/cbc:PayableAmount: amount must not
    be negative (got -5.00)".

    Attributes:
        file: name of the file, or an id of the document where there is no file.
        field: element path, column or "document" when the whole is at fault.
        rule: the rule, with the facts that break it.
    """

    def __init__(self, file: str, field: str, rule: str) -> None:
        super().__init__(file, field, rule)
        self.file = file
        self.field = field
        self.rule = rule

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.rule}"


class UnsafeDocument(BadDocument):
    """A file refused before it is parsed to the end: too large, or declaring entities or a DTD."""


class UnsupportedDocument(BadDocument):
    """A well-formed file of a kind, version or namespace that no reader here knows."""


class IncoherentDocuments(BadDocument):
    """Documents that are each in order, and contradict one another in a way no trade can."""

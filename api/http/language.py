"""Which language a caller is answered in: Chinese or English, by Accept-Language (RFC 9110, 12.5.4)."""

from __future__ import annotations

from typing import Final

from fastapi import Request

from chain.compliance.catalogue import Language

DEFAULT: Final[Language] = "en"


def language_of(request: Request) -> Language:
    """The language that the caller prefers of the two; English if it prefers neither."""
    best: tuple[float, Language] = (0.0, DEFAULT)
    for part in request.headers.get("accept-language", "").split(","):
        name, _, weight = part.strip().partition(";")
        language = _known(name)
        quality = _quality(weight)
        if language and quality > best[0]:
            best = (quality, language)
    return best[1]


def _known(name: str) -> Language | None:
    primary = name.strip().partition("-")[0].lower()
    if primary == "zh":
        return "zh"
    return "en" if primary in ("en", "*") else None


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0

"""How what is paid falls on the face: by halves.

The lower half gets its part rounded to the nearest 分, the upper half the rest, and so on down. So the parts
of intervals that tile the face add up to what was paid, to the last 分, and no part ever shrinks when more is
paid: once a 分 of the face is paid, it stays paid. (The difference of the rounded-down parts of an interval's
two ends adds up as well, but can shrink.)
"""

from __future__ import annotations


def share(start: int, length: int, paid: int, face: int) -> int:
    """The part of `paid` that falls on the interval `[start, start + length)` of `face`."""
    return _paid_below(start + length, paid, face) - _paid_below(start, paid, face)


def _paid_below(end: int, paid: int, face: int) -> int:
    """The part of `paid` that falls on the first `end` units of `face`.

    The lower half of the face gets its part rounded to nearest, the upper half the rest, and so on down. To
    round `end * paid / face` down would not do: the difference of two such parts can shrink.
    """
    below = 0
    while 0 < end < face and 0 < paid < face:
        half = face // 2
        lower = (2 * half * paid + face) // (2 * face)
        if end < half:
            face, paid = half, lower
        else:
            below += lower
            end, face, paid = end - half, face - half, paid - lower
    return below + min(end, paid)

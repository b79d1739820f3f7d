// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev How what is paid falls on the face. Parts of intervals that tile the face add up to what is paid exactly,
/// and no part ever shrinks when more is paid.
library Share {
    /// @notice The part of `paid` that falls on the interval `[start, start + length)` of `face`.
    function part(uint48 start, uint48 length, uint48 paid, uint48 face)
        internal
        pure
        returns (uint48)
    {
        return uint48(_below(uint256(start) + length, paid, face) - _below(start, paid, face));
    }

    /// @dev The part of `paid` that falls below `end`. What was paid is handed down by halves: the lower half
    /// gets its part rounded to nearest, the upper half the rest; so each unit of the face, once paid, stays
    /// paid. Rounding down `end * paid / size` would not do: the difference of two such parts can shrink.
    function _below(uint256 end, uint256 paid, uint256 size) private pure returns (uint256 sum) {
        // All numbers are parts of a uint48, and a half is at most its whole.
        unchecked {
            while (end != 0 && paid != 0) {
                if (end >= size) return sum + paid;
                if (paid >= size) return sum + end;
                uint256 half = size / 2;
                uint256 lower = (2 * half * paid + size) / (2 * size);
                if (end < half) {
                    (size, paid) = (half, lower);
                } else {
                    (end, size, paid, sum) = (end - half, size - half, paid - lower, sum + lower);
                }
            }
        }
    }
}

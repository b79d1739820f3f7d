// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev A voucher as one storage word, lowest bits first: holder 32, parent 48, counterparty 32, length 48, until
/// 32, tier 8, life 8, encumbrance 8, flags 8, payments 8, version 8. The compiler's own copies of a packed struct
/// cost a read or a mask a field; a word is read once and written once.
type VoucherWord is uint256;

using {
    holder,
    parent,
    counterparty,
    length,
    until,
    tier,
    life,
    encumbrance,
    flags,
    payments,
    version,
    withHolder,
    withLength,
    withFlags,
    passedTo,
    over,
    encumbered,
    paidUpTo,
    raised
} for VoucherWord global;

uint256 constant PARENT = 32;
uint256 constant COUNTERPARTY = 80;
uint256 constant LENGTH = 112;
uint256 constant UNTIL = 160;
uint256 constant TIER = 192;
uint256 constant LIFE = 200;
uint256 constant ENCUMBRANCE = 208;
uint256 constant FLAGS = 216;
uint256 constant PAYMENTS = 224;
uint256 constant VERSION = 232;

/// @dev Encumbrance, for whom and until when.
uint256 constant ENCUMBERED = uint256(type(uint8).max) << ENCUMBRANCE | uint256(type(uint32).max)
    << COUNTERPARTY | uint256(type(uint32).max) << UNTIL;

function holder(VoucherWord w) pure returns (uint32) {
    return uint32(VoucherWord.unwrap(w));
}

function parent(VoucherWord w) pure returns (uint48) {
    return uint48(VoucherWord.unwrap(w) >> PARENT);
}

function counterparty(VoucherWord w) pure returns (uint32) {
    return uint32(VoucherWord.unwrap(w) >> COUNTERPARTY);
}

function length(VoucherWord w) pure returns (uint48) {
    return uint48(VoucherWord.unwrap(w) >> LENGTH);
}

function until(VoucherWord w) pure returns (uint32) {
    return uint32(VoucherWord.unwrap(w) >> UNTIL);
}

function tier(VoucherWord w) pure returns (uint8) {
    return uint8(VoucherWord.unwrap(w) >> TIER);
}

function life(VoucherWord w) pure returns (uint8) {
    return uint8(VoucherWord.unwrap(w) >> LIFE);
}

function encumbrance(VoucherWord w) pure returns (uint8) {
    return uint8(VoucherWord.unwrap(w) >> ENCUMBRANCE);
}

function flags(VoucherWord w) pure returns (uint8) {
    return uint8(VoucherWord.unwrap(w) >> FLAGS);
}

function payments(VoucherWord w) pure returns (uint8) {
    return uint8(VoucherWord.unwrap(w) >> PAYMENTS);
}

function version(VoucherWord w) pure returns (uint8) {
    return uint8(VoucherWord.unwrap(w) >> VERSION);
}

function withHolder(VoucherWord w, uint32 to) pure returns (VoucherWord) {
    return VoucherWord.wrap(VoucherWord.unwrap(w) >> 32 << 32 | to);
}

function withLength(VoucherWord w, uint48 to) pure returns (VoucherWord) {
    return _with(w, LENGTH, type(uint48).max, to);
}

function withFlags(VoucherWord w, uint8 to) pure returns (VoucherWord) {
    return _with(w, FLAGS, type(uint8).max, to);
}

/// @dev One hop further, free in the new holder's hands; the deepest tier stays what it is.
function passedTo(VoucherWord w, uint32 to) pure returns (VoucherWord) {
    uint256 moved = VoucherWord.unwrap(w) & ~(ENCUMBERED | type(uint32).max) | to;
    unchecked {
        return VoucherWord.wrap(w.tier() == type(uint8).max ? moved : moved + (1 << TIER));
    }
}

/// @dev At the end of its life, and free.
function over(VoucherWord w, uint8 life_) pure returns (VoucherWord) {
    uint256 ended = VoucherWord.unwrap(w) & ~(ENCUMBERED | uint256(type(uint8).max) << LIFE);
    return VoucherWord.wrap(ended | uint256(life_) << LIFE);
}

/// @dev Encumbrance, for whom and until when go together.
function encumbered(VoucherWord w, uint8 by, uint32 for_, uint32 until_)
    pure
    returns (VoucherWord)
{
    return VoucherWord.wrap(
        VoucherWord.unwrap(w) & ~ENCUMBERED | uint256(by) << ENCUMBRANCE | uint256(for_)
            << COUNTERPARTY | uint256(until_) << UNTIL
    );
}

function paidUpTo(VoucherWord w, uint8 to) pure returns (VoucherWord) {
    return _with(w, PAYMENTS, type(uint8).max, to);
}

/// @dev The version after `writes` more writes. It only has to differ from the last one: it may wrap, and the
/// bits above it are nobody's.
function raised(VoucherWord w, uint256 writes) pure returns (VoucherWord) {
    unchecked {
        return VoucherWord.wrap((VoucherWord.unwrap(w) + (writes << VERSION)) << 16 >> 16);
    }
}

function _with(VoucherWord w, uint256 shift, uint256 mask, uint256 to) pure returns (VoucherWord) {
    return VoucherWord.wrap(VoucherWord.unwrap(w) & ~(mask << shift) | to << shift);
}

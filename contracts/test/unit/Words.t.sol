// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Receivables} from "../../src/Receivables.sol";
import {VoucherWord} from "../../src/VoucherWord.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev A voucher as the compiler lays it out, field by field: an independent hand for the same word.
contract WordsTest is Fixture {
    struct Fields {
        uint32 holder;
        uint48 parent;
        uint32 counterparty;
        uint48 length;
        uint32 until;
        uint8 tier;
        uint8 life;
        uint8 encumbrance;
        uint8 flags;
        uint8 payments;
        uint8 version;
    }

    Fields internal fields;

    /// @dev The sixteen bits above the version are nobody's.
    uint256 internal constant USED = type(uint256).max >> 16;

    function _word() internal view returns (VoucherWord w) {
        assembly ("memory-safe") {
            w := sload(fields.slot)
        }
    }

    function _write(VoucherWord w) internal {
        assembly ("memory-safe") {
            sstore(fields.slot, w)
        }
    }

    /// @dev The word has the fields and not one bit more.
    function _check(VoucherWord w, string memory what) internal view {
        assertEq(VoucherWord.unwrap(w), VoucherWord.unwrap(_word()), what);
    }

    function testEachFieldIsRead(uint256 bits) public {
        VoucherWord w = VoucherWord.wrap(bits);
        _write(w);
        assertEq(w.holder(), fields.holder, "holder");
        assertEq(w.parent(), fields.parent, "parent");
        assertEq(w.counterparty(), fields.counterparty, "counterparty");
        assertEq(w.length(), fields.length, "length");
        assertEq(w.until(), fields.until, "until");
        assertEq(w.tier(), fields.tier, "tier");
        assertEq(w.life(), fields.life, "life");
        assertEq(w.encumbrance(), fields.encumbrance, "encumbrance");
        assertEq(w.flags(), fields.flags, "flags");
        assertEq(w.payments(), fields.payments, "payments");
        assertEq(w.version(), fields.version, "version");
    }

    /// @dev Each change leaves the neighbours as they are, whatever was in the field and in them.
    function testWithHolder(uint256 bits, uint32 to) public {
        _write(VoucherWord.wrap(bits));
        fields.holder = to;
        _check(VoucherWord.wrap(bits).withHolder(to), "holder");
    }

    function testWithLength(uint256 bits, uint48 to) public {
        _write(VoucherWord.wrap(bits));
        fields.length = to;
        _check(VoucherWord.wrap(bits).withLength(to), "length");
    }

    function testWithFlags(uint256 bits, uint8 to) public {
        _write(VoucherWord.wrap(bits));
        fields.flags = to;
        _check(VoucherWord.wrap(bits).withFlags(to), "flags");
    }

    function testPaidUpTo(uint256 bits, uint8 to) public {
        _write(VoucherWord.wrap(bits));
        fields.payments = to;
        _check(VoucherWord.wrap(bits).paidUpTo(to), "payments");
    }

    function testEncumbered(uint256 bits, uint8 by, uint32 for_, uint32 until_) public {
        _write(VoucherWord.wrap(bits));
        (fields.encumbrance, fields.counterparty, fields.until) = (by, for_, until_);
        _check(VoucherWord.wrap(bits).encumbered(by, for_, until_), "encumbrance");
    }

    function testPassedTo(uint256 bits, uint32 to) public {
        _write(VoucherWord.wrap(bits));
        _pass(to);
        _check(VoucherWord.wrap(bits).passedTo(to), "passed on");
    }

    /// @dev The deepest tier there is reaches into nothing.
    function testPassedToBelowTheDeepestTier(uint256 bits, uint32 to) public {
        _write(VoucherWord.wrap(bits));
        fields.tier = type(uint8).max;
        VoucherWord w = _word();
        _pass(to);
        _check(w.passedTo(to), "passed on");
        assertEq(fields.tier, type(uint8).max, "as deep as it was");
    }

    function _pass(uint32 to) internal {
        fields.holder = to;
        if (fields.tier != type(uint8).max) fields.tier += 1;
        (fields.encumbrance, fields.counterparty, fields.until) = (0, 0, 0);
    }

    function testOver(uint256 bits, uint8 life) public {
        _write(VoucherWord.wrap(bits));
        fields.life = life;
        (fields.encumbrance, fields.counterparty, fields.until) = (0, 0, 0);
        _check(VoucherWord.wrap(bits).over(life), "over");
    }

    /// @dev A version wraps around within its own bits.
    function testRaised(uint256 bits, uint8 writes) public {
        _write(VoucherWord.wrap(bits & USED));
        unchecked {
            fields.version += writes;
        }
        _check(VoucherWord.wrap(bits & USED).raised(writes), "raised");
        _check(VoucherWord.wrap(bits).raised(writes), "nothing above the version");
    }

    /// @dev Whoever reads storage without the contracts relies on this.
    function testTheWordOfAVoucher() public {
        uint80 voucherId = _confirmed(FACE);
        _passed(voucherId, SECOND);
        uint80 child = _split(voucherId, THIRD, 0x1234);
        bytes32 word =
            vm.load(address(receivables), keccak256(abi.encode(uint256(child), uint256(3))));
        uint256 expected = uint256(SECOND) | uint256(uint48(voucherId)) << 32 | uint256(THIRD) << 80
            | uint256(0x1234) << 112 | (block.timestamp + OFFER_PERIOD) << 160 | uint256(1) << 192
            | uint256(1) << 200 | uint256(1) << 208;
        assertEq(uint256(word), expected, "word");
        Receivables.Voucher memory v;
        (v.holder, v.parent, v.counterparty) = (SECOND, uint48(voucherId), THIRD);
        (v.length, v.until, v.tier) = (0x1234, uint32(NOW) + OFFER_PERIOD, 1);
        (v.life, v.encumbrance) = (Receivables.Life.Live, Receivables.Encumbrance.Offered);
        assertEq(abi.encode(_voucher(child)), abi.encode(v), "voucher");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Participants} from "../../src/Participants.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev What may be moved at all, and what is cut off it.
contract SplitTest is Fixture {
    uint80 internal voucherId;
    uint32 internal id;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
        id = _receivableOf(voucherId);
    }

    function _splitRefused(Receivables.Leg[] memory legs, bytes memory refusal) internal {
        _refused(
            _holderOf(voucherId),
            address(receivables),
            abi.encodeCall(Receivables.split, (voucherId, _versionOf(voucherId), legs)),
            refusal
        );
    }

    /* WHAT CAN BE MOVED */

    /// @dev Every way to move a voucher meets the same conditions.
    function _moveRefused(uint32 actor, uint80 which, uint8 version, bytes memory refusal)
        internal
    {
        address r = address(receivables);
        _refused(
            actor, r, abi.encodeCall(Receivables.split, (which, version, _leg(actor, 1))), refusal
        );
        uint32 to = actor == THIRD ? SECOND : THIRD;
        _refused(
            actor, r, abi.encodeCall(Receivables.offer, (which, version, to, EVIDENCE)), refusal
        );
        Receivables.Acceptance memory a = _acceptance(which, to, EVIDENCE);
        (bytes32 sigR, bytes32 vs) = _sign(to, a);
        _refused(
            actor,
            r,
            abi.encodeCall(
                Receivables.transfer, (which, version, to, EVIDENCE, a.validUntil, sigR, vs)
            ),
            refusal
        );
        Financing.Quote memory quote = _quote(which, FACTOR, Financing.Kind.Purchase);
        (quote.version, quote.face, quote.proceeds) = (version, FACE, 1);
        _refused(actor, address(financing), _acceptQuoteCall(FACTOR, quote), refusal);
    }

    function testMoveUnknown(uint80 which) public {
        vm.assume(which != voucherId);
        _moveRefused(
            SUPPLIER, which, 0, abi.encodeWithSelector(Receivables.VoucherUnknown.selector, which)
        );
    }

    function testMoveOfAnother() public {
        _moveRefused(
            SECOND,
            voucherId,
            0,
            abi.encodeWithSelector(Receivables.NotHolder.selector, voucherId, SECOND, SUPPLIER)
        );
    }

    function testMoveAfterItWasPassedOn() public {
        _passed(voucherId, SECOND);
        _moveRefused(
            SUPPLIER,
            voucherId,
            2,
            abi.encodeWithSelector(Receivables.NotHolder.selector, voucherId, SUPPLIER, SECOND)
        );
    }

    function testMoveRedeemed() public {
        _pay(id, FACE);
        _redeemAll(id);
        _moveRefused(
            SUPPLIER,
            voucherId,
            1,
            abi.encodeWithSelector(
                Receivables.NotLive.selector, voucherId, Receivables.Life.Redeemed
            )
        );
    }

    function _encumberedRefused(Receivables.Encumbrance encumbrance) internal {
        _moveRefused(
            SUPPLIER,
            voucherId,
            _versionOf(voucherId),
            abi.encodeWithSelector(Receivables.Encumbered.selector, voucherId, encumbrance)
        );
    }

    function testMoveOffered() public {
        _offered(voucherId, SECOND);
        _encumberedRefused(Receivables.Encumbrance.Offered);
    }

    function testMoveLocked() public {
        _locked(voucherId, BANK, Financing.Kind.Purchase);
        _encumberedRefused(Receivables.Encumbrance.Locked);
    }

    function testMovePledged() public {
        _financed(voucherId, BANK, Financing.Kind.Pledge);
        _encumberedRefused(Receivables.Encumbrance.Pledged);
    }

    function testMoveStale(uint8 expected) public {
        _split(voucherId, SECOND, 1);
        vm.assume(expected != 1);
        _moveRefused(
            SUPPLIER,
            voucherId,
            expected,
            abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 1, expected)
        );
    }

    function testMoveHeld() public {
        uint256 snapshot = vm.snapshotState();
        for (uint8 flags = 1; flags < 4; ++flags) {
            if (flags & receivables.FROZEN() != 0) _freeze(voucherId);
            if (flags & receivables.DISPUTED() != 0) _dispute(voucherId);
            _moveRefused(
                SUPPLIER,
                voucherId,
                _versionOf(voucherId),
                abi.encodeWithSelector(Receivables.Held.selector, voucherId, flags)
            );
            vm.revertToState(snapshot);
        }
    }

    function testMovePastDue(uint40 late) public {
        vm.warp(bound(late, DUE_AT, VALID_UNTIL));
        _moveRefused(
            SUPPLIER, voucherId, 0, abi.encodeWithSelector(Receivables.PastDue.selector, id, DUE_AT)
        );
    }

    function testMoveBeforeItIsRedeemedUpToDate() public {
        _pay(id, 1);
        _pay(id, 1);
        _moveRefused(
            SUPPLIER,
            voucherId,
            0,
            abi.encodeWithSelector(Receivables.UnredeemedPayments.selector, voucherId, 0, 2)
        );
        _redeemAll(id);
        _split(voucherId, SECOND, 1);
    }

    function testACallSentTwiceActsOnce() public {
        bytes memory data = abi.encodeCall(Receivables.split, (voucherId, 0, _leg(SECOND, 10)));
        _lawful(SUPPLIER, address(receivables), data);
        _refused(
            SUPPLIER,
            address(receivables),
            data,
            abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 1, 0)
        );
        assertEq(_voucher(voucherId).length, FACE - 10, "split once");
    }

    /* SPLIT */

    function testSplitWithoutLegs() public {
        _splitRefused(
            new Receivables.Leg[](0),
            abi.encodeWithSelector(
                Receivables.BadLegCount.selector, 0, MAX_LEGS, PolicyNames.MAX_LEGS
            )
        );
    }

    function testSplitWithTooManyLegs() public {
        _splitRefused(
            new Receivables.Leg[](uint256(MAX_LEGS) + 1),
            abi.encodeWithSelector(
                Receivables.BadLegCount.selector,
                uint256(MAX_LEGS) + 1,
                MAX_LEGS,
                PolicyNames.MAX_LEGS
            )
        );
    }

    /// @dev The most that a parameter allows still leaves the voucher another version.
    function testSplitWithTheMostLegsOfAnyParameter() public {
        _setPolicy(PolicyNames.MAX_LEGS, 255);
        voucherId = _confirmed(FACE);
        Receivables.Leg[] memory legs = new Receivables.Leg[](256);
        for (uint256 n; n < legs.length; ++n) {
            legs[n] = Receivables.Leg(SUPPLIER, 1, 0);
        }
        _splitRefused(
            legs,
            abi.encodeWithSelector(Receivables.BadLegCount.selector, 256, 255, PolicyNames.MAX_LEGS)
        );
        assembly ("memory-safe") {
            mstore(legs, 255)
        }
        _as(SUPPLIER);
        receivables.split(voucherId, 0, legs);
        assertEq(_versionOf(voucherId), 255, "version");
        assertEq(_voucher(voucherId).length, FACE - 255, "length");
    }

    function testSplitBelowTheLeastLength(uint48 least, uint48 length) public {
        least = uint48(bound(least, 2, FACE - 1));
        length = uint48(bound(length, 0, least - 1));
        _setPolicy(PolicyNames.MIN_LENGTH, least);
        voucherId = _confirmed(FACE);
        bytes memory refusal = abi.encodeWithSelector(
            Receivables.LegTooShort.selector, voucherId, length, least, PolicyNames.MIN_LENGTH
        );
        _splitRefused(_leg(SECOND, length), refusal);
        _splitRefused(_leg(SUPPLIER, length), refusal);
        _split(voucherId, SECOND, least);
    }

    function testSplitNothing() public {
        _splitRefused(
            _leg(SECOND, 0),
            abi.encodeWithSelector(
                Receivables.LegTooShort.selector, voucherId, 0, 1, PolicyNames.MIN_LENGTH
            )
        );
    }

    function testSplitExceedsVoucher(uint48 length) public {
        length = uint48(bound(length, FACE + 1, MAX_FACE));
        _splitRefused(
            _leg(SECOND, length),
            abi.encodeWithSelector(
                Receivables.SplitExceedsVoucher.selector, voucherId, length, FACE
            )
        );
    }

    /// @dev No sum of legs wraps around.
    function testSplitExceedsVoucherInAll(uint48 first, uint48 second) public {
        first = uint48(bound(first, 1, FACE - 1));
        second = uint48(bound(second, FACE - first + 1, MAX_FACE));
        Receivables.Leg[] memory legs = new Receivables.Leg[](2);
        legs[0] = Receivables.Leg(SECOND, first, EVIDENCE);
        legs[1] = Receivables.Leg(SECOND, second, EVIDENCE);
        _splitRefused(
            legs,
            abi.encodeWithSelector(
                Receivables.SplitExceedsVoucher.selector, voucherId, second, FACE - first
            )
        );
    }

    function testSplitTakesWhole() public {
        bytes memory refusal =
            abi.encodeWithSelector(Receivables.SplitTakesWhole.selector, voucherId);
        _splitRefused(_leg(SECOND, FACE), refusal);
        Receivables.Leg[] memory legs = new Receivables.Leg[](2);
        legs[0] = Receivables.Leg(SECOND, FACE - 1, EVIDENCE);
        legs[1] = Receivables.Leg(SUPPLIER, 1, EVIDENCE);
        _splitRefused(legs, refusal);
    }

    function testSplitForDebtor() public {
        _setRoles(ANCHOR, Roles.DEBTOR | Roles.SUPPLIER);
        _splitRefused(
            _leg(ANCHOR, 1), abi.encodeWithSelector(Receivables.SameParty.selector, ANCHOR)
        );
    }

    function testSplitWithoutEvidence() public {
        Receivables.Leg[] memory legs = _leg(SECOND, 1);
        legs[0].evidence = 0;
        _splitRefused(legs, abi.encodeWithSelector(Receivables.EvidenceEmpty.selector));
    }

    function testSplitForNoHolder() public {
        _splitRefused(
            _leg(CARRIER, 1),
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, CARRIER, Roles.ATTESTER, Roles.HOLDER
            )
        );
        _splitRefused(
            _leg(UNKNOWN, 1),
            abi.encodeWithSelector(Participants.ParticipantUnknown.selector, UNKNOWN)
        );
    }

    /// @dev At the deepest tier there is only cutting for oneself.
    function testSplitTooDeep() public {
        _setPolicy(PolicyNames.MAX_TIER, 1);
        voucherId = _confirmed(FACE);
        _passed(voucherId, SECOND);
        _splitRefused(
            _leg(THIRD, 1),
            abi.encodeWithSelector(
                Receivables.TierTooDeep.selector, voucherId, 1, 1, PolicyNames.MAX_TIER
            )
        );
        _split(voucherId, SECOND, 1);
    }

    function testSplitBound() public {
        _financed(voucherId, TRADER, Financing.Kind.RecoursePurchase);
        _splitRefused(
            _leg(SUPPLIER, 1), abi.encodeWithSelector(Receivables.BoundVoucher.selector, voucherId)
        );
    }

    /// @dev Some kept and some offered, cut off the end one after another: they tile what they were cut from.
    function testSplit(uint48 first, uint48 second, uint48 third) public {
        uint48[3] memory lengths = _threeLengths(first, second, third);
        uint32[3] memory receivers = [SECOND, SUPPLIER, BANK];
        Receivables.Leg[] memory legs = new Receivables.Leg[](3);
        uint48 end = FACE;
        for (uint256 n; n < 3; ++n) {
            end -= lengths[n];
            bytes32 evidence = receivers[n] == SUPPLIER ? bytes32(0) : EVIDENCE;
            legs[n] = Receivables.Leg(receivers[n], lengths[n], evidence);
            vm.expectEmit(address(receivables));
            emit Receivables.Split(
                voucherId + end, voucherId, receivers[n], lengths[n], evidence, _account(SUPPLIER)
            );
        }
        _as(SUPPLIER);
        receivables.split(voucherId, 0, legs);

        Receivables.Voucher memory parent;
        (parent.holder, parent.length) = (SUPPLIER, end);
        (parent.life, parent.version) = (Receivables.Life.Live, 3);
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(parent), "the parent keeps the rest");
        end = FACE;
        for (uint256 n; n < 3; ++n) {
            end -= lengths[n];
            _checkChild(voucherId + end, receivers[n], lengths[n]);
        }
    }

    function _threeLengths(uint48 first, uint48 second, uint48 third)
        internal
        pure
        returns (uint48[3] memory lengths)
    {
        lengths[0] = uint48(bound(first, 1, FACE - 3));
        lengths[1] = uint48(bound(second, 1, FACE - lengths[0] - 2));
        lengths[2] = uint48(bound(third, 1, FACE - lengths[0] - lengths[1] - 1));
    }

    function _checkChild(uint80 child, uint32 to, uint48 length) internal view {
        Receivables.Voucher memory v;
        (v.holder, v.parent, v.length) = (SUPPLIER, 0, length);
        v.life = Receivables.Life.Live;
        if (to != SUPPLIER) {
            v.encumbrance = Receivables.Encumbrance.Offered;
            (v.counterparty, v.until) = (to, uint32(NOW) + OFFER_PERIOD);
        }
        assertEq(abi.encode(_voucher(child)), abi.encode(v), "child");
    }

    /// @dev A child of a child knows its own parent, has its tier and what was redeemed of it.
    function testSplitAgain() public {
        _pay(id, 10);
        _redeemAll(id);
        uint80 child = _split(voucherId, SECOND, 400);
        _accepted(child);
        uint80 grandchild = _split(child, THIRD, 100);
        Receivables.Voucher memory v = _voucher(grandchild);
        assertEq(grandchild, _voucherOf(id, FACE - 100), "where it begins");
        assertEq(v.parent, uint48(child), "parent");
        assertEq(v.tier, 1, "tier");
        assertEq(v.payments, 1, "payments");
        assertEq(v.version, 0, "version");
    }

    /// @dev A split in two calls is a split in one.
    function testManySplitsAreOne(uint48 first, uint48 second) public {
        first = uint48(bound(first, 1, FACE - 2));
        second = uint48(bound(second, 1, FACE - first - 1));
        uint256 snapshot = vm.snapshotState();
        Receivables.Leg[] memory legs = new Receivables.Leg[](2);
        legs[0] = Receivables.Leg(SECOND, first, EVIDENCE);
        legs[1] = Receivables.Leg(THIRD, second, EVIDENCE);
        _as(SUPPLIER);
        receivables.split(voucherId, 0, legs);
        uint80 one = voucherId + FACE - first;
        uint80 two = one - second;
        bytes memory expected = abi.encode(_voucher(voucherId), _voucher(one), _voucher(two));
        vm.revertToState(snapshot);
        _split(voucherId, SECOND, first);
        _split(voucherId, THIRD, second);
        assertEq(
            abi.encode(_voucher(voucherId), _voucher(one), _voucher(two)), expected, "the same"
        );
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "../../src/Participants.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev Split, offer, accept, refuse, withdraw.
contract TransferTest is Fixture {
    uint64 internal voucherId;
    uint32 internal id;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
        id = _receivableOf(voucherId);
    }

    function _splitRefused(Receivables.Leg[] memory legs, bytes memory refusal) internal {
        uint8 version = _versionOf(voucherId);
        vm.expectRevert(refusal);
        _as(SUPPLIER);
        receivables.split(voucherId, version, legs);
    }

    function _offerRefused(uint32 to, bytes32 evidence, bytes memory refusal) internal {
        uint8 version = _versionOf(voucherId);
        vm.expectRevert(refusal);
        _as(SUPPLIER);
        receivables.offer(voucherId, version, to, evidence);
    }

    function _hash(uint64 which) internal view returns (bytes32) {
        return keccak256(abi.encode(receivables.voucher(which)));
    }

    /* WHAT CAN BE MOVED */

    /// @dev Every way to move a voucher meets the same conditions.
    function _moveRefused(uint32 actor, uint64 which, uint8 version, bytes memory refusal)
        internal
    {
        vm.expectRevert(refusal);
        _as(actor);
        receivables.split(which, version, _leg(SECOND, 1));
        vm.expectRevert(refusal);
        _as(actor);
        receivables.offer(which, version, SECOND, EVIDENCE);
        Receivables.Quote memory quote =
            Receivables.Quote(which, version, FACTOR, FACE, 1, type(uint40).max, TERMS);
        bytes memory signature = _sign(FACTOR, quote);
        vm.expectRevert(refusal);
        _as(actor);
        receivables.acceptQuote(quote, signature);
    }

    function testMoveUnknown(uint64 which) public {
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

    function testMoveAfterItWasTransferred() public {
        _offer(voucherId, SECOND);
        _accept(voucherId);
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

    function testMoveOffered() public {
        _offer(voucherId, SECOND);
        _moveRefused(
            SUPPLIER,
            voucherId,
            1,
            abi.encodeWithSelector(
                Receivables.Encumbered.selector, voucherId, Receivables.Encumbrance.Offered
            )
        );
    }

    function testMoveLocked() public {
        _finance(voucherId, BANK, FACE / 2);
        _moveRefused(
            SUPPLIER,
            voucherId,
            1,
            abi.encodeWithSelector(
                Receivables.Encumbered.selector, voucherId, Receivables.Encumbrance.Locked
            )
        );
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
        _as(SUPPLIER);
        receivables.split(voucherId, 0, _leg(SECOND, 10));
        vm.expectRevert(abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 1, 0));
        _as(SUPPLIER);
        receivables.split(voucherId, 0, _leg(SECOND, 10));
        assertEq(receivables.voucher(voucherId).length, FACE - 10, "split once");
    }

    /* SPLIT */

    function testSplitWithoutLegs() public {
        _splitRefused(
            new Receivables.Leg[](0),
            abi.encodeWithSelector(Receivables.BadLegCount.selector, 0, MAX_LEGS)
        );
    }

    function testSplitWithTooManyLegs() public {
        _splitRefused(
            new Receivables.Leg[](MAX_LEGS + 1),
            abi.encodeWithSelector(Receivables.BadLegCount.selector, MAX_LEGS + 1, MAX_LEGS)
        );
    }

    /// @dev The most that a policy allows still leaves the voucher another version.
    function testSplitWithTheMostLegsOfAnyPolicy() public {
        Receivables.Policy memory policy = _policy();
        policy.maxLegs = type(uint8).max;
        _setPolicy(policy);
        Receivables.Leg[] memory legs = new Receivables.Leg[](256);
        for (uint256 i; i < legs.length; ++i) {
            legs[i] = Receivables.Leg(SUPPLIER, 1, 0);
        }
        _splitRefused(legs, abi.encodeWithSelector(Receivables.BadLegCount.selector, 256, 255));
        assembly ("memory-safe") {
            mstore(legs, 255)
        }
        _as(SUPPLIER);
        receivables.split(voucherId, 0, legs);
        assertEq(_versionOf(voucherId), 255, "version");
        assertEq(receivables.voucher(voucherId).length, FACE - 255, "length");
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
    function testSplitExceedsVoucherInAll() public {
        Receivables.Leg[] memory legs = new Receivables.Leg[](2);
        legs[0] = Receivables.Leg(SECOND, 2, EVIDENCE);
        legs[1] = Receivables.Leg(SECOND, MAX_FACE, EVIDENCE);
        _splitRefused(
            legs,
            abi.encodeWithSelector(
                Receivables.SplitExceedsVoucher.selector, voucherId, uint256(MAX_FACE) + 2, FACE
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

    function testSplitNothing() public {
        _splitRefused(_leg(SECOND, 0), abi.encodeWithSelector(Receivables.AmountZero.selector));
        _splitRefused(_leg(SUPPLIER, 0), abi.encodeWithSelector(Receivables.AmountZero.selector));
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
    }

    function testSplitForUnknown() public {
        _splitRefused(
            _leg(UNKNOWN, 1),
            abi.encodeWithSelector(Participants.ParticipantUnknown.selector, UNKNOWN)
        );
    }

    function testSplitAtTheLastTier() public {
        _passDown(MAX_TIER);
        uint32 holder = _holderOf(voucherId);
        uint8 version = _versionOf(voucherId);
        vm.expectRevert(
            abi.encodeWithSelector(Receivables.TierTooDeep.selector, voucherId, MAX_TIER, MAX_TIER)
        );
        _as(holder);
        receivables.split(voucherId, version, _leg(THIRD, 1));
        // Cutting a piece to keep passes nothing on.
        _split(voucherId, holder, 1);
    }

    /// @dev Through the hands of the suppliers in turn.
    function _passDown(uint256 tiers) internal {
        for (uint256 i = 1; i <= tiers; ++i) {
            _offer(voucherId, SUPPLIER + uint32(i % 3));
            _accept(voucherId);
        }
    }

    function testSplitNothingHalfDone() public {
        Receivables.Leg[] memory legs = new Receivables.Leg[](2);
        legs[0] = Receivables.Leg(SECOND, 5, EVIDENCE);
        legs[1] = Receivables.Leg(SECOND, 0, EVIDENCE);
        bytes32 before = _hash(voucherId);
        _splitRefused(legs, abi.encodeWithSelector(Receivables.AmountZero.selector));
        assertEq(_hash(voucherId), before, "the parent");
        assertTrue(
            receivables.voucher(_voucherOf(id, 2)).life == Receivables.Life.None, "the child"
        );
        assertEq(receivables.receivable(id).vouchers, 1, "vouchers");
    }

    function testSplitForAnother(uint48 length) public {
        length = uint48(bound(length, 1, FACE - 1));
        vm.warp(DUE_AT - 1);
        uint64 child = _voucherOf(id, 2);
        vm.expectEmit(address(receivables));
        emit Receivables.Split(child, voucherId, SECOND, length, EVIDENCE, _account(SUPPLIER));
        _as(SUPPLIER);
        receivables.split(voucherId, 0, _leg(SECOND, length));

        Receivables.Voucher memory v = receivables.voucher(child);
        assertEq(v.holder, SUPPLIER, "nothing moves until it is accepted");
        assertEq(v.parent, 1, "parent");
        assertEq(v.counterparty, SECOND, "counterparty");
        assertEq(v.start, FACE - length, "start");
        assertEq(v.length, length, "length");
        assertEq(v.since, DUE_AT - 1, "since");
        assertEq(v.tier, 0, "tier");
        assertTrue(v.life == Receivables.Life.Live, "life");
        assertTrue(v.encumbrance == Receivables.Encumbrance.Offered, "encumbrance");
        assertEq(v.payments, 0, "payments");
        assertEq(v.version, 0, "version");

        v = receivables.voucher(voucherId);
        assertEq(v.holder, SUPPLIER, "holder of the rest");
        assertEq(v.start, 0, "start of the rest");
        assertEq(v.length, FACE - length, "length of the rest");
        assertEq(v.since, START, "since of the rest");
        assertEq(v.version, 1, "version of the rest");
        assertTrue(v.encumbrance == Receivables.Encumbrance.Free, "encumbrance of the rest");
        assertEq(receivables.receivable(id).vouchers, 2, "vouchers");
    }

    function testSplitToKeep() public {
        Receivables.Leg[] memory legs = _leg(SUPPLIER, 7);
        legs[0].evidence = 0;
        vm.expectEmit(address(receivables));
        emit Receivables.Split(_voucherOf(id, 2), voucherId, SUPPLIER, 7, 0, _account(SUPPLIER));
        _as(SUPPLIER);
        receivables.split(voucherId, 0, legs);
        Receivables.Voucher memory v = receivables.voucher(_voucherOf(id, 2));
        assertEq(v.holder, SUPPLIER, "holder");
        assertEq(v.counterparty, 0, "counterparty");
        assertTrue(v.encumbrance == Receivables.Encumbrance.Free, "encumbrance");
    }

    function testSplitInheritsTierAndPayments() public {
        _passDown(1);
        _pay(id, 3);
        _redeemAll(id);
        Receivables.Voucher memory v = receivables.voucher(_split(voucherId, THIRD, 9));
        assertEq(v.tier, 1, "tier");
        assertEq(v.payments, 1, "payments");
    }

    function testSplitOfASplit() public {
        uint64 child = _split(voucherId, SUPPLIER, 100);
        uint64 grandchild = _split(child, SUPPLIER, 30);
        Receivables.Voucher memory v = receivables.voucher(grandchild);
        assertEq(v.parent, 2, "parent");
        assertEq(v.start, FACE - 30, "start");
        assertEq(grandchild, _voucherOf(id, 3), "id");
    }

    /// @dev Many legs at once are the same as one after the other.
    function testSplitIsTheFoldOfItsLegs(uint8 count, uint256 seed) public {
        count = uint8(bound(count, 1, MAX_LEGS));
        Receivables.Leg[] memory legs = new Receivables.Leg[](count);
        for (uint256 i; i < count; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            legs[i] = Receivables.Leg({
                to: SUPPLIER + uint32(random % 5),
                length: uint48(1 + (random >> 8) % (FACE / MAX_LEGS - 1)),
                evidence: keccak256(abi.encode("evidence", i))
            });
        }
        uint256 snapshot = vm.snapshotState();
        _as(SUPPLIER);
        receivables.split(voucherId, 0, legs);
        bytes32 atOnce = _stateHash();
        vm.revertToState(snapshot);

        Receivables.Leg[] memory one = new Receivables.Leg[](1);
        for (uint8 i; i < count; ++i) {
            one[0] = legs[i];
            _as(SUPPLIER);
            receivables.split(voucherId, i, one);
        }
        assertEq(_stateHash(), atOnce, "one by one");
    }

    function _stateHash() internal view returns (bytes32 hash) {
        hash = keccak256(abi.encode(receivables.receivable(id)));
        uint24 count = receivables.receivable(id).vouchers;
        for (uint24 i = 1; i <= count; ++i) {
            hash = keccak256(abi.encode(hash, receivables.voucher(_voucherOf(id, i))));
        }
    }

    /* OFFER */

    function testOfferToOneself() public {
        _offerRefused(
            SUPPLIER, EVIDENCE, abi.encodeWithSelector(Receivables.SameParty.selector, SUPPLIER)
        );
    }

    function testOfferToDebtor() public {
        _setRoles(ANCHOR, Roles.DEBTOR | Roles.SUPPLIER);
        _offerRefused(
            ANCHOR, EVIDENCE, abi.encodeWithSelector(Receivables.SameParty.selector, ANCHOR)
        );
    }

    function testOfferWithoutEvidence() public {
        _offerRefused(SECOND, 0, abi.encodeWithSelector(Receivables.EvidenceEmpty.selector));
    }

    function testOfferToNoHolder() public {
        _offerRefused(
            AUDITOR,
            EVIDENCE,
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, AUDITOR, Roles.AUDITOR, Roles.HOLDER
            )
        );
    }

    function testOfferToUnknown() public {
        _offerRefused(
            0, EVIDENCE, abi.encodeWithSelector(Participants.ParticipantUnknown.selector, 0)
        );
    }

    function testOfferAtTheLastTier() public {
        _passDown(MAX_TIER);
        uint8 version = _versionOf(voucherId);
        vm.expectRevert(
            abi.encodeWithSelector(Receivables.TierTooDeep.selector, voucherId, MAX_TIER, MAX_TIER)
        );
        _as(SUPPLIER);
        receivables.offer(voucherId, version, THIRD, EVIDENCE);
    }

    function testOffer() public {
        vm.warp(DUE_AT - 1);
        vm.expectEmit(address(receivables));
        emit Receivables.Offered(voucherId, SUPPLIER, SECOND, EVIDENCE, _account(SUPPLIER));
        _as(SUPPLIER);
        receivables.offer(voucherId, 0, SECOND, EVIDENCE);
        Receivables.Voucher memory v = receivables.voucher(voucherId);
        assertEq(v.holder, SUPPLIER, "nothing moves until it is accepted");
        assertEq(v.counterparty, SECOND, "counterparty");
        assertTrue(v.encumbrance == Receivables.Encumbrance.Offered, "encumbrance");
        assertEq(v.since, DUE_AT - 1, "since");
        assertEq(v.tier, 0, "tier");
        assertEq(v.version, 1, "version");
    }

    /* ANSWERS TO AN OFFER */

    /// @dev Accept, refuse and withdraw meet the same conditions.
    function _answersRefused(uint32 actor, uint64 which, uint8 version, bytes memory refusal)
        internal
    {
        vm.expectRevert(refusal);
        _as(actor);
        receivables.accept(which, version);
        vm.expectRevert(refusal);
        _as(actor);
        receivables.refuse(which, version, REASON);
        vm.expectRevert(refusal);
        _as(actor);
        receivables.withdraw(which, version);
    }

    function testAnswerUnknown() public {
        uint64 unknown = _voucherOf(id, 2);
        _answersRefused(
            SECOND, unknown, 0, abi.encodeWithSelector(Receivables.VoucherUnknown.selector, unknown)
        );
    }

    function testAnswerNotOffered() public {
        _answersRefused(
            SUPPLIER,
            voucherId,
            0,
            abi.encodeWithSelector(Receivables.NotOffered.selector, voucherId)
        );
    }

    function testAnswerLocked() public {
        _finance(voucherId, BANK, 1);
        bytes memory refusal = abi.encodeWithSelector(Receivables.NotOffered.selector, voucherId);
        _answersRefused(BANK, voucherId, 1, refusal);
        _answersRefused(SUPPLIER, voucherId, 1, refusal);
    }

    function testAnswerRedeemed() public {
        _offer(voucherId, SECOND);
        _pay(id, FACE);
        _redeemAll(id);
        _answersRefused(
            SECOND, voucherId, 2, abi.encodeWithSelector(Receivables.NotOffered.selector, voucherId)
        );
    }

    function testAnswerStale(uint8 expected) public {
        vm.assume(expected != 1);
        _offer(voucherId, SECOND);
        _answersRefused(
            SECOND,
            voucherId,
            expected,
            abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 1, expected)
        );
    }

    function testAnswerByTheWrongSide() public {
        _offer(voucherId, SECOND);
        uint32[2] memory others = [SUPPLIER, THIRD];
        for (uint256 i; i < others.length; ++i) {
            bytes memory refusal = abi.encodeWithSelector(
                Receivables.NotCounterparty.selector, voucherId, others[i], SECOND
            );
            vm.expectRevert(refusal);
            _as(others[i]);
            receivables.accept(voucherId, 1);
            vm.expectRevert(refusal);
            _as(others[i]);
            receivables.refuse(voucherId, 1, REASON);
        }
        vm.expectRevert(
            abi.encodeWithSelector(Receivables.NotHolder.selector, voucherId, SECOND, SUPPLIER)
        );
        _as(SECOND);
        receivables.withdraw(voucherId, 1);
    }

    function testAcceptLapsed() public {
        _offer(voucherId, SECOND);
        vm.warp(START + OFFER_PERIOD + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                Receivables.OfferLapsed.selector, voucherId, START + OFFER_PERIOD
            )
        );
        _as(SECOND);
        receivables.accept(voucherId, 1);
    }

    function testAcceptPastDue() public {
        vm.warp(DUE_AT - 1);
        _offer(voucherId, SECOND);
        vm.warp(DUE_AT);
        vm.expectRevert(abi.encodeWithSelector(Receivables.PastDue.selector, id, DUE_AT));
        _as(SECOND);
        receivables.accept(voucherId, 1);
    }

    function testAcceptBeforeItIsRedeemedUpToDate() public {
        _offer(voucherId, SECOND);
        _pay(id, 10);
        vm.expectRevert(
            abi.encodeWithSelector(Receivables.UnredeemedPayments.selector, voucherId, 0, 1)
        );
        _as(SECOND);
        receivables.accept(voucherId, 1);

        // Redeemed by who offered it, it is still on offer, under its new version.
        _as(SUPPLIER);
        receivables.redeem(id, _numbers(1));
        _as(SECOND);
        receivables.accept(voucherId, 2);
        assertEq(_holderOf(voucherId), SECOND, "holder");
    }

    /// @dev Whoever may not act gives nothing away either; the offer is there when it may again.
    function testAcceptFromASuspendedHolder() public {
        _offer(voucherId, SECOND);
        _suspend(SUPPLIER);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantSuspended.selector, SUPPLIER)
        );
        _as(SECOND);
        receivables.accept(voucherId, 1);
        _govern(abi.encodeCall(Participants.reinstate, (SUPPLIER, REASON)));
        _as(SECOND);
        receivables.accept(voucherId, 1);
        assertEq(_holderOf(voucherId), SECOND, "holder");
    }

    function testAcceptFromAnExpiredHolder() public {
        _offer(voucherId, SECOND);
        _govern(abi.encodeCall(Participants.setRoles, (SUPPLIER, Roles.SUPPLIER, START + 1)));
        vm.warp(START + 2);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantExpired.selector, SUPPLIER, START + 1)
        );
        _as(SECOND);
        receivables.accept(voucherId, 1);
    }

    function testAcceptFromWhoIsNoHolderAnyMore() public {
        _offer(voucherId, SECOND);
        _setRoles(SUPPLIER, Roles.AUDITOR);
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, SUPPLIER, Roles.AUDITOR, Roles.HOLDER
            )
        );
        _as(SECOND);
        receivables.accept(voucherId, 1);
    }

    /// @dev What cannot be accepted can still be refused.
    function testRefuseFromASuspendedHolder() public {
        _offer(voucherId, SECOND);
        _suspend(SUPPLIER);
        _as(SECOND);
        receivables.refuse(voucherId, 1, REASON);
        _checkFree(START);
    }

    function testAccept() public {
        _offer(voucherId, SECOND);
        vm.warp(START + OFFER_PERIOD);
        vm.expectEmit(address(receivables));
        emit Receivables.Accepted(voucherId, SUPPLIER, SECOND, _account(SECOND));
        _as(SECOND);
        receivables.accept(voucherId, 1);
        Receivables.Voucher memory v = receivables.voucher(voucherId);
        assertEq(v.holder, SECOND, "holder");
        assertEq(v.counterparty, 0, "counterparty");
        assertTrue(v.encumbrance == Receivables.Encumbrance.Free, "encumbrance");
        assertEq(v.since, START + OFFER_PERIOD, "since");
        assertEq(v.tier, 1, "tier");
        assertEq(v.version, 2, "version");
        assertEq(v.length, FACE, "length");
    }

    function testAcceptOfASplit() public {
        uint64 child = _split(voucherId, SECOND, 40);
        vm.expectEmit(address(receivables));
        emit Receivables.Accepted(child, SUPPLIER, SECOND, _account(SECOND));
        _as(SECOND);
        receivables.accept(child, 0);
        Receivables.Voucher memory v = receivables.voucher(child);
        assertEq(v.holder, SECOND, "holder");
        assertEq(v.tier, 1, "tier");
        assertEq(receivables.voucher(voucherId).tier, 0, "tier of the rest");
    }

    function _checkFree(uint40 since) internal view {
        Receivables.Voucher memory v = receivables.voucher(voucherId);
        assertEq(v.holder, SUPPLIER, "holder");
        assertEq(v.counterparty, 0, "counterparty");
        assertTrue(v.encumbrance == Receivables.Encumbrance.Free, "encumbrance");
        assertEq(v.since, since, "since");
        assertEq(v.tier, 0, "tier");
        assertEq(v.version, 2, "version");
    }

    function testRefuse() public {
        _offer(voucherId, SECOND);
        uint40 later = START + OFFER_PERIOD + 1;
        vm.warp(later);
        vm.expectEmit(address(receivables));
        emit Receivables.Refused(voucherId, SUPPLIER, SECOND, REASON, _account(SECOND));
        _as(SECOND);
        receivables.refuse(voucherId, 1, REASON);
        _checkFree(later);
        _offer(voucherId, THIRD);
    }

    function testWithdraw() public {
        _offer(voucherId, SECOND);
        vm.expectEmit(address(receivables));
        emit Receivables.Withdrawn(voucherId, SUPPLIER, _account(SUPPLIER));
        _as(SUPPLIER);
        receivables.withdraw(voucherId, 1);
        _checkFree(START);
    }

    function testWithdrawLapsedAndPastDue() public {
        _offer(voucherId, SECOND);
        vm.warp(DUE_AT + OFFER_PERIOD);
        _as(SUPPLIER);
        receivables.withdraw(voucherId, 1);
        _checkFree(DUE_AT + OFFER_PERIOD);
    }

    /// @dev A version is a byte: after 256 writes it is the same again.
    function testVersionWraps() public {
        for (uint256 i; i < 128; ++i) {
            assertEq(_versionOf(voucherId), 2 * i, "version");
            _offer(voucherId, SECOND);
            _as(SUPPLIER);
            receivables.withdraw(voucherId, uint8(2 * i + 1));
        }
        assertEq(_versionOf(voucherId), 0, "version");
        _split(voucherId, SECOND, 1);
    }
}

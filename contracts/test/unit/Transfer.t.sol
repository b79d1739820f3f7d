// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Participants} from "../../src/Participants.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev Offer, accept, refuse, withdraw, lapse.
contract TransferTest is Fixture {
    uint80 internal voucherId;
    uint32 internal id;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
        id = _receivableOf(voucherId);
    }

    function _offerCall(uint32 to, bytes32 evidence) internal view returns (bytes memory) {
        return abi.encodeCall(Receivables.offer, (voucherId, _versionOf(voucherId), to, evidence));
    }

    function _offerRefused(uint32 to, bytes memory refusal) internal {
        _refused(_holderOf(voucherId), address(receivables), _offerCall(to, EVIDENCE), refusal);
    }

    function _acceptRefused(uint32 actor, bytes memory refusal) internal {
        _refused(
            actor,
            address(receivables),
            abi.encodeCall(Receivables.accept, (voucherId, _versionOf(voucherId))),
            refusal
        );
    }

    /* OFFER */

    function testOfferToOneself() public {
        _offerRefused(SUPPLIER, abi.encodeWithSelector(Receivables.SameParty.selector, SUPPLIER));
    }

    function testOfferToDebtor() public {
        _setRoles(ANCHOR, Roles.DEBTOR | Roles.SUPPLIER);
        bytes memory refusal = abi.encodeWithSelector(Receivables.SameParty.selector, ANCHOR);
        _offerRefused(ANCHOR, refusal);
        // Nor by a later holder.
        _passed(voucherId, SECOND);
        _offerRefused(ANCHOR, refusal);
    }

    function testOfferToNoHolder() public {
        _offerRefused(
            CARRIER,
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, CARRIER, Roles.ATTESTER, Roles.HOLDER
            )
        );
    }

    function testOfferWithoutEvidence() public {
        _refused(
            SUPPLIER,
            address(receivables),
            _offerCall(SECOND, 0),
            abi.encodeWithSelector(Receivables.EvidenceEmpty.selector)
        );
    }

    function testOfferTooDeep(uint8 most) public {
        most = uint8(bound(most, 1, 6));
        _setPolicy(PolicyNames.MAX_TIER, most);
        voucherId = _confirmed(FACE);
        for (uint8 tier; tier < most; ++tier) {
            _passed(voucherId, tier % 2 == 0 ? SECOND : SUPPLIER);
            assertEq(_voucher(voucherId).tier, tier + 1, "a hop is a tier");
        }
        _offerRefused(
            THIRD,
            abi.encodeWithSelector(
                Receivables.TierTooDeep.selector, voucherId, most, most, PolicyNames.MAX_TIER
            )
        );
    }

    function testOfferBound() public {
        _financed(voucherId, TRADER, Financing.Kind.RecoursePurchase);
        _offerRefused(SECOND, abi.encodeWithSelector(Receivables.BoundVoucher.selector, voucherId));
    }

    function testOffer(uint32 later) public {
        later = uint32(bound(later, NOW, DUE_AT - 1));
        vm.warp(later);
        vm.expectEmit(address(receivables));
        emit Receivables.Offered(voucherId, SUPPLIER, SECOND, EVIDENCE, _account(SUPPLIER));
        _offered(voucherId, SECOND);
        Receivables.Voucher memory v;
        (v.holder, v.counterparty, v.length) = (SUPPLIER, SECOND, FACE);
        (v.life, v.encumbrance) = (Receivables.Life.Live, Receivables.Encumbrance.Offered);
        (v.until, v.version) = (later + OFFER_PERIOD, 1);
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");
    }

    /* ANSWERS */

    /// @dev Every answer to an offer meets the same conditions.
    function _answersRefused(uint80 which, uint8 version, bytes memory refusal) internal {
        address r = address(receivables);
        _refused(SECOND, r, abi.encodeCall(Receivables.accept, (which, version)), refusal);
        _refused(SECOND, r, abi.encodeCall(Receivables.refuse, (which, version, REASON)), refusal);
        _refused(SUPPLIER, r, abi.encodeCall(Receivables.withdraw, (which, version)), refusal);
        _refused(
            UNKNOWN,
            r,
            abi.encodeCall(Receivables.acceptBySignature, (which, version, NOW, 0, 0)),
            refusal
        );
    }

    function testAnswerUnknown(uint80 which) public {
        vm.assume(which != voucherId);
        _answersRefused(
            which, 0, abi.encodeWithSelector(Receivables.VoucherUnknown.selector, which)
        );
    }

    function testAnswerWithoutAnOffer() public {
        bytes memory refusal = abi.encodeWithSelector(Receivables.NotOffered.selector, voucherId);
        _answersRefused(voucherId, 0, refusal);
        _passed(voucherId, SECOND);
        _answersRefused(voucherId, 2, refusal);
        _locked(voucherId, BANK, Financing.Kind.Purchase);
        _answersRefused(voucherId, 3, refusal);
        _disburse(voucherId);
        _pay(id, FACE);
        _redeem(voucherId);
        _answersRefused(voucherId, 5, refusal);
    }

    function testAnswerStale(uint8 expected) public {
        vm.assume(expected != 1);
        _offered(voucherId, SECOND);
        _answersRefused(
            voucherId,
            expected,
            abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 1, expected)
        );
    }

    /// @dev An offer to somebody else is another offer, whatever version its receiver had seen.
    function testAnswerAnOfferToAnother() public {
        _offered(voucherId, THIRD);
        bytes memory refusal =
            abi.encodeWithSelector(Receivables.NotCounterparty.selector, voucherId, SECOND, THIRD);
        address r = address(receivables);
        _refused(SECOND, r, abi.encodeCall(Receivables.accept, (voucherId, 1)), refusal);
        _refused(SECOND, r, abi.encodeCall(Receivables.refuse, (voucherId, 1, REASON)), refusal);
        _refused(
            SECOND,
            r,
            abi.encodeCall(Receivables.withdraw, (voucherId, 1)),
            abi.encodeWithSelector(Receivables.NotHolder.selector, voucherId, SECOND, SUPPLIER)
        );
    }

    function testAcceptALapsedOffer(uint40 late) public {
        _offered(voucherId, SECOND);
        uint32 lapsesAt = uint32(NOW) + OFFER_PERIOD;
        vm.warp(bound(late, lapsesAt + 1, VALID_UNTIL));
        _acceptRefused(
            SECOND, abi.encodeWithSelector(Receivables.OfferLapsed.selector, voucherId, lapsesAt)
        );
        vm.warp(lapsesAt);
        _accepted(voucherId);
    }

    /// @dev What stops a voucher from moving stops what was offered before.
    function testAcceptWhatMayNoLongerMove() public {
        _offered(voucherId, SECOND);
        uint256 snapshot = vm.snapshotState();
        uint8 frozen = receivables.FROZEN();
        uint8 disputed = receivables.DISPUTED();
        _freeze(voucherId);
        _acceptRefused(SECOND, abi.encodeWithSelector(Receivables.Held.selector, voucherId, frozen));
        vm.revertToState(snapshot);
        _dispute(voucherId);
        _acceptRefused(
            SECOND, abi.encodeWithSelector(Receivables.Held.selector, voucherId, disputed)
        );
        vm.revertToState(snapshot);
        _pay(id, 1);
        _acceptRefused(
            SECOND, abi.encodeWithSelector(Receivables.UnredeemedPayments.selector, voucherId, 0, 1)
        );
        _redeem(voucherId);
        _accepted(voucherId);
    }

    function testAcceptPastDue() public {
        vm.warp(DUE_AT - 1);
        _offered(voucherId, SECOND);
        vm.warp(DUE_AT);
        _acceptRefused(SECOND, abi.encodeWithSelector(Receivables.PastDue.selector, id, DUE_AT));
    }

    /// @dev An offer does not outlast its maker's right to make it.
    function testAcceptFromASuspendedHolder() public {
        _offered(voucherId, SECOND);
        _suspend(SUPPLIER);
        _acceptRefused(
            SECOND, abi.encodeWithSelector(Participants.ParticipantSuspended.selector, SUPPLIER)
        );
        // It can still be refused.
        _as(SECOND);
        receivables.refuse(voucherId, 1, REASON);
    }

    function testAccept(uint40 later) public {
        _offered(voucherId, SECOND);
        vm.warp(bound(later, NOW, NOW + OFFER_PERIOD));
        vm.expectEmit(address(receivables));
        emit Receivables.Accepted(voucherId, SUPPLIER, SECOND, _account(SECOND));
        _accepted(voucherId);
        Receivables.Voucher memory v;
        (v.holder, v.length, v.tier, v.version) = (SECOND, FACE, 1, 2);
        v.life = Receivables.Life.Live;
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");
    }

    /// @dev As it was before the offer, whenever: only its version tells.
    function _checkBack() internal view {
        Receivables.Voucher memory v;
        (v.holder, v.length, v.version) = (SUPPLIER, FACE, 2);
        v.life = Receivables.Life.Live;
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");
    }

    function testRefuse(uint40 later) public {
        _offered(voucherId, SECOND);
        vm.warp(bound(later, NOW, VALID_UNTIL));
        vm.expectEmit(address(receivables));
        emit Receivables.Refused(voucherId, SUPPLIER, SECOND, REASON, _account(SECOND));
        _as(SECOND);
        receivables.refuse(voucherId, 1, REASON);
        _checkBack();
    }

    function testWithdraw(uint40 later) public {
        _offered(voucherId, SECOND);
        vm.warp(bound(later, NOW, VALID_UNTIL));
        vm.expectEmit(address(receivables));
        emit Receivables.Withdrawn(voucherId, SUPPLIER, _account(SUPPLIER));
        _as(SUPPLIER);
        receivables.withdraw(voucherId, 1);
        _checkBack();
    }

    /// @dev An offered piece is its holder's until it is accepted, and taken back like any.
    function testWithdrawAnOfferedPiece() public {
        uint80 child = _split(voucherId, SECOND, 10);
        _as(SUPPLIER);
        receivables.withdraw(child, 0);
        assertEq(_holderOf(child), SUPPLIER, "holder");
        assertTrue(_voucher(child).encumbrance == Receivables.Encumbrance.Free, "free to be moved");
        _offered(child, THIRD);
    }
}

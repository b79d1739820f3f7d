// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev Freeze, dispute, write-off: what a voucher is marked with.
contract FreezeTest is Fixture {
    uint80 internal voucherId;
    uint32 internal id;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
        id = _receivableOf(voucherId);
    }

    function _markRefused(uint32 actor, bytes memory data, bytes memory refusal) internal {
        _refused(actor, address(receivables), data, refusal);
    }

    function _freezeCall(uint80 which, bytes32 document) internal pure returns (bytes memory) {
        return abi.encodeCall(Receivables.freeze, (which, REASON, document));
    }

    function _disputeCall(uint80 which, bytes32 document) internal pure returns (bytes memory) {
        return abi.encodeCall(Receivables.dispute, (which, REASON, document));
    }

    function _writeOffCall(uint8 version, bytes32 document) internal view returns (bytes memory) {
        return abi.encodeCall(Receivables.writeOff, (voucherId, version, document));
    }

    /// @dev As it was, but for flags and version.
    function _checkFlags(uint8 flags, uint8 version) internal view {
        Receivables.Voucher memory v;
        (v.holder, v.length, v.flags, v.version) = (SUPPLIER, FACE, flags, version);
        v.life = Receivables.Life.Live;
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");
    }

    /* FREEZE */

    function testFreezeUnknown(uint80 which) public {
        vm.assume(which != voucherId);
        bytes memory refusal = abi.encodeWithSelector(Receivables.VoucherUnknown.selector, which);
        _markRefused(REGULATOR, _freezeCall(which, DOCUMENT), refusal);
        _markRefused(REGULATOR, abi.encodeCall(Receivables.unfreeze, (which, DOCUMENT)), refusal);
    }

    function testFreezeWithoutDocument() public {
        bytes memory refusal = abi.encodeWithSelector(Receivables.DocumentEmpty.selector);
        _markRefused(REGULATOR, _freezeCall(voucherId, 0), refusal);
        _freeze(voucherId);
        _markRefused(REGULATOR, abi.encodeCall(Receivables.unfreeze, (voucherId, 0)), refusal);
    }

    function testFreezeTwice() public {
        _freeze(voucherId);
        uint8 flags = receivables.FROZEN();
        _markRefused(
            REGULATOR,
            _freezeCall(voucherId, DOCUMENT),
            abi.encodeWithSelector(Receivables.AlreadyFlagged.selector, voucherId, flags)
        );
    }

    function testUnfreezeWhatIsNotFrozen() public {
        _dispute(voucherId);
        uint8 flags = receivables.DISPUTED();
        _markRefused(
            REGULATOR,
            abi.encodeCall(Receivables.unfreeze, (voucherId, DOCUMENT)),
            abi.encodeWithSelector(Receivables.NotFlagged.selector, voucherId, flags)
        );
    }

    function testFreezeRedeemed() public {
        _pay(id, FACE);
        _redeem(voucherId);
        bytes memory refusal = abi.encodeWithSelector(
            Receivables.NotLive.selector, voucherId, Receivables.Life.Redeemed
        );
        _markRefused(REGULATOR, _freezeCall(voucherId, DOCUMENT), refusal);
        _markRefused(ANCHOR, _disputeCall(voucherId, DOCUMENT), refusal);
        vm.warp(DUE_AT);
        _markRefused(SUPPLIER, _writeOffCall(1, DOCUMENT), refusal);
    }

    function testFreezeAndUnfreeze() public {
        vm.expectEmit(address(receivables));
        emit Receivables.Frozen(voucherId, REGULATOR, REASON, DOCUMENT, _account(REGULATOR));
        _freeze(voucherId);
        _checkFlags(receivables.FROZEN(), 1);
        vm.expectEmit(address(receivables));
        emit Receivables.Unfrozen(voucherId, REGULATOR, DOCUMENT, _account(REGULATOR));
        _as(REGULATOR);
        receivables.unfreeze(voucherId, DOCUMENT);
        _checkFlags(0, 2);
        _passed(voucherId, SECOND);
    }

    /// @dev One voucher, and none that was cut from the same.
    function testFreezeOneOfTwo() public {
        uint80 child = _split(voucherId, SUPPLIER, 10);
        _freeze(child);
        _passed(voucherId, SECOND);
    }

    /// @dev Whatever its encumbrance, which stays; a lock or a pledge is not paid out or taken while it is frozen.
    function testFreezeEncumbered() public {
        uint256 snapshot = vm.snapshotState();
        bytes memory held =
            abi.encodeWithSelector(Receivables.Held.selector, voucherId, receivables.FROZEN());
        Financing.Kind[3] memory kinds =
            [Financing.Kind.Purchase, Financing.Kind.RecoursePurchase, Financing.Kind.Pledge];
        for (uint256 n; n < kinds.length; ++n) {
            Financing.Quote memory quote = _locked(voucherId, BANK, kinds[n]);
            _freeze(voucherId);
            assertTrue(_voucher(voucherId).encumbrance == Receivables.Encumbrance.Locked, "locked");
            _refused(
                SETTLER,
                address(financing),
                abi.encodeCall(Financing.disburse, (voucherId, 2, quote.proceeds, "reference")),
                held
            );
            vm.revertToState(snapshot);
        }
        Financing.Quote memory loan = _financed(voucherId, BANK, Financing.Kind.Pledge);
        _freeze(voucherId);
        vm.warp(loan.maturesAt + 1);
        _refused(
            BANK, address(financing), abi.encodeCall(Financing.enforcePledge, (voucherId, 3)), held
        );
        // What is owed can still be repaid.
        _repay(voucherId);
    }

    /* DISPUTE */

    function testDisputeByAnotherDebtor() public {
        _markRefused(
            HEAD,
            _disputeCall(voucherId, DOCUMENT),
            abi.encodeWithSelector(Receivables.NotDebtor.selector, id, HEAD, ANCHOR)
        );
    }

    function testDisputeUnknown() public {
        _markRefused(
            ANCHOR,
            _disputeCall(voucherId + 1, DOCUMENT),
            abi.encodeWithSelector(Receivables.VoucherUnknown.selector, voucherId + 1)
        );
        _markRefused(
            ANCHOR,
            _disputeCall(_voucherOf(404, 0), DOCUMENT),
            abi.encodeWithSelector(Receivables.NotDebtor.selector, 404, ANCHOR, 0)
        );
    }

    function testDisputeWithDefencesWaived() public {
        Issuance.Terms memory terms = _terms(FACE);
        terms.waivesDefences = true;
        uint80 waived = _issued(terms);
        _markRefused(
            ANCHOR,
            _disputeCall(waived, DOCUMENT),
            abi.encodeWithSelector(Receivables.DefencesWaived.selector, _receivableOf(waived))
        );
    }

    function testDisputeWithoutDocument() public {
        _markRefused(
            ANCHOR,
            _disputeCall(voucherId, 0),
            abi.encodeWithSelector(Receivables.DocumentEmpty.selector)
        );
    }

    function testDisputeTwice() public {
        _dispute(voucherId);
        uint8 flags = receivables.DISPUTED();
        _markRefused(
            ANCHOR,
            _disputeCall(voucherId, DOCUMENT),
            abi.encodeWithSelector(Receivables.AlreadyFlagged.selector, voucherId, flags)
        );
    }

    function testEndDisputeByAnother() public {
        _dispute(voucherId);
        _markRefused(
            HEAD,
            abi.encodeCall(Receivables.endDispute, (voucherId, DOCUMENT)),
            abi.encodeWithSelector(Receivables.NotDebtor.selector, id, HEAD, ANCHOR)
        );
    }

    /// @dev What the participant may do, this account of it may not.
    function testEndDisputeByAnAccountWithoutTheScope() public {
        _setRoles(REGULATOR, Roles.REGULATOR | Roles.DEBTOR);
        _as(REGULATOR);
        participants.addAccount(REGULATOR, _account(UNKNOWN), Roles.DEBTOR, 0);
        _dispute(voucherId);
        _markRefused(
            UNKNOWN,
            abi.encodeCall(Receivables.endDispute, (voucherId, DOCUMENT)),
            abi.encodeWithSelector(Receivables.NotDebtor.selector, id, REGULATOR, ANCHOR)
        );
    }

    function testEndWhatIsNotDisputed() public {
        _freeze(voucherId);
        uint8 flags = receivables.FROZEN();
        _markRefused(
            ANCHOR,
            abi.encodeCall(Receivables.endDispute, (voucherId, DOCUMENT)),
            abi.encodeWithSelector(Receivables.NotFlagged.selector, voucherId, flags)
        );
    }

    function testEndDisputeWithoutDocument() public {
        _dispute(voucherId);
        _markRefused(
            ANCHOR,
            abi.encodeCall(Receivables.endDispute, (voucherId, 0)),
            abi.encodeWithSelector(Receivables.DocumentEmpty.selector)
        );
    }

    /// @dev Given up by the debtor, or ended by a regulator.
    function testDisputeAndEnd(bool byDebtor) public {
        vm.expectEmit(address(receivables));
        emit Receivables.Disputed(voucherId, ANCHOR, REASON, DOCUMENT, _account(ANCHOR));
        _dispute(voucherId);
        _checkFlags(receivables.DISPUTED(), 1);
        uint32 actor = byDebtor ? ANCHOR : REGULATOR;
        vm.expectEmit(address(receivables));
        emit Receivables.DisputeEnded(voucherId, actor, DOCUMENT, _account(actor));
        _as(actor);
        receivables.endDispute(voucherId, DOCUMENT);
        _checkFlags(0, 2);
        _passed(voucherId, SECOND);
    }

    /// @dev Past its due date too, and whoever holds it then.
    function testDisputeLate() public {
        _passed(voucherId, SECOND);
        vm.warp(DUE_AT + 100 days);
        _dispute(voucherId);
        assertEq(_flagsOf(voucherId), receivables.DISPUTED(), "disputed");
    }

    /* WRITE-OFF */

    function testWriteOffByAnother() public {
        vm.warp(DUE_AT);
        _markRefused(
            SECOND,
            _writeOffCall(0, DOCUMENT),
            abi.encodeWithSelector(Receivables.NotHolder.selector, voucherId, SECOND, SUPPLIER)
        );
    }

    function testWriteOffStale(uint8 expected) public {
        vm.assume(expected != 0);
        vm.warp(DUE_AT);
        _markRefused(
            SUPPLIER,
            _writeOffCall(expected, DOCUMENT),
            abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 0, expected)
        );
    }

    function testWriteOffBeforeItIsDue(uint40 early) public {
        vm.warp(bound(early, NOW, DUE_AT - 1));
        _markRefused(
            SUPPLIER,
            _writeOffCall(0, DOCUMENT),
            abi.encodeWithSelector(Receivables.NotDue.selector, id, DUE_AT)
        );
    }

    function testWriteOffWithoutDocument() public {
        vm.warp(DUE_AT);
        _markRefused(
            SUPPLIER,
            _writeOffCall(0, 0),
            abi.encodeWithSelector(Receivables.DocumentEmpty.selector)
        );
    }

    function testWriteOffTwice() public {
        vm.warp(DUE_AT);
        _as(SUPPLIER);
        receivables.writeOff(voucherId, 0, DOCUMENT);
        uint8 flags = receivables.WRITTEN_OFF();
        _markRefused(
            SUPPLIER,
            _writeOffCall(1, DOCUMENT),
            abi.encodeWithSelector(Receivables.AlreadyFlagged.selector, voucherId, flags)
        );
    }

    /// @dev It is in the holder's books; the claim is paid like any.
    function testWriteOff(uint40 late) public {
        vm.warp(bound(late, DUE_AT, VALID_UNTIL));
        vm.expectEmit(address(receivables));
        emit Receivables.WrittenOff(voucherId, SUPPLIER, DOCUMENT, _account(SUPPLIER));
        _as(SUPPLIER);
        receivables.writeOff(voucherId, 0, DOCUMENT);
        _checkFlags(receivables.WRITTEN_OFF(), 1);
        _pay(id, FACE);
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(voucherId, SUPPLIER, FACE, _account(SETTLER));
        _redeem(voucherId);
    }

    /// @dev Who gets it next has not written it off.
    function testWrittenOffByTheHolderBefore() public {
        _financed(voucherId, TRADER, Financing.Kind.RecoursePurchase);
        vm.warp(DUE_AT);
        uint8 version = _versionOf(voucherId);
        _as(TRADER);
        receivables.writeOff(voucherId, version, DOCUMENT);
        assertEq(
            _flagsOf(voucherId), receivables.WRITTEN_OFF() | receivables.BOUND(), "written off"
        );
        _as(TRADER);
        financing.demandRecourse(voucherId, DOCUMENT);
        uint48 price = FACE - _hopOf(voucherId, 1).surplus;
        version = _versionOf(voucherId);
        _as(SETTLER);
        financing.buyBack(voucherId, version, price, "reference");
        assertEq(_flagsOf(voucherId), 0, "no more");
        version = _versionOf(voucherId);
        _as(SUPPLIER);
        receivables.writeOff(voucherId, version, DOCUMENT);
    }
}

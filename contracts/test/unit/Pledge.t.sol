// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev A loan against a voucher: paid out, repaid, given up, enforced, closed.
contract PledgeTest is Fixture {
    bytes32 internal constant REFERENCE = "the bank's record";
    uint40 internal constant MATURES_AT = NOW + 10 days;

    uint80 internal voucherId;
    uint32 internal id;
    uint48 internal owed;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
        id = _receivableOf(voucherId);
        owed = _owed(_financed(voucherId, BANK, Financing.Kind.Pledge));
    }

    function _financingRefused(uint32 actor, bytes memory data, bytes memory refusal) internal {
        _refused(actor, address(financing), data, refusal);
    }

    function _repayCall(uint8 version, uint48 amount, bytes32 reference_)
        internal
        view
        returns (bytes memory)
    {
        return abi.encodeCall(Financing.repay, (voucherId, version, amount, reference_));
    }

    function _releaseCall(uint8 version) internal view returns (bytes memory) {
        return abi.encodeCall(Financing.releasePledge, (voucherId, version));
    }

    function _enforceCall(uint8 version) internal view returns (bytes memory) {
        return abi.encodeCall(Financing.enforcePledge, (voucherId, version));
    }

    /// @dev Redeemed to the lender, of a payment by the debtor.
    function _collected(uint48 amount) internal {
        _pay(id, amount);
        _redeem(voucherId);
    }

    function _checkClosed() internal view {
        Financing.Deal memory deal;
        assertEq(abi.encode(_dealOf(voucherId)), abi.encode(deal), "no deal");
        Financing.Filing memory filing;
        assertEq(abi.encode(_filingOf(voucherId)), abi.encode(filing), "no filing");
        assertEq(financing.owedOn(voucherId), 0, "nothing owed");
    }

    function _checkFree(uint32 holder, uint8 tier, uint8 flags) internal view {
        Receivables.Voucher memory v = _voucher(voucherId);
        assertEq(v.holder, holder, "holder");
        assertEq(v.tier, tier, "tier");
        assertEq(v.flags, flags, "flags");
        assertTrue(v.encumbrance == Receivables.Encumbrance.Free, "free");
        assertEq(v.counterparty, 0, "for nobody");
        assertEq(v.until, 0, "no end");
    }

    /* WHAT IS PLEDGED */

    function _pledgeRefused(uint80 which, uint8 version, bytes memory refusal) internal {
        _financingRefused(
            SETTLER, abi.encodeCall(Financing.repay, (which, version, owed, REFERENCE)), refusal
        );
        _financingRefused(BANK, abi.encodeCall(Financing.releasePledge, (which, version)), refusal);
        _financingRefused(BANK, abi.encodeCall(Financing.enforcePledge, (which, version)), refusal);
    }

    function testPledgeUnknown(uint80 which) public {
        vm.assume(which != voucherId);
        _pledgeRefused(which, 0, abi.encodeWithSelector(Receivables.VoucherUnknown.selector, which));
    }

    function testPledgeOfWhatIsNotPledged() public {
        _repay(voucherId);
        bytes memory refusal = abi.encodeWithSelector(Financing.NotPledged.selector, voucherId);
        _pledgeRefused(voucherId, 3, refusal);
        _locked(voucherId, BANK, Financing.Kind.Pledge);
        _pledgeRefused(voucherId, 4, refusal);
    }

    function testPledgeStale(uint8 version) public {
        vm.assume(version != 2);
        _pledgeRefused(
            voucherId,
            version,
            abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 2, version)
        );
    }

    /* DISBURSE */

    function testDisburse() public {
        voucherId = _confirmed(FACE);
        Financing.Quote memory q = _locked(voucherId, BANK, Financing.Kind.Pledge);
        _file(voucherId);
        vm.expectEmit(address(financing));
        emit Financing.Disbursed(
            voucherId,
            SUPPLIER,
            BANK,
            Financing.Kind.Pledge,
            q.proceeds,
            REFERENCE,
            _account(SETTLER)
        );
        _as(SETTLER);
        financing.disburse(voucherId, 1, q.proceeds, REFERENCE);
        Receivables.Voucher memory v;
        (v.holder, v.counterparty, v.length, v.version) = (SUPPLIER, BANK, FACE, 2);
        (v.life, v.encumbrance) = (Receivables.Life.Live, Receivables.Encumbrance.Pledged);
        v.until = uint32(q.maturesAt);
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");
        assertEq(_dealOf(voucherId).owed, _owed(q), "the deal stands");
        assertTrue(_filingOf(voucherId).registration != 0, "and so does its filing");
        assertEq(financing.owedOn(voucherId), _owed(q), "owed");
    }

    /* REPAY */

    function testRepayAnotherAmount(uint48 amount) public {
        vm.assume(amount != owed);
        _financingRefused(
            SETTLER,
            _repayCall(2, amount, REFERENCE),
            abi.encodeWithSelector(Financing.WrongAmount.selector, voucherId, amount, owed)
        );
    }

    function testRepayWithoutReference() public {
        _financingRefused(
            SETTLER,
            _repayCall(2, owed, 0),
            abi.encodeWithSelector(Receivables.ReferenceEmpty.selector)
        );
    }

    /// @dev What was redeemed to the lender counts as repaid, whether it is all that is owed or not.
    function testRepay(uint48 collected, uint40 later) public {
        collected = uint48(bound(collected, 0, FACE - 1));
        vm.warp(bound(later, NOW, VALID_UNTIL));
        if (collected != 0) _collected(collected);
        uint48 left = owed > collected ? owed - collected : 0;
        assertEq(financing.owedOn(voucherId), left, "owed");
        uint8 version = _versionOf(voucherId);
        vm.expectEmit(address(financing));
        emit Financing.LoanRepaid(voucherId, SUPPLIER, BANK, left, REFERENCE, _account(SETTLER));
        _as(SETTLER);
        financing.repay(voucherId, version, left, REFERENCE);
        _checkFree(SUPPLIER, 0, 0);
        _checkClosed();
        assertEq(receivables.referenceUsed(REFERENCE), voucherId, "reference");
    }

    /// @dev What was paid and is not redeemed is not collected yet: it is still owed.
    function testOwedBeforeAnythingIsRedeemed() public {
        _pay(id, FACE);
        assertEq(financing.owedOn(voucherId), owed, "owed");
        uint8 version = _versionOf(voucherId);
        _lawful(SETTLER, address(financing), _repayCall(version, owed, REFERENCE));
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(voucherId, SUPPLIER, FACE, _account(SETTLER));
        _redeem(voucherId);
    }

    function testOwedOnWhatIsNotLent(uint80 which) public {
        vm.assume(which != voucherId);
        assertEq(financing.owedOn(which), 0, "unknown");
        assertEq(financing.owedOn(_confirmed(FACE)), 0, "free");
    }

    /* RELEASE */

    function testReleaseByAnother() public {
        uint32[2] memory others = [FACTOR, SECOND];
        for (uint256 n; n < others.length; ++n) {
            _financingRefused(
                others[n],
                _releaseCall(2),
                abi.encodeWithSelector(Financing.NotFinancier.selector, voucherId, others[n], BANK)
            );
        }
    }

    /// @dev The borrower alone ends nothing while a unit is owed.
    function testReleaseByTheBorrowerWhoOwes(uint48 collected) public {
        collected = uint48(bound(collected, 1, owed - 1));
        bytes memory refusal =
            abi.encodeWithSelector(Financing.NotFinancier.selector, voucherId, SUPPLIER, BANK);
        _financingRefused(SUPPLIER, _releaseCall(2), refusal);
        _collected(collected);
        _financingRefused(SUPPLIER, _releaseCall(3), refusal);
    }

    function testReleaseByTheBorrowerWhoOwesNothing(uint48 collected) public {
        collected = uint48(bound(collected, owed, FACE - 1));
        _collected(collected);
        vm.expectEmit(address(financing));
        emit Financing.PledgeReleased(voucherId, SUPPLIER, _account(SUPPLIER));
        _as(SUPPLIER);
        financing.releasePledge(voucherId, 3);
        _checkFree(SUPPLIER, 0, 0);
        _checkClosed();
    }

    function testReleaseByTheLender(uint40 later) public {
        vm.warp(bound(later, NOW, VALID_UNTIL));
        vm.expectEmit(address(financing));
        emit Financing.PledgeReleased(voucherId, SUPPLIER, _account(BANK));
        _as(BANK);
        financing.releasePledge(voucherId, 2);
        _checkFree(SUPPLIER, 0, 0);
        _checkClosed();
    }

    /* ENFORCE */

    function testEnforceByAnother() public {
        vm.warp(MATURES_AT + 1);
        _financingRefused(
            FACTOR,
            _enforceCall(2),
            abi.encodeWithSelector(Financing.NotFinancier.selector, voucherId, FACTOR, BANK)
        );
    }

    function testEnforceBeforeItIsDue(uint40 early) public {
        vm.warp(bound(early, NOW, MATURES_AT));
        _financingRefused(
            BANK,
            _enforceCall(2),
            abi.encodeWithSelector(Financing.LoanNotDue.selector, voucherId, MATURES_AT)
        );
    }

    function testEnforceWhenNothingIsOwed(uint48 collected) public {
        collected = uint48(bound(collected, owed, FACE - 1));
        _collected(collected);
        vm.warp(MATURES_AT + 1);
        _financingRefused(
            BANK, _enforceCall(3), abi.encodeWithSelector(Financing.NothingOwed.selector, voucherId)
        );
    }

    function testEnforceHeld() public {
        vm.warp(MATURES_AT + 1);
        uint256 snapshot = vm.snapshotState();
        uint8[2] memory flags = [receivables.FROZEN(), receivables.DISPUTED()];
        for (uint256 n; n < flags.length; ++n) {
            if (n == 0) _freeze(voucherId);
            else _dispute(voucherId);
            _financingRefused(
                BANK,
                _enforceCall(3),
                abi.encodeWithSelector(Receivables.Held.selector, voucherId, flags[n])
            );
            vm.revertToState(snapshot);
        }
    }

    /// @dev The lender takes the voucher for what is owed; what is left over of it stays the borrower's.
    function testEnforce(uint48 collected, uint40 late) public {
        collected = uint48(bound(collected, 0, owed - 1));
        vm.warp(bound(late, MATURES_AT + 1, VALID_UNTIL));
        if (collected != 0) _collected(collected);
        uint8 version = _versionOf(voucherId);
        uint48 surplus = FACE - owed;
        vm.expectEmit(address(financing));
        emit Financing.PledgeEnforced(voucherId, SUPPLIER, BANK, surplus, _account(BANK));
        _as(BANK);
        financing.enforcePledge(voucherId, version);
        _checkFree(BANK, 1, receivables.BOUND());
        _checkClosed();
        assertEq(financing.hops(voucherId), 1, "one hop");
        Financing.Hop memory h = Financing.Hop(SUPPLIER, surplus, false, 0);
        assertEq(abi.encode(_hopOf(voucherId, 1)), abi.encode(h), "hop");
        // What it is still worth is the lender's owed and the borrower's rest.
        assertEq(FACE - collected, (owed - collected) + surplus, "to the last unit");
    }

    /// @dev Where nothing is left over nobody may come back, and the voucher is the lender's own.
    function testEnforceForAllOfIt() public {
        voucherId = _confirmed(FACE);
        Financing.Quote memory q = _quote(voucherId, BANK, Financing.Kind.Pledge);
        q.proceeds = FACE - q.fees - (q.interest - q.debtorInterest);
        _finance(q);
        _disburse(voucherId);
        vm.warp(MATURES_AT + 1);
        vm.expectEmit(address(financing));
        emit Financing.PledgeEnforced(voucherId, SUPPLIER, BANK, 0, _account(BANK));
        _as(BANK);
        financing.enforcePledge(voucherId, 2);
        _checkFree(BANK, 1, 0);
        assertEq(financing.hops(voucherId), 0, "no hop");
        _offered(voucherId, SECOND);
    }

    /* CLOSE */

    function testCloseWhatIsOpen() public {
        bytes memory data = abi.encodeCall(Financing.closeLoan, (voucherId));
        _financingRefused(
            UNKNOWN, data, abi.encodeWithSelector(Financing.LoanOpen.selector, voucherId)
        );
        _collected(FACE - 1);
        _financingRefused(
            UNKNOWN, data, abi.encodeWithSelector(Financing.LoanOpen.selector, voucherId)
        );
        // Nor what is locked, and nothing lent yet.
        uint80 locked = _confirmed(FACE);
        _locked(locked, BANK, Financing.Kind.Purchase);
        _financingRefused(
            UNKNOWN,
            abi.encodeCall(Financing.closeLoan, (locked)),
            abi.encodeWithSelector(Financing.LoanOpen.selector, locked)
        );
    }

    function testCloseWhatIsNoLoan(uint80 which) public {
        vm.assume(which != voucherId);
        _financingRefused(
            UNKNOWN,
            abi.encodeCall(Financing.closeLoan, (which)),
            abi.encodeWithSelector(Financing.NotPledged.selector, which)
        );
    }

    /// @dev Paid in full to its lender: anyone may say so, and how much of it is the borrower's.
    function testClose(uint48 first) public {
        first = uint48(bound(first, 1, FACE - 1));
        _collected(first);
        _collected(FACE);
        vm.expectEmit(address(financing));
        emit Financing.LoanClosed(voucherId, SUPPLIER, BANK, FACE - owed, STRANGER);
        vm.prank(STRANGER);
        financing.closeLoan(voucherId);
        _checkClosed();
        _financingRefused(
            UNKNOWN,
            abi.encodeCall(Financing.closeLoan, (voucherId)),
            abi.encodeWithSelector(Financing.NotPledged.selector, voucherId)
        );
    }

    /// @dev What was redeemed to its holder before the loan was never the lender's.
    function testCloseOfALoanOnAPartPaidVoucher(uint48 before) public {
        before = uint48(bound(before, 1, FACE - 100));
        voucherId = _confirmed(FACE);
        id = _receivableOf(voucherId);
        _pay(id, before);
        _redeem(voucherId);
        Financing.Quote memory q = _financed(voucherId, BANK, Financing.Kind.Pledge);
        _collected(FACE);
        vm.expectEmit(address(financing));
        emit Financing.LoanClosed(voucherId, SUPPLIER, BANK, FACE - before - _owed(q), STRANGER);
        vm.prank(STRANGER);
        financing.closeLoan(voucherId);
    }
}

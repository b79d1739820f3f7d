// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev A purchase with recourse: what is due back, demanded, bought back, waived; through several hands too.
contract RecourseTest is Fixture {
    bytes32 internal constant REFERENCE = "the bank's record";

    uint80 internal voucherId;
    uint32 internal id;
    /// @dev What the first buyer may take of the voucher; the rest is due back to the supplier.
    uint48 internal owed;
    uint48 internal surplus;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
        id = _receivableOf(voucherId);
        owed = _owed(_financed(voucherId, BANK, Financing.Kind.RecoursePurchase));
        surplus = FACE - owed;
    }

    function _financingRefused(uint32 actor, bytes memory data, bytes memory refusal) internal {
        _refused(actor, address(financing), data, refusal);
    }

    function _demandCall(bytes32 document) internal view returns (bytes memory) {
        return abi.encodeCall(Financing.demandRecourse, (voucherId, document));
    }

    function _demanded() internal {
        uint32 holder = _holderOf(voucherId);
        _as(holder);
        financing.demandRecourse(voucherId, DOCUMENT);
    }

    function _buyBackCall(uint8 version, uint48 amount, bytes32 reference_)
        internal
        view
        returns (bytes memory)
    {
        return abi.encodeCall(Financing.buyBack, (voucherId, version, amount, reference_));
    }

    function _waiveCall() internal view returns (bytes memory) {
        return abi.encodeCall(Financing.waiveRecourse, (voucherId));
    }

    /// @dev Sold on to another financier, with recourse to the one that sells.
    function _soldOn(uint32 financier) internal returns (uint48 more) {
        Financing.Quote memory q = _quote(voucherId, financier, Financing.Kind.RecoursePurchase);
        q.proceeds = owed / 2;
        (q.interest, q.debtorInterest, q.fees) = (0, 0, 0);
        _finance(q);
        _disburse(voucherId);
        more = owed - q.proceeds;
    }

    function _checkHop(uint8 number, Financing.Hop memory expected) internal view {
        assertEq(abi.encode(_hopOf(voucherId, number)), abi.encode(expected), "hop");
    }

    /* PURCHASE */

    function testDisburse() public view {
        Receivables.Voucher memory v = _voucher(voucherId);
        assertEq(v.holder, BANK, "holder");
        assertEq(v.flags, receivables.BOUND(), "bound");
        assertEq(financing.hops(voucherId), 1, "one hop");
        _checkHop(1, Financing.Hop(SUPPLIER, surplus, true, 0));
    }

    /// @dev With recourse it is bound even where nothing is due back.
    function testDisburseAtTheFullPrice() public {
        voucherId = _confirmed(FACE);
        Financing.Quote memory q = _quote(voucherId, BANK, Financing.Kind.RecoursePurchase);
        (q.proceeds, q.interest, q.debtorInterest, q.fees) = (FACE, 0, 0, 0);
        _finance(q);
        _disburse(voucherId);
        _checkHop(1, Financing.Hop(SUPPLIER, 0, true, 0));
        assertEq(_flagsOf(voucherId), receivables.BOUND(), "bound");
    }

    /// @dev What is due back to those before is no financier's: the next one buys what is left.
    function testFinanceBeyondWhatIsDueBack(uint48 proceeds) public {
        Financing.Quote memory q = _quote(voucherId, FACTOR, Financing.Kind.Purchase);
        (q.interest, q.debtorInterest, q.fees) = (0, 0, 0);
        q.proceeds = uint48(bound(proceeds, owed + 1, MAX_FACE));
        _financingRefused(
            BANK,
            _acceptQuoteCall(FACTOR, q),
            abi.encodeWithSelector(Financing.CostsExceedFace.selector, voucherId, q.proceeds, owed)
        );
        q.proceeds = owed;
        _finance(q);
        _disburse(voucherId);
        // Bought without recourse to the bank: the supplier's surplus and recourse go with the voucher.
        assertEq(financing.hops(voucherId), 1, "no more hops");
        _checkHop(1, Financing.Hop(SUPPLIER, surplus, true, 0));
        assertEq(_flagsOf(voucherId), receivables.BOUND(), "bound");
    }

    function testFinanceWhenLessIsUnpaidThanDueBack() public {
        _pay(id, FACE - surplus + 1);
        _redeem(voucherId);
        Financing.Quote memory q = _quote(voucherId, FACTOR, Financing.Kind.Purchase);
        (q.proceeds, q.interest, q.debtorInterest, q.fees) = (1, 0, 0, 0);
        _financingRefused(
            BANK,
            _acceptQuoteCall(FACTOR, q),
            abi.encodeWithSelector(Financing.CostsExceedFace.selector, voucherId, 1, 0)
        );
    }

    /* DEMAND */

    function testDemandUnknown(uint80 which) public {
        vm.assume(which != voucherId);
        bytes memory refusal = abi.encodeWithSelector(Receivables.VoucherUnknown.selector, which);
        voucherId = which;
        _financingRefused(BANK, _demandCall(DOCUMENT), refusal);
        _financingRefused(BANK, _waiveCall(), refusal);
    }

    function testDemandByAnother() public {
        vm.warp(DUE_AT);
        bytes memory refusal =
            abi.encodeWithSelector(Financing.NotHolder.selector, voucherId, SUPPLIER, BANK);
        _financingRefused(SUPPLIER, _demandCall(DOCUMENT), refusal);
        _financingRefused(SUPPLIER, _waiveCall(), refusal);
    }

    function testDemandRedeemed() public {
        _pay(id, FACE);
        _redeem(voucherId);
        bytes memory refusal = abi.encodeWithSelector(
            Receivables.NotLive.selector, voucherId, Receivables.Life.Redeemed
        );
        _financingRefused(BANK, _demandCall(DOCUMENT), refusal);
        _financingRefused(BANK, _waiveCall(), refusal);
    }

    function testDemandWithoutRecourse() public {
        _as(BANK);
        financing.waiveRecourse(voucherId);
        bytes memory refusal = abi.encodeWithSelector(Financing.NoRecourse.selector, voucherId);
        _financingRefused(BANK, _demandCall(DOCUMENT), refusal);
        _financingRefused(BANK, _waiveCall(), refusal);
        voucherId = _held(BANK);
        refusal = abi.encodeWithSelector(Financing.NoRecourse.selector, voucherId);
        _financingRefused(BANK, _demandCall(DOCUMENT), refusal);
        _financingRefused(BANK, _waiveCall(), refusal);
        _financingRefused(SETTLER, _buyBackCall(2, 1, REFERENCE), refusal);
    }

    function testDemandTwice() public {
        vm.warp(DUE_AT);
        _demanded();
        _financingRefused(
            BANK,
            _demandCall(DOCUMENT),
            abi.encodeWithSelector(Financing.AlreadyDemanded.selector, voucherId, DUE_AT)
        );
    }

    function testDemandWithoutDocument() public {
        vm.warp(DUE_AT);
        _financingRefused(
            BANK, _demandCall(0), abi.encodeWithSelector(Financing.DocumentEmpty.selector)
        );
    }

    function testDemandBeforeItIsDue(uint40 early) public {
        vm.warp(bound(early, NOW, DUE_AT - 1));
        bytes memory refusal =
            abi.encodeWithSelector(Financing.RecourseNotDue.selector, voucherId, DUE_AT);
        _financingRefused(BANK, _demandCall(DOCUMENT), refusal);
        // A freeze is no fault of the one that sold it.
        _freeze(voucherId);
        _financingRefused(BANK, _demandCall(DOCUMENT), refusal);
    }

    /// @dev Overdue, disputed or red-lettered: what was bought is not what was sold.
    function testDemand(uint8 cause) public {
        cause = uint8(bound(cause, 0, 2));
        if (cause == 0) vm.warp(DUE_AT);
        if (cause == 1) _dispute(voucherId);
        if (cause == 2) _credit(issuance.issue(id).invoice, 1, _ids(id));
        vm.expectEmit(address(financing));
        emit Financing.RecourseDemanded(voucherId, BANK, SUPPLIER, DOCUMENT, _account(BANK));
        _demanded();
        _checkHop(1, Financing.Hop(SUPPLIER, surplus, true, uint40(block.timestamp)));
    }

    /* BUY BACK */

    function testBuyBackWhatIsNotDemanded() public {
        vm.warp(DUE_AT);
        _financingRefused(
            SETTLER,
            _buyBackCall(2, owed, REFERENCE),
            abi.encodeWithSelector(Financing.RecourseNotDemanded.selector, voucherId)
        );
    }

    function testBuyBackForAnotherAmount(uint48 amount) public {
        vm.assume(amount != owed);
        vm.warp(DUE_AT);
        _demanded();
        _financingRefused(
            SETTLER,
            _buyBackCall(2, amount, REFERENCE),
            abi.encodeWithSelector(Financing.WrongAmount.selector, voucherId, amount, owed)
        );
    }

    function testBuyBackStale(uint8 version) public {
        vm.assume(version != 2);
        vm.warp(DUE_AT);
        _demanded();
        _financingRefused(
            SETTLER,
            _buyBackCall(version, owed, REFERENCE),
            abi.encodeWithSelector(Receivables.StaleVoucher.selector, voucherId, 2, version)
        );
    }

    function testBuyBackEncumbered() public {
        _dispute(voucherId);
        _demanded();
        _as(ANCHOR);
        receivables.endDispute(voucherId, DOCUMENT);
        Financing.Quote memory q = _quote(voucherId, FACTOR, Financing.Kind.Pledge);
        q.proceeds = 1;
        _finance(q);
        bytes memory data = _buyBackCall(_versionOf(voucherId), owed, REFERENCE);
        _financingRefused(
            SETTLER,
            data,
            abi.encodeWithSelector(
                Receivables.Encumbered.selector, voucherId, Receivables.Encumbrance.Locked
            )
        );
    }

    function testBuyBackFrozen() public {
        vm.warp(DUE_AT);
        _demanded();
        _freeze(voucherId);
        uint8 flags = receivables.FROZEN() | receivables.BOUND();
        _financingRefused(
            SETTLER,
            _buyBackCall(3, owed, REFERENCE),
            abi.encodeWithSelector(Receivables.Held.selector, voucherId, flags)
        );
    }

    function testBuyBackRedeemed() public {
        vm.warp(DUE_AT);
        _demanded();
        _pay(id, FACE);
        _redeem(voucherId);
        _financingRefused(
            SETTLER,
            _buyBackCall(3, 0, REFERENCE),
            abi.encodeWithSelector(
                Receivables.NotLive.selector, voucherId, Receivables.Life.Redeemed
            )
        );
    }

    /// @dev Disputed or not: whoever sold it takes it back as it is, less what was redeemed and what was due back.
    function testBuyBack(uint48 collected, bool disputed) public {
        collected = uint48(bound(collected, 0, FACE - 1));
        vm.warp(DUE_AT);
        if (disputed) _dispute(voucherId);
        _demanded();
        if (collected != 0) {
            _pay(id, collected);
            _redeem(voucherId);
        }
        uint48 price = owed > collected ? owed - collected : 0;
        uint8 version = _versionOf(voucherId);
        vm.expectEmit(address(financing));
        emit Financing.BoughtBack(voucherId, BANK, SUPPLIER, price, REFERENCE, _account(SETTLER));
        _as(SETTLER);
        financing.buyBack(voucherId, version, price, REFERENCE);
        Receivables.Voucher memory v = _voucher(voucherId);
        assertEq(v.holder, SUPPLIER, "holder");
        assertEq(v.tier, 2, "tier");
        assertEq(v.flags, disputed ? receivables.DISPUTED() : 0, "not bound any more");
        assertEq(financing.hops(voucherId), 0, "no hops");
        Financing.Hop memory none;
        _checkHop(1, none);
        assertEq(receivables.referenceUsed(REFERENCE), voucherId, "reference");
    }

    /* SEVERAL HANDS */

    /// @dev Each that sold it on pays what the next had in it, and the supplier's surplus is the supplier's still.
    function testBuyBackThroughSeveralHands(uint48 collected) public {
        uint48 more = _soldOn(FACTOR);
        uint48 inIt = owed - more;
        collected = uint48(bound(collected, 0, inIt - 1));
        assertEq(financing.hops(voucherId), 2, "two hops");
        _checkHop(2, Financing.Hop(BANK, more, true, 0));
        vm.warp(DUE_AT);
        _demanded();
        if (collected != 0) {
            _pay(id, collected);
            _redeem(voucherId);
        }
        _lawful(
            SETTLER,
            address(financing),
            _buyBackCall(_versionOf(voucherId), inIt - collected, "first")
        );
        assertEq(_holderOf(voucherId), BANK, "the bank's again");
        assertEq(_flagsOf(voucherId), receivables.BOUND(), "and still bound");
        assertEq(financing.hops(voucherId), 1, "one hop");

        _demanded();
        _lawful(
            SETTLER,
            address(financing),
            _buyBackCall(_versionOf(voucherId), owed - collected, "second")
        );
        assertEq(_holderOf(voucherId), SUPPLIER, "the supplier's again");
        assertEq(_flagsOf(voucherId), 0, "its own");
    }

    /// @dev What a financier gave is what it gets: from its buyer's price, the buy-back and what was collected.
    function testNobodyGainsByABuyBack(uint48 first, uint48 second, uint48 collected) public {
        voucherId = _confirmed(FACE);
        id = _receivableOf(voucherId);
        first = uint48(bound(first, 1, FACE));
        second = uint48(bound(second, 1, first));
        collected = uint48(bound(collected, 0, FACE - 1));
        _sold(BANK, first);
        _sold(FACTOR, second);
        vm.warp(DUE_AT);
        _demanded();
        if (collected != 0) {
            _pay(id, collected);
            _redeem(voucherId);
        }
        // The factor is made whole, to the last unit, unless the debtor has paid it more than that.
        uint48 price = second > collected ? second - collected : 0;
        _lawful(SETTLER, address(financing), _buyBackCall(_versionOf(voucherId), price, REFERENCE));
    }

    function _sold(uint32 financier, uint48 price) internal {
        Financing.Quote memory q = _quote(voucherId, financier, Financing.Kind.RecoursePurchase);
        (q.proceeds, q.interest, q.debtorInterest, q.fees) = (price, 0, 0, 0);
        _finance(q);
        _disburse(voucherId);
    }

    /// @dev No deal beyond the last hop there can be: its lock is let go again.
    function testDisburseBeyondTheMostHops() public {
        voucherId = _confirmed(FACE);
        for (uint256 n; n < 255; ++n) {
            vm.warp(NOW + n);
            _sold(n % 2 == 0 ? BANK : FACTOR, FACE);
        }
        Financing.Quote memory q = _quote(voucherId, FACTOR, Financing.Kind.RecoursePurchase);
        (q.proceeds, q.interest, q.debtorInterest, q.fees) = (FACE, 0, 0, 0);
        _finance(q);
        uint8 version = _versionOf(voucherId);
        _financingRefused(
            SETTLER,
            abi.encodeCall(Financing.disburse, (voucherId, version, FACE, REFERENCE)),
            abi.encodeWithSelector(Financing.TooManyHops.selector, voucherId)
        );
        _as(FACTOR);
        financing.releaseLock(voucherId, version);
    }

    /// @dev A pledge by the buyer: enforced, the lender owes the supplier and the buyer what is theirs.
    function testEnforceAPledgeOfWhatIsBound() public {
        Financing.Quote memory q = _quote(voucherId, FACTOR, Financing.Kind.Pledge);
        q.proceeds = owed / 4;
        (q.interest, q.debtorInterest, q.fees) = (0, 0, 0);
        _finance(q);
        _disburse(voucherId);
        vm.warp(q.maturesAt + 1);
        uint48 left = owed - q.proceeds;
        vm.expectEmit(address(financing));
        emit Financing.PledgeEnforced(voucherId, BANK, FACTOR, left, _account(FACTOR));
        _as(FACTOR);
        financing.enforcePledge(voucherId, 4);
        _checkHop(1, Financing.Hop(SUPPLIER, surplus, true, 0));
        _checkHop(2, Financing.Hop(BANK, left, false, 0));
        assertEq(left + surplus + q.proceeds, FACE, "to the last unit");
    }

    /* WAIVE */

    function testWaiveEncumbered() public {
        Financing.Quote memory q = _quote(voucherId, FACTOR, Financing.Kind.Pledge);
        q.proceeds = 1;
        _finance(q);
        _financingRefused(
            BANK,
            _waiveCall(),
            abi.encodeWithSelector(
                Financing.Encumbered.selector, voucherId, Receivables.Encumbrance.Locked
            )
        );
        _disburse(voucherId);
        _financingRefused(
            BANK,
            _waiveCall(),
            abi.encodeWithSelector(
                Financing.Encumbered.selector, voucherId, Receivables.Encumbrance.Pledged
            )
        );
    }

    /// @dev What is due back stays due: the hop is there without its recourse.
    function testWaiveWithASurplus(bool demanded) public {
        vm.warp(DUE_AT);
        if (demanded) _demanded();
        vm.expectEmit(address(financing));
        emit Financing.RecourseWaived(voucherId, BANK, SUPPLIER, _account(BANK));
        _as(BANK);
        financing.waiveRecourse(voucherId);
        _checkHop(1, Financing.Hop(SUPPLIER, surplus, false, 0));
        assertEq(_flagsOf(voucherId), receivables.BOUND(), "bound");
        _financingRefused(
            SETTLER,
            _buyBackCall(2, owed, REFERENCE),
            abi.encodeWithSelector(Financing.RecourseNotDemanded.selector, voucherId)
        );
    }

    /// @dev With nothing due back either, the voucher is its holder's own entirely, and moves like any.
    function testWaiveWithoutASurplus() public {
        voucherId = _confirmed(FACE);
        _sold(BANK, FACE);
        vm.expectEmit(address(financing));
        emit Financing.RecourseWaived(voucherId, BANK, SUPPLIER, _account(BANK));
        _as(BANK);
        financing.waiveRecourse(voucherId);
        assertEq(financing.hops(voucherId), 0, "no hops");
        assertEq(_flagsOf(voucherId), 0, "not bound");
        assertEq(_versionOf(voucherId), 3, "version");
        _split(voucherId, SECOND, 1);
    }

    function testWaiveTheLastOfTwo() public {
        _sold(FACTOR, owed);
        _as(FACTOR);
        financing.waiveRecourse(voucherId);
        assertEq(financing.hops(voucherId), 1, "the one before stays");
        _checkHop(1, Financing.Hop(SUPPLIER, surplus, true, 0));
        assertEq(_flagsOf(voucherId), receivables.BOUND(), "bound");
        // Its own recourse, against the supplier, is open to the new holder.
        vm.warp(DUE_AT);
        _demanded();
    }
}

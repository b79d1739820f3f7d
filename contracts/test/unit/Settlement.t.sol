// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Share} from "../../src/Share.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev Payments by the debtor, and what of them reaches whom.
contract SettlementTest is Fixture {
    uint80 internal voucherId;
    uint32 internal id;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
        id = _receivableOf(voucherId);
    }

    function _payCall(uint32 which, uint48 amount, bytes32 reference_)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(Receivables.recordPayment, (which, amount, reference_));
    }

    function _returnCall(uint32 which, uint48 amount, bytes32 reference_)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(Receivables.returnCredit, (which, amount, reference_));
    }

    function _bankRefused(bytes memory data, bytes memory refusal) internal {
        _refused(SETTLER, address(receivables), data, refusal);
    }

    function _redeemRefused(uint32 actor, uint48[] memory starts, bytes memory refusal) internal {
        _refused(
            actor, address(receivables), abi.encodeCall(Receivables.redeem, (id, starts)), refusal
        );
    }

    /* PAYMENTS */

    function testPayUnknown() public {
        _bankRefused(
            _payCall(404, 1, "reference"),
            abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, 404)
        );
        // Nor what is only proposed.
        uint32 proposed = _proposed(FACE);
        _bankRefused(
            _payCall(proposed, 1, "reference"),
            abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, proposed)
        );
    }

    function testPayNothing() public {
        _bankRefused(
            _payCall(id, 0, "reference"), abi.encodeWithSelector(Receivables.AmountZero.selector)
        );
    }

    function testPayWithoutReference() public {
        _bankRefused(
            _payCall(id, 1, 0), abi.encodeWithSelector(Receivables.ReferenceEmpty.selector)
        );
    }

    /// @dev Each record of a bank counts once, for whatever it was.
    function testPayWithAReferenceThatWasUsed() public {
        _as(SETTLER);
        receivables.recordPayment(id, 1, "payment");
        _usedRefused("payment", id);
        Financing.Quote memory quote = _locked(_confirmed(FACE), BANK, Financing.Kind.Purchase);
        _as(SETTLER);
        financing.disburse(quote.voucher, 1, quote.proceeds, "disbursement");
        _usedRefused("disbursement", quote.voucher);
        _pay(id, FACE);
        _as(SETTLER);
        receivables.returnCredit(id, 1, "return");
        _usedRefused("return", id);
        assertEq(receivables.referenceUsed("unused"), 0, "unused");
    }

    function _usedRefused(bytes32 reference_, uint80 usedFor) internal {
        bytes memory refusal =
            abi.encodeWithSelector(Receivables.ReferenceUsed.selector, reference_, usedFor);
        _bankRefused(_payCall(id, 1, reference_), refusal);
        uint32 other = _receivableOf(_confirmed(FACE));
        _bankRefused(_payCall(other, 1, reference_), refusal);
        assertEq(receivables.referenceUsed(reference_), usedFor, "used for");
    }

    function testUseAReferenceByNobodyElse(address caller) public {
        vm.assume(caller != address(financing));
        bytes memory refusal = abi.encodeWithSelector(Receivables.NotFinancing.selector, caller);
        bytes[6] memory calls = [
            abi.encodeCall(Receivables.useReference, ("reference", id)),
            abi.encodeCall(Receivables.lock, (voucherId, 0, SUPPLIER, BANK, 1)),
            abi.encodeCall(Receivables.free, (voucherId, 0, Receivables.Encumbrance.Free)),
            abi.encodeCall(Receivables.pledge, (voucherId, 0, 1)),
            abi.encodeCall(
                Receivables.assign, (voucherId, 0, Receivables.Encumbrance.Free, BANK, false)
            ),
            abi.encodeCall(Receivables.setBound, (voucherId, true))
        ];
        for (uint256 n; n < calls.length; ++n) {
            _refusedFrom(caller, address(receivables), calls[n], refusal);
        }
    }

    /// @dev The last number is the settling payment's: however small the parts, the whole can be paid.
    function testPayInTooManyParts() public {
        for (uint256 n; n < 254; ++n) {
            _pay(id, 1);
        }
        _bankRefused(
            _payCall(id, 1, "reference"),
            abi.encodeWithSelector(Receivables.TooManyPayments.selector, id)
        );
        _pay(id, FACE - 254);
        assertEq(receivables.receivable(id).payments, 255, "payments");
        _redeem(voucherId);
        assertTrue(_voucher(voucherId).life == Receivables.Life.Redeemed, "redeemed");
        // What is paid too much is no payment of the debt: it takes no number.
        _pay(id, 7);
        assertEq(receivables.receivable(id).credit, 7, "credit");
    }

    /// @dev Early, on the day or late; in two parts, of which the second may be too much.
    function testPay(uint40 time, uint48 first, uint48 second) public {
        vm.warp(bound(time, NOW, VALID_UNTIL));
        first = uint48(bound(first, 1, FACE));
        second = uint48(bound(second, 1, MAX_FACE));
        vm.expectEmit(address(receivables));
        emit Receivables.PaymentRecorded(id, "first", first, first, 0, _account(SETTLER));
        _as(SETTLER);
        receivables.recordPayment(id, first, "first");
        _checkPaid(first, 0, 1);
        uint48 paid = uint256(first) + second < FACE ? first + second : FACE;
        uint48 credit = uint48(uint256(first) + second - paid);
        vm.expectEmit(address(receivables));
        emit Receivables.PaymentRecorded(id, "second", second, paid, credit, _account(SETTLER));
        _as(SETTLER);
        receivables.recordPayment(id, second, "second");
        _checkPaid(paid, credit, first == FACE ? 1 : 2);
        assertEq(receivables.paidAfter(id, 1), first, "after the first");
        assertEq(receivables.paidAfter(id, 2), first == FACE ? 0 : paid, "after the second");
    }

    function testOneUnitShortIsNotSettled() public {
        _pay(id, FACE - 1);
        _checkPaid(FACE - 1, 0, 1);
    }

    function _checkPaid(uint48 paid, uint48 credit, uint8 payments) internal view {
        Receivables.Receivable memory r = receivables.receivable(id);
        assertEq(r.paid, paid, "paid");
        assertEq(r.credit, credit, "credit");
        assertEq(r.payments, payments, "payments");
        assertTrue(
            r.state
                == (paid == FACE
                        ? Receivables.ReceivableState.Settled
                        : Receivables.ReceivableState.Open),
            "settled once all is paid"
        );
        assertEq(_limitOf(ANCHOR, CNY).committed, FACE - paid, "still owed");
    }

    /* CREDIT */

    function testCreditTooLarge() public {
        _pay(id, FACE);
        _pay(id, MAX_FACE);
        _bankRefused(
            _payCall(id, 1, "reference"),
            abi.encodeWithSelector(Receivables.CreditTooLarge.selector, id, uint256(MAX_FACE) + 1)
        );
    }

    function testReturnUnknown() public {
        _bankRefused(
            _returnCall(404, 1, "reference"),
            abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, 404)
        );
    }

    function testReturnNothing() public {
        _bankRefused(
            _returnCall(id, 0, "reference"), abi.encodeWithSelector(Receivables.AmountZero.selector)
        );
    }

    function testReturnMoreThanTheCredit(uint48 credit, uint48 amount) public {
        credit = uint48(bound(credit, 0, MAX_FACE - FACE));
        amount = uint48(bound(amount, credit + 1, MAX_FACE));
        _pay(id, FACE + credit);
        _bankRefused(
            _returnCall(id, amount, "reference"),
            abi.encodeWithSelector(Receivables.ExceedsCredit.selector, id, amount, credit)
        );
    }

    function testReturnWithoutReference() public {
        _pay(id, FACE + 5);
        _bankRefused(
            _returnCall(id, 5, 0), abi.encodeWithSelector(Receivables.ReferenceEmpty.selector)
        );
    }

    /// @dev What the debtor got back takes nothing off what it has paid.
    function testReturn(uint48 credit, uint48 amount) public {
        credit = uint48(bound(credit, 1, MAX_FACE - FACE));
        amount = uint48(bound(amount, 1, credit));
        _pay(id, FACE + credit);
        vm.expectEmit(address(receivables));
        emit Receivables.CreditReturned(id, "return", amount, credit - amount, _account(SETTLER));
        _as(SETTLER);
        receivables.returnCredit(id, amount, "return");
        _checkPaid(FACE, credit - amount, 1);
    }

    /* REDEEM */

    function testRedeemUnknown() public {
        id = 404;
        _redeemRefused(
            SETTLER, _starts(0), abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, 404)
        );
    }

    function testRedeemUnknownVoucher() public {
        _pay(id, FACE);
        _redeemRefused(
            SETTLER,
            _starts(1),
            abi.encodeWithSelector(Receivables.VoucherUnknown.selector, voucherId + 1)
        );
    }

    function testRedeemBeforeAnythingIsPaid() public {
        _redeemRefused(
            SUPPLIER,
            _starts(0),
            abi.encodeWithSelector(Receivables.NothingToRedeem.selector, voucherId)
        );
    }

    function testRedeemTwice() public {
        _pay(id, 10);
        _redeem(voucherId);
        bytes memory refusal =
            abi.encodeWithSelector(Receivables.NothingToRedeem.selector, voucherId);
        _redeemRefused(SETTLER, _starts(0), refusal);
        _pay(id, 10);
        uint48[] memory twice = new uint48[](2);
        _redeemRefused(SETTLER, twice, refusal);
        _pay(id, FACE);
        _redeem(voucherId);
        _redeemRefused(
            SETTLER,
            _starts(0),
            abi.encodeWithSelector(
                Receivables.NotLive.selector, voucherId, Receivables.Life.Redeemed
            )
        );
    }

    function testRedeemOfAnother() public {
        _pay(id, FACE);
        _redeemRefused(
            SECOND,
            _starts(0),
            abi.encodeWithSelector(Receivables.NotHolder.selector, voucherId, SECOND, SUPPLIER)
        );
    }

    /// @dev What the participant may do for all, this account of it may not.
    function testRedeemByAnAccountWithoutTheScope() public {
        _setRoles(SETTLER, Roles.SETTLEMENT_BANK | Roles.FINANCIER);
        _as(SETTLER);
        participants.addAccount(SETTLER, _account(UNKNOWN), Roles.FINANCIER, 0);
        _pay(id, FACE);
        _redeemRefused(
            UNKNOWN,
            _starts(0),
            abi.encodeWithSelector(Receivables.NotHolder.selector, voucherId, SETTLER, SUPPLIER)
        );
    }

    /// @dev An offered voucher is its holder's.
    function testRedeemByTheReceiverOfAnOffer() public {
        _offered(voucherId, SECOND);
        _pay(id, FACE);
        _redeemRefused(
            SECOND,
            _starts(0),
            abi.encodeWithSelector(Receivables.NotHolder.selector, voucherId, SECOND, SUPPLIER)
        );
    }

    function testRedeemLocked() public {
        _locked(voucherId, BANK, Financing.Kind.Purchase);
        _pay(id, FACE);
        uint32[2] memory actors = [SUPPLIER, SETTLER];
        for (uint256 n; n < actors.length; ++n) {
            _redeemRefused(
                actors[n],
                _starts(0),
                abi.encodeWithSelector(
                    Receivables.Encumbered.selector, voucherId, Receivables.Encumbrance.Locked
                )
            );
        }
    }

    /// @dev A page of which one is refused pays none.
    function testRedeemAPageWithOneThatIsRefused() public {
        _split(voucherId, SECOND, 10);
        _pay(id, FACE);
        uint48[] memory starts = new uint48[](2);
        starts[1] = 5;
        _redeemRefused(
            SETTLER,
            starts,
            abi.encodeWithSelector(Receivables.VoucherUnknown.selector, voucherId + 5)
        );
        assertEq(receivables.receivable(id).redeemed, 0, "none");
    }

    /// @dev By the holder or for it: to the holder it is paid.
    function testRedeem(bool byBank, uint48 paid) public {
        paid = uint48(bound(paid, 1, FACE));
        _pay(id, paid);
        uint32 actor = byBank ? SETTLER : SUPPLIER;
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(voucherId, SUPPLIER, paid, _account(actor));
        _as(actor);
        receivables.redeem(id, _starts(0));
        Receivables.Voucher memory v;
        (v.holder, v.length, v.payments, v.version) = (SUPPLIER, FACE, 1, 1);
        v.life = paid == FACE ? Receivables.Life.Redeemed : Receivables.Life.Live;
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");
        assertEq(receivables.receivable(id).redeemed, paid, "redeemed");
    }

    /// @dev What is left of an offer ends with what it offered.
    function testRedeemOffered() public {
        _offered(voucherId, SECOND);
        _pay(id, 10);
        _redeem(voucherId);
        Receivables.Voucher memory v = _voucher(voucherId);
        assertTrue(v.encumbrance == Receivables.Encumbrance.Offered, "still offered");
        assertEq(v.counterparty, SECOND, "to the same");
        _pay(id, FACE);
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(voucherId, SUPPLIER, FACE - 10, _account(SETTLER));
        _redeem(voucherId);
        v = _voucher(voucherId);
        assertTrue(v.encumbrance == Receivables.Encumbrance.Free, "free");
        assertEq(v.counterparty, 0, "to nobody");
        assertEq(v.until, 0, "no end");
    }

    /// @dev A pledged voucher is paid to its lender, whoever redeems it.
    function testRedeemPledged() public {
        _financed(voucherId, BANK, Financing.Kind.Pledge);
        uint32[3] memory actors = [SUPPLIER, BANK, SETTLER];
        for (uint256 n; n < actors.length; ++n) {
            _pay(id, 10);
            vm.expectEmit(address(receivables));
            emit Receivables.Redeemed(voucherId, BANK, 10, _account(actors[n]));
            _as(actors[n]);
            receivables.redeem(id, _starts(0));
        }
        assertTrue(_voucher(voucherId).encumbrance == Receivables.Encumbrance.Pledged, "pledged");
    }

    /// @dev Nothing that holds a voucher up holds its payment up.
    function testRedeemHeldAndOfASuspendedHolder() public {
        _freeze(voucherId);
        _dispute(voucherId);
        _suspend(SUPPLIER);
        _suspend(ANCHOR);
        vm.warp(DUE_AT + 1000 days);
        _pay(id, FACE);
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(voucherId, SUPPLIER, FACE, _account(SETTLER));
        _redeem(voucherId);
    }

    /// @dev In whatever order vouchers are redeemed, after whichever payment each: all get what is paid, no more.
    function testRedeemInParts(
        uint48 face,
        uint48[3] memory cuts,
        uint48[4] memory amounts,
        uint256 seed
    ) public {
        face = uint48(bound(face, 4, seed % 2 == 0 ? 30 : MAX_FACE));
        voucherId = _confirmed(face);
        id = _receivableOf(voucherId);
        for (uint256 n; n < cuts.length; ++n) {
            uint48 length = _voucher(voucherId).length;
            _split(voucherId, SUPPLIER, uint48(bound(cuts[n], 1, length - (3 - n))));
        }
        uint48[] memory starts = _startsOf(id);
        for (uint256 n; n < amounts.length && receivables.receivable(id).paid < face; ++n) {
            uint48 outstanding = face - receivables.receivable(id).paid;
            _pay(id, n == 3 ? outstanding : uint48(bound(amounts[n], 1, outstanding)));
            for (uint256 m; m < starts.length; ++m) {
                if (seed >> (n * 4 + m) & 1 == 1) _redeem(_voucherOf(id, starts[m]));
            }
            _checkParts(starts);
        }
        if (receivables.receivable(id).paid == face) return;
        _pay(id, face);
        _checkParts(starts);
    }

    function _checkParts(uint48[] memory starts) internal view {
        Receivables.Receivable memory r = receivables.receivable(id);
        uint48 redeemed;
        for (uint256 n; n < starts.length; ++n) {
            Receivables.Voucher memory v = _voucher(_voucherOf(id, starts[n]));
            redeemed += Share.part(
                starts[n], v.length, receivables.paidAfter(id, v.payments), r.face
            );
        }
        assertEq(r.redeemed, redeemed, "each its part of what it was redeemed for");
        assertLe(r.redeemed, r.paid, "no more than was paid");
    }

    /// @dev One page or many: the same.
    function testRedeemAllAfterAll(uint48 first) public {
        first = uint48(bound(first, 1, FACE - 1));
        uint80 child = _split(voucherId, SECOND, 333);
        _accepted(child);
        _split(child, SECOND, 100);
        _pay(id, first);
        _redeemAll(id);
        assertEq(receivables.receivable(id).redeemed, first, "all of the first payment");
        _pay(id, FACE);
        _redeemAll(id);
        assertEq(receivables.receivable(id).redeemed, FACE, "all of it");
    }

    /* VIEWS */

    function testDebtOf() public {
        _refused(
            UNKNOWN,
            address(receivables),
            abi.encodeCall(Receivables.debtOf, (404)),
            abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, 404)
        );
        (uint32 debtor, uint40 dueAt, bool owed) = receivables.debtOf(id);
        assertEq(abi.encode(debtor, dueAt, owed), abi.encode(ANCHOR, DUE_AT, true), "owed");
        _pay(id, FACE);
        (,, owed) = receivables.debtOf(id);
        assertFalse(owed, "paid");
    }

    function testUnpaidOf(uint48 paid, uint48 length) public {
        paid = uint48(bound(paid, 1, FACE));
        length = uint48(bound(length, 1, FACE - 1));
        uint80 child = _split(voucherId, SECOND, length);
        _pay(id, paid);
        assertEq(
            receivables.unpaidOf(child),
            length - Share.part(FACE - length, length, paid, FACE),
            "of the child"
        );
        assertEq(
            receivables.unpaidOf(child) + receivables.unpaidOf(voucherId),
            FACE - paid,
            "of both, what is unpaid of the face"
        );
    }
}

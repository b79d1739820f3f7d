// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev Payments and redemption.
contract SettlementTest is Fixture {
    bytes32 internal constant REFERENCE = "the bank's record";

    uint64 internal voucherId;
    uint32 internal id;

    function setUp() public override {
        super.setUp();
        voucherId = _confirmed(FACE);
        id = _receivableOf(voucherId);
    }

    /* PAYMENTS */

    function _payRefused(uint32 which, uint48 amount, bytes32 ref, bytes memory refusal) internal {
        vm.expectRevert(refusal);
        _as(SETTLER);
        receivables.recordPayment(which, amount, ref);
    }

    function testPayUnknown() public {
        _payRefused(
            UNKNOWN,
            1,
            REFERENCE,
            abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, UNKNOWN)
        );
    }

    function testPayInEveryOtherState() public {
        uint32[4] memory ids = [_proposed(FACE), _proposed(FACE), _proposed(FACE), id];
        uint8[4] memory states = [1, 3, 4, 5];
        _as(ANCHOR);
        receivables.reject(ids[1], REASON);
        _as(SUPPLIER);
        receivables.cancel(ids[2], REASON);
        _pay(id, FACE);
        for (uint256 i; i < ids.length; ++i) {
            _payRefused(
                ids[i],
                1,
                REFERENCE,
                abi.encodeWithSelector(Receivables.WrongReceivableState.selector, ids[i], states[i])
            );
        }
    }

    function testPayNothing() public {
        _payRefused(id, 0, REFERENCE, abi.encodeWithSelector(Receivables.AmountZero.selector));
    }

    function testPayTooMuch(uint48 paid, uint48 more) public {
        paid = uint48(bound(paid, 1, FACE - 1));
        more = uint48(bound(more, FACE - paid + 1, MAX_FACE));
        _pay(id, paid);
        _payRefused(
            id,
            more,
            REFERENCE,
            abi.encodeWithSelector(Receivables.ExceedsOutstanding.selector, id, more, FACE - paid)
        );
    }

    function testPayWithoutReference() public {
        _payRefused(id, 1, 0, abi.encodeWithSelector(Receivables.ReferenceEmpty.selector));
    }

    function testPayTwiceWithOneReference() public {
        _as(SETTLER);
        receivables.recordPayment(id, 1, REFERENCE);
        bytes memory refusal =
            abi.encodeWithSelector(Receivables.ReferenceUsed.selector, REFERENCE, uint64(id));
        _payRefused(id, 1, REFERENCE, refusal);
        // Nor does it pay another receivable, nor a voucher's price.
        uint64 other = _confirmed(FACE);
        _payRefused(_receivableOf(other), 1, REFERENCE, refusal);
        _finance(other, BANK, 5);
        vm.expectRevert(refusal);
        _as(SETTLER);
        receivables.disburse(other, 1, 5, REFERENCE);
    }

    function testPayTooOften() public {
        for (uint256 i; i < 254; ++i) {
            _pay(id, 1);
        }
        _payRefused(
            id, 1, REFERENCE, abi.encodeWithSelector(Receivables.TooManyPayments.selector, id)
        );
        // The last number is for the payment that settles.
        _pay(id, FACE - 254);
        Receivables.Receivable memory r = receivables.receivable(id);
        assertTrue(r.state == Receivables.ReceivableState.Settled, "settled");
        assertEq(r.payments, 255, "payments");
        _redeemAll(id);
        assertEq(receivables.receivable(id).redeemed, FACE, "redeemed");
    }

    function testPay(uint48 first, uint48 second) public {
        first = uint48(bound(first, 1, FACE - 2));
        second = uint48(bound(second, 1, FACE - 1 - first));
        vm.expectEmit(address(receivables));
        emit Receivables.PaymentRecorded(id, REFERENCE, first, first, _account(SETTLER));
        _as(SETTLER);
        receivables.recordPayment(id, first, REFERENCE);
        assertEq(receivables.referenceUsed(REFERENCE), id, "reference");

        vm.warp(DUE_AT + 1000 days);
        vm.expectEmit(address(receivables));
        emit Receivables.PaymentRecorded(id, REASON, second, first + second, _account(SETTLER));
        _as(SETTLER);
        receivables.recordPayment(id, second, REASON);

        Receivables.Receivable memory r = receivables.receivable(id);
        assertEq(r.paid, first + second, "paid");
        assertEq(r.payments, 2, "payments");
        assertEq(receivables.paidAfter(id, 0), 0, "paid before");
        assertEq(receivables.paidAfter(id, 1), first, "paid after the first");
        assertEq(receivables.paidAfter(id, 2), first + second, "paid after the second");
        assertTrue(r.state == Receivables.ReceivableState.Confirmed, "not settled yet");

        _pay(id, FACE - first - second);
        r = receivables.receivable(id);
        assertTrue(r.state == Receivables.ReceivableState.Settled, "settled");
        assertEq(r.paid, FACE, "paid");
        assertEq(r.redeemed, 0, "redeemed");
    }

    /* REDEEM */

    function _redeemRefused(uint32 actor, uint32 which, uint24 number, bytes memory refusal)
        internal
    {
        vm.expectRevert(refusal);
        _as(actor);
        receivables.redeem(which, _numbers(number));
    }

    function testRedeemUnknownReceivable() public {
        _redeemRefused(
            SETTLER,
            UNKNOWN,
            1,
            abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, UNKNOWN)
        );
    }

    function testRedeemUnknownVoucher() public {
        _pay(id, FACE);
        uint24[2] memory numbers = [uint24(0), 2];
        for (uint256 i; i < numbers.length; ++i) {
            _redeemRefused(
                SETTLER,
                id,
                numbers[i],
                abi.encodeWithSelector(
                    Receivables.VoucherUnknown.selector, _voucherOf(id, numbers[i])
                )
            );
        }
    }

    function testRedeemOfAnother() public {
        _pay(id, 1);
        _redeemRefused(
            SECOND,
            id,
            1,
            abi.encodeWithSelector(Receivables.NotHolder.selector, voucherId, SECOND, SUPPLIER)
        );
    }

    function testRedeemAPageWithOneOfAnother() public {
        uint64 child = _split(voucherId, SECOND, 10);
        _accept(child);
        _pay(id, FACE);
        uint24[] memory numbers = new uint24[](2);
        (numbers[0], numbers[1]) = (1, 2);
        vm.expectRevert(
            abi.encodeWithSelector(Receivables.NotHolder.selector, child, SUPPLIER, SECOND)
        );
        _as(SUPPLIER);
        receivables.redeem(id, numbers);
        assertTrue(
            receivables.voucher(voucherId).life == Receivables.Life.Live, "nothing half done"
        );
    }

    function testRedeemLocked() public {
        _finance(voucherId, BANK, 1);
        _pay(id, FACE);
        bytes memory refusal = abi.encodeWithSelector(
            Receivables.Encumbered.selector, voucherId, Receivables.Encumbrance.Locked
        );
        _redeemRefused(SUPPLIER, id, 1, refusal);
        _redeemRefused(SETTLER, id, 1, refusal);
        // The financier who still pays has bought the payment too.
        _disburse(voucherId);
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(voucherId, BANK, FACE, _account(BANK));
        _as(BANK);
        receivables.redeem(id, _numbers(1));
    }

    function testRedeemUnpaid() public {
        _redeemRefused(
            SUPPLIER, id, 1, abi.encodeWithSelector(Receivables.NothingToRedeem.selector, voucherId)
        );
    }

    function testRedeemTwice() public {
        bytes memory nothing =
            abi.encodeWithSelector(Receivables.NothingToRedeem.selector, voucherId);
        bytes memory dead = abi.encodeWithSelector(
            Receivables.NotLive.selector, voucherId, Receivables.Life.Redeemed
        );
        uint24[] memory twice = new uint24[](2);
        (twice[0], twice[1]) = (1, 1);

        _pay(id, 1);
        vm.expectRevert(nothing);
        _as(SUPPLIER);
        receivables.redeem(id, twice);
        _redeemAll(id);
        _redeemRefused(SUPPLIER, id, 1, nothing);

        _pay(id, FACE - 1);
        vm.expectRevert(dead);
        _as(SUPPLIER);
        receivables.redeem(id, twice);
        _redeemAll(id);
        _redeemRefused(SETTLER, id, 1, dead);
    }

    function testRedeemAnEmptyPage() public {
        bytes32 before = keccak256(abi.encode(receivables.receivable(id)));
        _as(SETTLER);
        receivables.redeem(id, new uint24[](0));
        assertEq(keccak256(abi.encode(receivables.receivable(id))), before, "nothing happens");
    }

    function testRedeemPart() public {
        _pay(id, FACE / 4);
        vm.warp(START + 1 days);
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(voucherId, SUPPLIER, FACE / 4, _account(SUPPLIER));
        _as(SUPPLIER);
        receivables.redeem(id, _numbers(1));
        Receivables.Voucher memory v = receivables.voucher(voucherId);
        assertTrue(v.life == Receivables.Life.Live, "still live");
        assertEq(v.payments, 1, "payments");
        assertEq(v.version, 1, "version");
        assertEq(v.since, START, "since");
        assertEq(v.length, FACE, "length");
        assertEq(receivables.receivable(id).redeemed, FACE / 4, "redeemed");
    }

    function testRedeemWhole() public {
        _pay(id, FACE / 2);
        _pay(id, FACE / 2);
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(voucherId, SUPPLIER, FACE, _account(SETTLER));
        _as(SETTLER);
        receivables.redeem(id, _numbers(1));
        Receivables.Voucher memory v = receivables.voucher(voucherId);
        assertTrue(v.life == Receivables.Life.Redeemed, "redeemed");
        assertEq(v.holder, SUPPLIER, "holder stays on record");
        assertEq(v.payments, 2, "payments");
        assertEq(v.version, 1, "version");
    }

    function testRedeemOfferedInPart() public {
        _offer(voucherId, SECOND);
        _pay(id, 10);
        _redeemAll(id);
        Receivables.Voucher memory v = receivables.voucher(voucherId);
        assertTrue(v.encumbrance == Receivables.Encumbrance.Offered, "still on offer");
        assertEq(v.counterparty, SECOND, "counterparty");
        assertEq(v.version, 2, "version");
    }

    function testRedeemOfferedWhole() public {
        _offer(voucherId, SECOND);
        _pay(id, FACE);
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(voucherId, SUPPLIER, FACE, _account(SUPPLIER));
        _as(SUPPLIER);
        receivables.redeem(id, _numbers(1));
        Receivables.Voucher memory v = receivables.voucher(voucherId);
        assertTrue(v.life == Receivables.Life.Redeemed, "redeemed");
        assertTrue(v.encumbrance == Receivables.Encumbrance.Free, "the offer is over");
        assertEq(v.counterparty, 0, "counterparty");
    }

    function testBankRedeemsForASuspendedHolder() public {
        _pay(id, FACE);
        _suspend(SUPPLIER);
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(voucherId, SUPPLIER, FACE, _account(SETTLER));
        _redeemAll(id);
        assertEq(_holderOf(voucherId), SUPPLIER, "paid to its holder");
    }

    function testBankRedeemsForAnExpiredHolder() public {
        _pay(id, FACE);
        _govern(abi.encodeCall(participants.setRoles, (SUPPLIER, Roles.SUPPLIER, START + 1)));
        vm.warp(START + 2);
        _redeemAll(id);
        assertEq(receivables.receivable(id).redeemed, FACE, "redeemed");
    }

    function testAHolderThatIsABankRedeemsForAll() public {
        _setRoles(BANK, Roles.FINANCIER | Roles.SETTLEMENT_BANK);
        _pay(id, FACE);
        _as(BANK);
        receivables.redeem(id, _numbers(1));
        assertEq(receivables.receivable(id).redeemed, FACE, "redeemed");
    }

    function testRedeemPageByPage() public {
        for (uint256 i; i < 5; ++i) {
            _split(voucherId, SUPPLIER, 7);
        }
        _pay(id, FACE);
        uint24[] memory page = new uint24[](3);
        (page[0], page[1], page[2]) = (6, 1, 3);
        _as(SUPPLIER);
        receivables.redeem(id, page);
        assertEq(receivables.receivable(id).redeemed, FACE - 21, "first page");
        (page[0], page[1], page[2]) = (2, 4, 5);
        _as(SUPPLIER);
        receivables.redeem(id, page);
        assertEq(receivables.receivable(id).redeemed, FACE, "second page");
    }

    /* SHARES */

    /// @dev Halving the face once for each bit, an interval's ends are off by less than a half at each level.
    function testShareIsFair(uint48 face, uint48 start, uint48 length, uint48 paid) public view {
        face = uint48(bound(face, 1, MAX_FACE));
        start = uint48(bound(start, 0, face - 1));
        length = uint48(bound(length, 1, face - start));
        paid = uint48(bound(paid, 0, face));
        uint256 share = receivables.share(start, length, paid, face);
        uint256 exact = uint256(length) * paid;
        assertLe(share * face, exact + 48 * uint256(face), "at most its part");
        assertLe(exact, share * face + 48 * uint256(face), "at least its part");
        assertLe(share, length, "never more than its length");
        assertLe(share, paid, "never more than was paid");
    }

    /// @dev More paid is never less for anyone: what was redeemed need not be given back.
    function testShareNeverShrinks(
        uint48 face,
        uint48 start,
        uint48 length,
        uint48 paid,
        uint48 more
    ) public view {
        face = uint48(bound(face, 2, MAX_FACE));
        start = uint48(bound(start, 0, face - 1));
        length = uint48(bound(length, 1, face - start));
        paid = uint48(bound(paid, 0, face - 1));
        more = uint48(bound(more, paid + 1, face));
        uint256 before = receivables.share(start, length, paid, face);
        uint256 share = receivables.share(start, length, more, face);
        assertLe(before, share, "never shrinks");
        assertLe(share - before, more - paid, "by no more than was paid");
    }

    /// @dev Every interval of every small face after every payment: each unit is paid once and stays paid.
    function testShareOfSmallFaces() public view {
        for (uint48 face = 1; face <= 24; ++face) {
            for (uint48 paid; paid <= face; ++paid) {
                uint256 sum;
                for (uint48 start; start < face; ++start) {
                    uint256 unit = receivables.share(start, 1, paid, face);
                    uint256 before = paid == 0 ? 0 : receivables.share(start, 1, paid - 1, face);
                    assertLe(unit, 1, "at most once");
                    assertLe(before, unit, "stays paid");
                    sum += unit;
                    assertEq(receivables.share(0, start + 1, paid, face), sum, "adds up");
                }
                assertEq(sum, paid, "all of it");
            }
        }
    }

    function testShareExamples() public view {
        assertEq(receivables.share(0, 50, 30, 100), 15, "half of thirty");
        assertEq(receivables.share(50, 50, 30, 100), 15, "the other half");
        // Five units, paid one by one: the fourth comes first, then the first, then the third.
        assertEq(receivables.share(2, 1, 2, 5), 0, "two of five");
        assertEq(receivables.share(2, 1, 3, 5), 1, "three of five");
        assertEq(receivables.share(0, MAX_FACE, MAX_FACE, MAX_FACE), MAX_FACE, "no overflow");
        assertEq(receivables.share(0, MAX_FACE, 1, MAX_FACE), 1, "no rounding of the whole");
    }

    /// @dev Intervals that tile the face share every payment to the last minor unit.
    function testSharesAddUp(uint48 face, uint48 paid, uint8 cuts, uint256 seed) public view {
        face = uint48(bound(face, 1, MAX_FACE));
        paid = uint48(bound(paid, 0, face));
        cuts = uint8(bound(cuts, 1, 20));
        uint256 sum;
        uint48 start;
        for (uint256 i; i < cuts && start < face; ++i) {
            uint48 length =
                uint48(bound(uint256(keccak256(abi.encode(seed, i))), 1, uint256(face - start)));
            if (i == cuts - uint256(1)) length = face - start;
            sum += receivables.share(start, length, paid, face);
            start += length;
        }
        assertEq(start, face, "tiled");
        assertEq(sum, paid, "sum");
    }

    /// @dev However a receivable is split and paid, and whenever its vouchers are redeemed: in the end each
    /// has been paid its length, and at every moment those up to date exactly what was paid.
    function testPartsAreExact(uint48 face, uint8 splits, uint8 payments, uint256 seed) public {
        face = uint48(bound(face, 2, MAX_FACE));
        splits = uint8(bound(splits, 0, 8));
        payments = uint8(bound(payments, 1, 6));
        voucherId = _confirmed(face);
        id = _receivableOf(voucherId);
        for (uint256 i; i < splits; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, "split", i)));
            uint24 count = receivables.receivable(id).vouchers;
            uint64 parent = _voucherOf(id, uint24(1 + random % count));
            uint48 length = receivables.voucher(parent).length;
            if (length == 1) continue;
            _split(parent, SUPPLIER, uint48(bound(random >> 24, 1, length - 1)));
        }
        uint48 paid;
        for (uint256 i; i < payments && paid < face; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, "payment", i)));
            uint48 amount = uint48(bound(random, 1, face - paid));
            if (i == payments - uint256(1)) amount = face - paid;
            _pay(id, amount);
            paid += amount;
            if (random % 3 == 0 || paid == face) {
                _redeemBehind();
                assertEq(receivables.receivable(id).redeemed, paid, "all up to date");
            } else {
                uint24 count = receivables.receivable(id).vouchers;
                _as(SETTLER);
                receivables.redeem(id, _numbers(uint24(1 + random % count)));
                assertLe(receivables.receivable(id).redeemed, paid, "one up to date");
            }
        }
        assertEq(receivables.receivable(id).redeemed, face, "settled");
    }

    /// @dev Redeems every voucher of the receivable that is not up to date.
    function _redeemBehind() internal {
        Receivables.Receivable memory r = receivables.receivable(id);
        for (uint24 i = 1; i <= r.vouchers; ++i) {
            if (receivables.voucher(_voucherOf(id, i)).payments == r.payments) continue;
            _as(SETTLER);
            receivables.redeem(id, _numbers(i));
        }
    }

    /// @dev Whoever redeems early has had its part; the others' parts still add up to what was paid.
    function testPartsAddUpThoughRedeemedAtDifferentTimes() public {
        voucherId = _confirmed(5);
        id = _receivableOf(voucherId);
        for (uint256 i; i < 4; ++i) {
            _split(voucherId, SUPPLIER, 1);
        }
        uint48 paid;
        for (uint24 i = 1; i < 5; ++i) {
            _pay(id, 1);
            ++paid;
            _as(SUPPLIER);
            receivables.redeem(id, _numbers(i));
            assertLe(receivables.receivable(id).redeemed, paid, "no more than was paid");
        }
        _redeemBehind();
        assertEq(receivables.receivable(id).redeemed, paid, "exactly what was paid");
        _pay(id, 1);
        _redeemAll(id);
        assertEq(receivables.receivable(id).redeemed, 5, "all of it");
    }

    /// @dev Overdue is no state: what is late is paid, in parts, and redeemed as ever.
    function testLatePartPayments() public {
        uint64 child = _split(voucherId, SECOND, FACE / 3);
        _accept(child);
        vm.warp(DUE_AT + 400 days);
        _pay(id, 100);
        _as(SECOND);
        receivables.redeem(id, _numbers(2));
        uint48 first = receivables.receivable(id).redeemed;
        assertEq(first, receivables.share(FACE - FACE / 3, FACE / 3, 100, FACE), "its part");
        vm.warp(DUE_AT + 800 days);
        _pay(id, FACE - 100);
        vm.expectEmit(address(receivables));
        emit Receivables.Redeemed(child, SECOND, FACE / 3 - first, _account(SECOND));
        _as(SECOND);
        receivables.redeem(id, _numbers(2));
        _as(SUPPLIER);
        receivables.redeem(id, _numbers(1));
        assertEq(receivables.receivable(id).redeemed, FACE, "all of it");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Invoices} from "../../src/Invoices.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Limits} from "../../src/Limits.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Share} from "../../src/Share.sol";
import {Comparison} from "./Comparison.sol";

/// @dev What holds of any lawful ledger, told from what it stores.
abstract contract Holds is Comparison {
    /* VOUCHERS */

    /// @dev Intervals cover the face, each unit once: from zero on each begins where the one before ends.
    function _checkTiled(uint32 id) internal view {
        uint48 face = receivables.receivable(id).face;
        uint80[] storage all = vouchersOf[id];
        uint256 sum;
        for (uint256 n; n < all.length; ++n) {
            sum += receivables.voucher(all[n]).length;
        }
        assertEq(sum, face, "as long as the face");
        uint256 count;
        for (uint48 next; next < face; ++count) {
            Receivables.Voucher memory v = receivables.voucher(_voucherOf(id, next));
            assertTrue(v.life != Receivables.Life.None, "no gap and no overlap");
            assertTrue(v.length != 0, "never empty");
            next += v.length;
            assertLe(next, face, "not beyond the face");
        }
        assertEq(count, all.length, "all of them");
    }

    /// @dev Each voucher by itself: lineage, tier, encumbrance, flags, life.
    function _checkVoucher(uint80 id) internal view {
        Receivables.Voucher memory v = receivables.voucher(id);
        Receivables.Receivable memory r = receivables.receivable(_receivableOf(id));
        assertTrue(v.holder != r.debtor, "never its debtor's");
        if (uint48(id) == 0) {
            assertEq(v.parent, 0, "the first has no parent");
        } else {
            assertLt(v.parent, uint48(id), "begins after its parent");
            Receivables.Voucher memory p =
                receivables.voucher(_voucherOf(_receivableOf(id), v.parent));
            assertTrue(p.life != Receivables.Life.None, "its parent is there");
            assertLe(v.parent + p.length, uint48(id), "behind what its parent kept");
        }
        bool free = v.encumbrance == Receivables.Encumbrance.Free;
        assertTrue((v.counterparty == 0) == free, "for somebody, unless it is free");
        assertTrue((v.until == 0) == free, "with an end, unless it is free");
        assertTrue(v.counterparty != v.holder || free, "never for its holder");
        if (v.life != Receivables.Life.Live) assertTrue(free, "free at its end");
        assertLe(v.payments, r.payments, "no payment before it is made");
        if (v.life == Receivables.Life.Redeemed) {
            assertTrue(r.state == Receivables.ReceivableState.Settled, "redeemed once settled");
            assertEq(v.payments, r.payments, "of all payments");
        }
        assertTrue(
            (v.life == Receivables.Life.Void) == (r.state == Receivables.ReceivableState.Void),
            "void with its debt"
        );
        _checkDeal(id, v);
    }

    /// @dev Nobody takes of a voucher what is another's: what is owed and what is due back fit into its length.
    function _checkDeal(uint80 id, Receivables.Voucher memory v) private view {
        uint8 hops = financing.hops(id);
        uint256 due;
        for (uint8 number = 1; number <= hops; ++number) {
            Financing.Hop memory h = _hopOf(id, number);
            due += h.surplus;
            assertTrue(h.recourse || h.surplus != 0, "no hop without a reason");
            assertTrue(h.recourse || h.demandedAt == 0, "nothing demanded without recourse");
        }
        assertLe(due, v.length, "no more is due back than there is");
        assertTrue((v.flags & receivables.BOUND() != 0) == (hops != 0), "bound by its hops");
        Financing.Deal memory d = _dealOf(id);
        bool dealt = v.encumbrance == Receivables.Encumbrance.Locked
            || v.encumbrance == Receivables.Encumbrance.Pledged;
        if (dealt) {
            assertEq(d.financier, v.counterparty, "for its financier");
            assertLe(uint256(d.owed) + due, d.face, "no more is owed than is left");
            assertLe(d.proceeds, d.owed, "proceeds are owed");
            assertLe(d.face, v.length, "no more is financed than there is");
        }
        if (d.face != 0 && !dealt) {
            assertTrue(d.kind == Financing.Kind.Pledge, "only a loan is left");
            assertTrue(v.life == Receivables.Life.Redeemed, "until it is closed");
        }
        if (v.encumbrance == Receivables.Encumbrance.Pledged) {
            assertTrue(d.kind == Financing.Kind.Pledge, "pledged for a loan");
            assertEq(d.maturesAt, v.until, "until it is due");
        }
    }

    /* PAYMENTS */

    /// @dev redeemed <= paid <= face, and each voucher has had exactly its part of what it was redeemed for.
    function _checkPayments(uint32 id) internal view {
        Receivables.Receivable memory r = receivables.receivable(id);
        assertLe(r.paid, r.face, "no more is paid than owed");
        assertTrue(r.credit == 0 || r.paid == r.face, "nothing too much before the end");
        assertTrue(
            (r.paid == r.face) == (r.state == Receivables.ReceivableState.Settled), "settled"
        );
        assertEq(receivables.paidAfter(id, r.payments), r.paid, "after the last payment");
        for (uint8 payment = 1; payment <= r.payments; ++payment) {
            assertLt(
                receivables.paidAfter(id, payment - 1),
                receivables.paidAfter(id, payment),
                "each payment pays"
            );
        }
        uint80[] storage all = vouchersOf[id];
        uint48 redeemed;
        for (uint256 n; n < all.length; ++n) {
            Receivables.Voucher memory v = receivables.voucher(all[n]);
            uint48 paid = receivables.paidAfter(id, v.payments);
            redeemed += Share.part(uint48(all[n]), v.length, paid, r.face);
        }
        assertEq(r.redeemed, redeemed, "each its part");
        assertLe(r.redeemed, r.paid, "no more is redeemed than paid");
    }

    /* INVOICES AND LIMITS */

    /// @dev used = the faces of what the invoice backs, all of its issuer and in its currency, within its total.
    function _checkInvoices() internal view {
        for (uint256 n; n < foundInvoices.length; ++n) {
            bytes32 nullifier = foundInvoices[n];
            Invoices.Invoice memory v = _invoiceBy(nullifier);
            uint256 used;
            for (uint32 id = 1; id <= modelIssues; ++id) {
                Issuance.Issue memory i = modelIssue[id];
                if (i.invoice == nullifier && _stands(i)) used += i.face;
            }
            assertEq(v.used, used, "what rests on it");
            assertLe(v.used, v.total, "no unit backs twice");
            assertLe(v.credited, v.total, "no more noted than stated");
        }
    }

    function _stands(Issuance.Issue memory i) private pure returns (bool) {
        return i.state == Issuance.IssueState.Proposed || i.state == Issuance.IssueState.Confirmed;
    }

    /// @dev reserved = what is proposed, committed = what is unpaid, of each debtor and of each group.
    function _checkLimit(uint32 debtor, uint16 currency) internal view {
        uint64[2] memory own;
        uint64[2] memory shared;
        for (uint32 id = 1; id <= modelIssues; ++id) {
            Issuance.Issue memory i = modelIssue[id];
            if (i.currency != currency || !_stands(i)) continue;
            bool proposed = i.state == Issuance.IssueState.Proposed;
            uint64 left = i.face - receivables.receivable(id).paid;
            if (i.debtor == debtor) own[proposed ? 0 : 1] += left;
            if (i.group == debtor) shared[proposed ? 0 : 1] += left;
        }
        Limits.Limit memory l = _limitOf(debtor, currency);
        assertEq(abi.encode(l.reserved, l.committed), abi.encode(own), "of a debtor");
        l = _groupLimitOf(debtor, currency);
        assertEq(abi.encode(l.reserved, l.committed), abi.encode(shared), "of a group");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {Receivables} from "../../src/Receivables.sol";
import {VoucherSteps} from "./VoucherSteps.sol";

/// @dev Deals, pledges, recourse and claims.
abstract contract FinancingSteps is VoucherSteps {
    /* CHOICES */

    function _isLocked(Receivables.Voucher memory v, Receivables.Receivable memory)
        internal
        pure
        returns (bool)
    {
        return v.encumbrance == Receivables.Encumbrance.Locked;
    }

    function _isPledged(Receivables.Voucher memory v, Receivables.Receivable memory)
        internal
        pure
        returns (bool)
    {
        return v.encumbrance == Receivables.Encumbrance.Pledged;
    }

    function _isBoundAndFree(Receivables.Voucher memory v, Receivables.Receivable memory)
        internal
        pure
        returns (bool)
    {
        return _isFree(v) && v.flags & 8 != 0;
    }

    function _isRedeemed(Receivables.Voucher memory v, Receivables.Receivable memory)
        internal
        pure
        returns (bool)
    {
        return v.life == Receivables.Life.Redeemed;
    }

    /* DEALS */

    function finance(uint256 seed) external step {
        _financeAny(seed, Financing.Kind(_random(seed, "kind") % 3));
    }

    /// @dev Sold with recourse, or lent on, and paid out at once: for there to be something to come back on.
    function deal(uint256 seed) external step {
        Financing.Kind kind =
            seed & 1 == 0 ? Financing.Kind.RecoursePurchase : Financing.Kind.Pledge;
        uint80 id = _financeAny(seed, kind);
        if (id != 0) _disburse(id);
    }

    /// @return id The voucher that was locked; zero for none.
    function _financeAny(uint256 seed, Financing.Kind kind) private returns (uint80 id) {
        id = _find(seed, _isMovable);
        if (id == 0) return 0;
        Receivables.Voucher memory v = modelVoucher[id];
        Receivables.Receivable memory r = modelReceivable[touched];
        uint32[4] memory financiers = [BANK, FACTOR, TRADER, THIRD];
        uint32 financier = financiers[_random(seed, "financier") % 4];
        if (financier == v.holder || financier == r.debtor || !_isActive(financier)) return 0;
        Financing.Quote memory q = _quote(id, financier, kind);
        uint48 due = _surplusesOf(id);
        if (q.face <= due) return 0;
        q.terms = _new();
        _price(q, seed, q.face - due, r.interestShare);
        if (q.kind == Financing.Kind.Pledge) {
            uint40 soon = uint40(clock + 3 days);
            q.maturesAt =
                uint40(bound(_random(seed, "matures"), clock + 1, r.dueAt < soon ? r.dueAt : soon));
        }
        (bytes32 sigR, bytes32 vs) = _sign(financier, q);
        _as(v.holder);
        financing.acceptQuote(q, sigR, vs, JUSTIFICATION);
    }

    /// @dev Proceeds, interest and fees that fit into what is left, now and then to its last unit.
    function _price(Financing.Quote memory q, uint256 seed, uint48 available, uint16 interestShare)
        internal
        pure
    {
        q.proceeds = uint48(bound(_random(seed, "proceeds"), 1, available));
        uint48 left = available - q.proceeds;
        uint48 own = uint48(bound(_random(seed, "interest"), 0, left));
        // The debtor bears its share on top of what the holder bears.
        q.interest = own;
        q.debtorInterest = 0;
        if (interestShare == 10_000) q.interest = q.debtorInterest = own;
        else if (interestShare >= 5_000) (q.interest, q.debtorInterest) = (2 * own, own);
        uint48 borne = q.interest - q.debtorInterest;
        q.fees = seed & 1 == 0 ? left - borne : uint48(_random(seed, "fees") % (left - borne + 1));
    }

    function _cancelQuote(uint256 seed) private {
        uint80 id = _find(seed, _isMovable);
        if (id == 0 || !_isActive(BANK)) return;
        Financing.Quote memory q = _quote(id, BANK, Financing.Kind.Purchase);
        q.terms = _new();
        _as(BANK);
        financing.cancelQuote(q);
    }

    function file(uint256 seed) external step {
        uint80 id = _find(seed, _isLocked);
        if (id == 0 || !_isActive(modelVoucher[id].counterparty)) return;
        _file(id);
    }

    function endLock(uint256 seed) external step {
        uint80 id = _find(seed, _isLocked);
        if (id == 0) return;
        Receivables.Voucher memory v = modelVoucher[id];
        uint256 how = _random(seed, "how") % 5;
        if (how == 0 && _isActive(v.counterparty)) {
            _as(v.counterparty);
            financing.releaseLock(id, v.version);
        } else if (how == 1 && _isActive(v.holder) && clock > v.until) {
            _as(v.holder);
            financing.releaseLock(id, v.version);
        } else if (clock > v.until && (how == 2 || v.flags & 3 != 0)) {
            _as(SETTLER);
            financing.releaseLock(id, v.version);
        } else if (v.flags & 3 == 0) {
            _disburse(id);
        }
    }

    function endPledge(uint256 seed) external step {
        uint80 id = _find(seed, _isPledged);
        if (id == 0) return;
        Receivables.Voucher memory v = modelVoucher[id];
        uint48 owed = financing.owedOn(id);
        uint256 how = _random(seed, "how") % 5;
        bool lender = _isActive(v.counterparty);
        if (how == 0 && lender) {
            _as(v.counterparty);
            financing.releasePledge(id, v.version);
        } else if (how == 1) {
            _repay(id);
        } else if (owed == 0) {
            if (!_isActive(v.holder)) return;
            _as(v.holder);
            financing.releasePledge(id, v.version);
        } else if (lender && v.flags & 3 == 0) {
            if (clock <= v.until) vm.warp(uint256(v.until) + 1);
            _as(v.counterparty);
            financing.enforcePledge(id, v.version);
        }
    }

    function _closeLoan(uint256 seed) private {
        uint80 id = _find(seed, _isRedeemed);
        if (id != 0 && modelDeal[id].face != 0) financing.closeLoan(id);
    }

    /* RECOURSE */

    function recourse(uint256 seed) external step {
        uint80 id = _find(seed, _isBoundAndFree);
        if (id == 0) return;
        Receivables.Voucher memory v = modelVoucher[id];
        Receivables.Receivable memory r = modelReceivable[touched];
        Financing.Hop memory h = modelHop[id][modelHops[id]];
        if (h.demandedAt != 0 && v.flags & 1 == 0) {
            _buyBack(id, v, r.face);
            return;
        }
        if (!h.recourse || !_isActive(v.holder)) return;
        uint256 how = _random(seed, "how") % 6;
        if (how == 0) {
            _as(v.holder);
            financing.waiveRecourse(id);
            return;
        }
        bool due = clock >= r.dueAt || v.flags & 2 != 0 || r.flags & 8 != 0;
        if (h.demandedAt != 0) return;
        if (!due && how == 1) vm.warp(r.dueAt);
        if (!due && how > 1 && (r.flags & 1 != 0 || !_isActive(r.debtor))) return;
        if (!due && how > 1) _dispute(id);
        _as(v.holder);
        financing.demandRecourse(id, DOCUMENT);
    }

    function _buyBack(uint80 id, Receivables.Voucher memory v, uint48 face) private {
        uint48 paid = modelPaidAfter[touched][v.payments];
        uint48 rest = v.length - receivables.share(uint48(id), v.length, paid, face);
        uint48 due = _surplusesOf(id);
        bytes32 reference_ = _new();
        _as(SETTLER);
        financing.buyBack(id, v.version, rest > due ? rest - due : 0, reference_);
    }

    /* CLAIMS, AND WHAT COMES AFTERWARDS */

    function aside(uint256 seed) external step {
        uint256 what = _random(seed, "what") % 5;
        if (what == 0) _claim(seed);
        else if (what == 1) _cancelQuote(seed);
        else if (what == 2) _closeLoan(seed);
        else if (what == 3) _writeOff(seed);
        else _returnCredit(seed);
    }

    function _claim(uint256 seed) private {
        uint32 last = modelClaims;
        Financing.Claim memory c = modelClaim[last];
        if (last != 0 && !c.withdrawn && _isActive(c.claimant)) {
            _as(c.claimant);
            financing.withdrawClaim(last);
            return;
        }
        uint32 number = seed & 1 == 0 ? BANK : FACTOR;
        if (modelIssues == 0 || !_isActive(number)) return;
        uint32 id = uint32(seed % modelIssues) + 1;
        if (modelReceivable[id].state == Receivables.ReceivableState.None) return;
        _as(number);
        financing.assertClaim(id, 1 + uint48(seed >> 8) / 2, 0, uint40(clock), DOCUMENT);
    }
}

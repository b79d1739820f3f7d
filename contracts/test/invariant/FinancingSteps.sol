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
        uint80 id = _find(seed, _isMovable);
        if (id == 0) return;
        Receivables.Voucher memory v = modelVoucher[id];
        Receivables.Receivable memory r = modelReceivable[touched];
        uint32[4] memory financiers = [BANK, FACTOR, TRADER, THIRD];
        uint32 financier = financiers[_random(seed, "financier") % 4];
        if (financier == v.holder || financier == r.debtor || !_isActive(financier)) return;
        Financing.Quote memory q = _quote(id, financier, Financing.Kind(_random(seed, "kind") % 3));
        uint48 due = _surplusesOf(id);
        if (q.face <= due) return;
        q.terms = _new();
        _price(q, seed, q.face - due, r.interestShare);
        if (q.kind == Financing.Kind.Pledge) {
            q.maturesAt = uint40(bound(_random(seed, "matures"), clock + 1, r.dueAt));
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

    function cancelQuote(uint256 seed) external step {
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
        uint256 how = _random(seed, "how") % 4;
        bool lender = _isActive(v.counterparty);
        if (lender && clock > v.until && owed != 0 && v.flags & 3 == 0 && how != 0) {
            _as(v.counterparty);
            financing.enforcePledge(id, v.version);
        } else if (how == 1 && lender) {
            _as(v.counterparty);
            financing.releasePledge(id, v.version);
        } else if (how == 2 && owed == 0 && _isActive(v.holder)) {
            _as(v.holder);
            financing.releasePledge(id, v.version);
        } else if (how == 3) {
            _repay(id);
        }
    }

    function closeLoan(uint256 seed) external step {
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
        bool due = clock >= r.dueAt || v.flags & 2 != 0 || r.flags & 8 != 0;
        if (_random(seed, "waive") % 4 == 0) {
            _as(v.holder);
            financing.waiveRecourse(id);
        } else if (due && h.demandedAt == 0) {
            _as(v.holder);
            financing.demandRecourse(id, DOCUMENT);
        }
    }

    function _buyBack(uint80 id, Receivables.Voucher memory v, uint48 face) private {
        uint48 paid = modelPaidAfter[touched][v.payments];
        uint48 rest = v.length - receivables.share(uint48(id), v.length, paid, face);
        uint48 due = _surplusesOf(id);
        bytes32 reference_ = _new();
        _as(SETTLER);
        financing.buyBack(id, v.version, rest > due ? rest - due : 0, reference_);
    }

    /* CLAIMS */

    function claim(uint256 seed) external step {
        uint32 number = seed & 1 == 0 ? BANK : FACTOR;
        if (modelIssues == 0 || !_isActive(number)) return;
        uint32 last = modelClaims;
        if (last != 0 && modelClaim[last].claimant == number && !modelClaim[last].withdrawn) {
            _as(number);
            financing.withdrawClaim(last);
            return;
        }
        uint32 id = uint32(seed % modelIssues) + 1;
        if (modelReceivable[id].state == Receivables.ReceivableState.None) return;
        _as(number);
        financing.assertClaim(id, 1 + uint48(seed >> 8) / 2, 0, uint40(clock), DOCUMENT);
    }
}

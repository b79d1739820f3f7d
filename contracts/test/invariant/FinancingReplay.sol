// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Financing} from "../../src/Financing.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Vm} from "../utils/Test.sol";
import {VoucherReplay} from "./VoucherReplay.sol";

/// @dev Deals, hops and claims from their logs. What is locked changes by its financier, its bank or its time;
/// what is pledged by its lender or by repayment.
abstract contract FinancingReplay is VoucherReplay {
    /// @dev What the event says besides its topics.
    struct AcceptedData {
        Financing.Kind kind;
        uint48 face;
        uint48 proceeds;
        uint48 interest;
        uint48 debtorInterest;
        uint48 fees;
        uint40 maturesAt;
        bytes32 terms;
        bytes32 justification;
        bytes32 digest;
        address actor;
    }

    function _replayFinancing(Vm.Log memory log) internal {
        bytes32 kind = log.topics[0];
        if (kind == Financing.QuoteCancelled.selector) {
            _quoteOverReplay(log.topics[1]);
        } else if (kind == Financing.ClaimAsserted.selector) {
            _claimReplay(log, _number(log.topics[1]));
        } else if (kind == Financing.ClaimWithdrawn.selector) {
            modelClaim[_number(log.topics[1])].withdrawn = true;
        } else {
            _replayDeals(log, kind, _voucherIn(log.topics[1]));
        }
    }

    function _replayDeals(Vm.Log memory log, bytes32 kind, uint80 id) private {
        if (kind == Financing.QuoteAccepted.selector) {
            _acceptedReplay(log, id);
        } else if (kind == Financing.Filed.selector) {
            _expect(id, Receivables.Encumbrance.Locked);
            assertEq(_actorOf(log), modelVoucher[id].counterparty, "by its financier");
            Financing.Filing storage f = modelFiling[id];
            (f.registration, f.agreement, f.registeredAt,) =
                abi.decode(log.data, (bytes32, bytes32, uint40, address));
        } else if (kind == Financing.Disbursed.selector) {
            _disbursedReplay(log, id);
        } else if (kind == Financing.LockReleased.selector) {
            _releasedReplay(log, id);
        } else if (kind == Financing.LoanRepaid.selector) {
            _expect(id, Receivables.Encumbrance.Pledged);
            assertEq(_actorOf(log), SETTLER, "a bank's word");
            (, bytes32 reference_,) = abi.decode(log.data, (uint48, bytes32, address));
            _useReference(reference_, id);
            _close(id);
            _free(id);
        } else if (kind == Financing.PledgeReleased.selector) {
            _expect(id, Receivables.Encumbrance.Pledged);
            uint32 actor = _actorOf(log);
            assertTrue(
                actor == modelVoucher[id].counterparty || actor == modelVoucher[id].holder,
                "by its lender, or its borrower"
            );
            _close(id);
            _free(id);
        } else if (kind == Financing.LoanClosed.selector) {
            assertTrue(modelVoucher[id].life == Receivables.Life.Redeemed, "of what is redeemed");
            _close(id);
        } else if (kind == Financing.PledgeEnforced.selector) {
            _enforcedReplay(log, id);
        } else {
            _replayRecourse(log, kind, id);
        }
    }

    /* DEALS */

    function _acceptedReplay(Vm.Log memory log, uint80 id) private {
        AcceptedData memory data = abi.decode(log.data, (AcceptedData));
        uint32 financier = _number(log.topics[3]);
        _expectMovable(id, _actorOf(log));
        _quoteOverReplay(data.digest);
        delete modelFiling[id];
        modelDeal[id] = Financing.Deal({
            kind: data.kind,
            financier: financier,
            face: data.face,
            proceeds: data.proceeds,
            owed: data.proceeds + data.interest - data.debtorInterest + data.fees,
            maturesAt: data.maturesAt
        });
        _encumber(
            id,
            Receivables.Encumbrance.Locked,
            financier,
            block.timestamp + modelPolicy[PolicyNames.DISBURSE_PERIOD]
        );
    }

    function _quoteOverReplay(bytes32 digest) private {
        assertFalse(modelQuoteOver[digest], "a quote is over once");
        modelQuoteOver[digest] = true;
        foundQuotes.push(digest);
    }

    function _disbursedReplay(Vm.Log memory log, uint80 id) private {
        _expect(id, Receivables.Encumbrance.Locked);
        assertEq(_actorOf(log), SETTLER, "a bank's word");
        Receivables.Voucher storage v = modelVoucher[id];
        Financing.Deal memory d = modelDeal[id];
        (Financing.Kind kind, uint48 amount, bytes32 reference_,) =
            abi.decode(log.data, (Financing.Kind, uint48, bytes32, address));
        assertTrue(kind == d.kind && amount == d.proceeds, "as agreed");
        assertEq(_number(log.topics[3]), v.counterparty, "its financier");
        _expectNotStopped(id);
        _useReference(reference_, id);
        if (kind == Financing.Kind.Pledge) {
            _encumber(id, Receivables.Encumbrance.Pledged, v.counterparty, d.maturesAt);
            return;
        }
        delete modelDeal[id];
        if (kind == Financing.Kind.RecoursePurchase) {
            _push(id, Financing.Hop(v.holder, d.face - d.owed - _surplusesOf(id), true, 0));
        }
        _assign(id, v.counterparty);
    }

    function _expectNotStopped(uint80 id) private view {
        uint8 held = receivables.FROZEN() | receivables.DISPUTED();
        assertEq(modelVoucher[id].flags & held, 0, "nothing that is held changes hands");
    }

    function _releasedReplay(Vm.Log memory log, uint80 id) private {
        _expect(id, Receivables.Encumbrance.Locked);
        Receivables.Voucher storage v = modelVoucher[id];
        if (_actorOf(log) != v.counterparty) {
            assertTrue(block.timestamp > v.until, "by its financier or after its time");
        }
        _close(id);
        _free(id);
    }

    function _enforcedReplay(Vm.Log memory log, uint80 id) private {
        _expect(id, Receivables.Encumbrance.Pledged);
        Receivables.Voucher storage v = modelVoucher[id];
        assertEq(_actorOf(log), v.counterparty, "by its lender");
        assertTrue(block.timestamp > v.until, "once it is due");
        _expectNotStopped(id);
        (uint48 surplus,) = abi.decode(log.data, (uint48, address));
        if (surplus != 0) _push(id, Financing.Hop(v.holder, surplus, false, 0));
        _close(id);
        _assign(id, v.counterparty);
    }

    function _close(uint80 id) private {
        delete modelDeal[id];
        delete modelFiling[id];
    }

    /* RECOURSE */

    function _replayRecourse(Vm.Log memory log, bytes32 kind, uint80 id) private {
        uint8 number = modelHops[id];
        Financing.Hop storage h = modelHop[id][number];
        if (kind == Financing.RecourseDemanded.selector) {
            assertEq(_actorOf(log), modelVoucher[id].holder, "by its holder");
            h.demandedAt = uint40(block.timestamp);
        } else if (kind == Financing.BoughtBack.selector) {
            _expect(id, Receivables.Encumbrance.Free);
            assertEq(_actorOf(log), SETTLER, "a bank's word");
            assertEq(modelVoucher[id].flags & receivables.FROZEN(), 0, "nothing that is frozen");
            assertTrue(h.recourse && h.demandedAt != 0, "once it is demanded");
            (, bytes32 reference_,) = abi.decode(log.data, (uint48, bytes32, address));
            _useReference(reference_, id);
            uint32 transferor = h.transferor;
            assertEq(_number(log.topics[3]), transferor, "by the one that sold it");
            _pop(id);
            _assign(id, transferor);
        } else if (kind == Financing.RecourseWaived.selector) {
            _expect(id, Receivables.Encumbrance.Free);
            assertEq(_actorOf(log), modelVoucher[id].holder, "by its holder");
            if (h.surplus != 0) {
                (h.recourse, h.demandedAt) = (false, 0);
                return;
            }
            _pop(id);
            _bind(id);
            _raise(modelVoucher[id], 1);
        } else {
            _unknownEvent();
        }
    }

    function _push(uint80 id, Financing.Hop memory h) private {
        modelHop[id][++modelHops[id]] = h;
    }

    function _pop(uint80 id) private {
        delete modelHop[id][modelHops[id]--];
    }

    function _bind(uint80 id) private {
        uint8 bound = receivables.BOUND();
        if (modelHops[id] != 0) modelVoucher[id].flags |= bound;
        else modelVoucher[id].flags &= ~bound;
    }

    /// @dev Somebody else's now; what its holder wrote off the next one has not.
    function _assign(uint80 id, uint32 to) private {
        modelVoucher[id].flags &= ~receivables.WRITTEN_OFF();
        _bind(id);
        _move(id, to);
    }

    /* CLAIMS */

    function _claimReplay(Vm.Log memory log, uint32 id) private {
        modelClaims = id;
        Financing.Claim storage c = modelClaim[id];
        (c.receivable, c.claimant) = (_number(log.topics[2]), _number(log.topics[3]));
        (c.amount, c.registeredAt, c.noticedAt, c.document,) =
            abi.decode(log.data, (uint48, uint40, uint40, bytes32, address));
    }
}

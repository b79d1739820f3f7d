// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Invoices} from "../../src/Invoices.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Limits} from "../../src/Limits.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Vm} from "../utils/Test.sol";
import {Model} from "./Model.sol";

/// @dev Invoices, limits and issues from their logs. A step that no lawful ledger takes fails here.
abstract contract IssueReplay is Model {
    /// @dev What the event says besides its topics.
    struct ProposedData {
        uint48 face;
        uint16 currency;
        uint40 deliveredAt;
        uint40 dueAt;
        uint16 interestShare;
        uint8 flags;
        bytes32 evidence;
        bytes32 invoice;
        address actor;
    }

    /* INVOICES */

    function _replayInvoices(Vm.Log memory log) internal {
        bytes32 kind = log.topics[0];
        bytes32 nullifier = log.topics[1];
        Invoices.Invoice storage i = modelInvoice[nullifier];
        if (kind == Invoices.InvoiceRegistered.selector) {
            assertEq(i.attester, 0, "registered once");
            (i.attester, i.creditor) = (_number(log.topics[2]), _number(log.topics[3]));
            (i.currency, i.total,) = abi.decode(log.data, (uint16, uint48, address));
            foundInvoices.push(nullifier);
        } else if (kind == Invoices.InvoiceCredited.selector) {
            (i.credited,,) = abi.decode(log.data, (uint48, bytes32, address));
            i.notes += 1;
        } else if (kind == Invoices.InvoiceCorrected.selector) {
            (i.total,,) = abi.decode(log.data, (uint48, bytes32, address));
            assertEq(i.used, 0, "corrected while nothing rests on it");
        } else {
            _unknownEvent();
        }
    }

    /* LIMITS */

    function _replayLimits(Vm.Log memory log) internal {
        bytes32 kind = log.topics[0];
        uint32 debtor = _number(log.topics[1]);
        if (kind == Limits.LimitSet.selector) {
            Limits.Limit storage own = modelLimit[debtor][uint16(uint256(log.topics[2]))];
            (own.amount, own.set) = (abi.decode(log.data, (uint64)), true);
        } else if (kind == Limits.GroupLimitSet.selector) {
            Limits.Limit storage shared = modelGroupLimit[debtor][uint16(uint256(log.topics[2]))];
            (shared.amount, shared.set) = (abi.decode(log.data, (uint64)), true);
        } else if (kind == Limits.GroupSet.selector) {
            modelGroupOf[debtor] = _number(log.topics[2]);
        } else if (kind == Limits.IssueStopped.selector) {
            (modelStopCause[debtor],,) = abi.decode(log.data, (bytes32, bytes32, address));
        } else if (kind == Limits.StopLifted.selector) {
            modelStopCause[debtor] = 0;
        } else if (kind == Limits.OverdueStopped.selector) {
            modelOverdueCount[debtor] += 1;
            modelOverdueStop[_number(log.topics[2])] = true;
        } else if (kind == Limits.OverdueLifted.selector) {
            modelOverdueCount[debtor] -= 1;
            modelOverdueStop[_number(log.topics[2])] = false;
        } else {
            _unknownEvent();
        }
    }

    /* ISSUES */

    function _replayIssuance(Vm.Log memory log) internal {
        bytes32 kind = log.topics[0];
        uint32 id = _number(log.topics[1]);
        if (kind == Issuance.Proposed.selector) {
            _proposedReplay(log, id);
        } else if (kind == Issuance.Confirmed.selector) {
            _confirmedReplay(log, id);
        } else if (kind == Issuance.Rejected.selector) {
            _endedReplay(id, Issuance.IssueState.Rejected);
        } else if (kind == Issuance.Cancelled.selector) {
            _endedReplay(id, Issuance.IssueState.Cancelled);
        } else if (kind == Issuance.VoidAsked.selector) {
            modelIssue[id].voidAsked = _number(log.topics[2]);
        } else if (kind == Issuance.Voided.selector) {
            _voidedReplay(id, _voucherIn(log.topics[2]));
        } else if (kind == Issuance.RedLettered.selector) {
            modelReceivable[id].flags |= receivables.RED_LETTERED();
        } else if (kind == Issuance.Reaffirmed.selector) {
            assertEq(_actorOf(log), modelIssue[id].debtor, "the debtor's word");
            modelReceivable[id].flags &= ~receivables.RED_LETTERED();
            modelIssue[id].notesSeen = modelInvoice[modelIssue[id].invoice].notes;
        } else {
            _unknownEvent();
        }
    }

    function _proposedReplay(Vm.Log memory log, uint32 id) private {
        assertEq(id, modelIssues + 1, "numbers follow each other");
        modelIssues = id;
        Issuance.Issue storage i = modelIssue[id];
        (i.debtor, i.creditor) = (_number(log.topics[2]), _number(log.topics[3]));
        ProposedData memory data = abi.decode(log.data, (ProposedData));
        (i.face, i.currency, i.dueAt) = (data.face, data.currency, data.dueAt);
        (i.deliveredAt, i.interestShare, i.flags) =
        (data.deliveredAt, data.interestShare, data.flags);
        (i.evidence, i.invoice) = (data.evidence, data.invoice);
        i.state = Issuance.IssueState.Proposed;
        uint32 actor = _actorOf(log);
        assertTrue(actor == i.debtor || actor == i.creditor, "a party proposes");
        i.proposedByDebtor = actor == i.debtor;
        i.group = modelGroupOf[i.debtor];
        _reserve(i.debtor, i.group, i.currency, i.face);
        Invoices.Invoice storage v = modelInvoice[i.invoice];
        v.used += i.face;
        assertLe(v.used, v.total - v.credited, "no unit of an invoice backs twice");
        assertTrue(v.creditor == i.creditor && v.currency == i.currency, "its own invoice");
    }

    function _confirmedReplay(Vm.Log memory log, uint32 id) private {
        Issuance.Issue storage i = modelIssue[id];
        assertTrue(i.state == Issuance.IssueState.Proposed, "confirmed once");
        assertEq(
            _actorOf(log), i.proposedByDebtor ? i.creditor : i.debtor, "the other party's word"
        );
        i.state = Issuance.IssueState.Confirmed;
        i.notesSeen = modelInvoice[i.invoice].notes;
        _unreserve(i);
        _commit(i);
        Receivables.Receivable storage r = modelReceivable[id];
        (r.debtor, r.creditor, r.group) = (i.debtor, i.creditor, i.group);
        (r.face, r.currency, r.dueAt) = (i.face, i.currency, i.dueAt);
        (r.interestShare, r.flags) = (i.interestShare, i.flags);
        r.state = Receivables.ReceivableState.Open;
        r.maxTier = uint8(modelPolicy[PolicyNames.MAX_TIER]);
        r.maxLegs = uint8(modelPolicy[PolicyNames.MAX_LEGS]);
        r.minLength = uint48(modelPolicy[PolicyNames.MIN_LENGTH]);
        r.offerPeriod = uint32(modelPolicy[PolicyNames.OFFER_PERIOD]);
        uint80 voucherId = _voucherIn(log.topics[2]);
        assertEq(voucherId, _voucherOf(id, 0), "from the start of the face");
        Receivables.Voucher storage v = modelVoucher[voucherId];
        (v.holder, v.length) = (i.creditor, i.face);
        v.life = Receivables.Life.Live;
        foundVouchers.push(voucherId);
        vouchersOf[id].push(voucherId);
    }

    function _endedReplay(uint32 id, Issuance.IssueState state) private {
        Issuance.Issue storage i = modelIssue[id];
        assertTrue(i.state == Issuance.IssueState.Proposed, "only a proposal ends");
        i.state = state;
        modelInvoice[i.invoice].used -= i.face;
        _unreserve(i);
    }

    function _voidedReplay(uint32 id, uint80 voucherId) private {
        Issuance.Issue storage i = modelIssue[id];
        assertTrue(i.state == Issuance.IssueState.Confirmed, "only a debt is void");
        assertTrue(i.voidAsked != 0, "both have asked");
        assertEq(vouchersOf[id].length, 1, "untouched");
        _expect(voucherId, Receivables.Encumbrance.Free);
        i.state = Issuance.IssueState.Void;
        modelInvoice[i.invoice].used -= i.face;
        Receivables.Receivable storage r = modelReceivable[id];
        assertTrue(r.paid == 0, "unpaid");
        r.state = Receivables.ReceivableState.Void;
        modelVoucher[voucherId].life = Receivables.Life.Void;
        _raise(modelVoucher[voucherId], 1);
        _release(r, r.face);
    }
}

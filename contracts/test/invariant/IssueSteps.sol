// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Invoices} from "../../src/Invoices.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Limits} from "../../src/Limits.sol";
import {Participants} from "../../src/Participants.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Holds} from "./Holds.sol";

/// @dev Chooses among what there is, and takes the steps of issue. A step that is refused is a fault; one that is
/// impossible now does nothing.
abstract contract IssueSteps is Holds {
    /// @dev Few debts, for much to happen to each.
    uint32 internal constant MOST_ISSUES = 6;

    /// @dev Time stands still between calls unless it is kept.
    uint256 internal clock = START;
    /// @dev The receivable that the last step was about; zero for none or several.
    uint32 internal touched;

    modifier step() {
        vm.warp(clock);
        vm.recordLogs();
        touched = 0;
        _;
        _replay(vm.getRecordedLogs());
        clock = block.timestamp;
    }

    /* CHOICES */

    function _random(uint256 seed, string memory what) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what)));
    }

    function _isActive(uint32 number) internal view returns (bool) {
        return modelStatus[number] == Participants.Status.Active;
    }

    /// @dev An issue in a state, searched from a random place on; zero if there is none.
    function _findIssue(uint256 seed, Issuance.IssueState state) internal returns (uint32) {
        for (uint32 n; n < modelIssues; ++n) {
            uint32 id = uint32((seed % modelIssues + n) % modelIssues) + 1;
            if (modelIssue[id].state == state) return touched = id;
        }
        return 0;
    }

    function _debtor(uint256 seed) internal pure returns (uint32) {
        uint32[3] memory debtors = [ANCHOR, HEAD, THIRD];
        return debtors[seed % 3];
    }

    /* ISSUE */

    function propose(uint256 seed) external step {
        _proposeRandom(seed);
    }

    /// @dev Proposed and confirmed at once, for there to be vouchers.
    function issue(uint256 seed) external step {
        uint32 id = _proposeRandom(seed);
        if (id != 0) _confirmAny(id, seed);
    }

    function _proposeRandom(uint256 seed) internal returns (uint32 id) {
        uint32 debtor = _debtor(_random(seed, "debtor"));
        uint32[3] memory creditors = [SUPPLIER, SECOND, THIRD];
        uint32 creditor = creditors[_random(seed, "creditor") % 3];
        if (modelIssues == MOST_ISSUES || !_isActive(debtor) || !_isActive(creditor)) return 0;
        if (debtor == creditor || _isStopped(debtor)) return 0;
        // Mostly small ones, for every rounding to show.
        uint256 most = seed & 36 == 36 ? MAX_FACE / 4 : 20;
        Issuance.Terms memory t;
        (t.debtor, t.creditor) = (debtor, creditor);
        t.face = uint48(bound(_random(seed, "face"), 1, most));
        t.currency = seed & 64 == 0 ? CNY : EUR;
        if (t.face > _available(debtor, t.currency)) return 0;
        t.invoice = _invoiceFor(seed, creditor, t.currency, t.face);
        t.evidence = _attested();
        t.deliveredAt = uint40(clock - _random(seed, "delivered") % 9 days);
        uint256 longest = seed & 1024 == 0 ? 20 days : LONGEST_TERM;
        t.dueAt = uint40(clock + bound(_random(seed, "due"), 1 hours, longest));
        t.interestShare = uint16(_random(seed, "share") % 10_001);
        t.waivesDefences = seed & 128 != 0;
        Issuance.Terms[] memory batch = new Issuance.Terms[](1);
        batch[0] = t;
        _as(seed & 8 == 0 ? debtor : creditor);
        if (seed & 256 == 0) issuance.propose(t);
        else issuance.proposeMany(batch);
        id = modelIssues + 1;
        touched = id;
    }

    function _isStopped(uint32 debtor) internal view returns (bool) {
        return modelStopCause[debtor] != 0 || modelOverdueCount[debtor] != 0;
    }

    /// @dev What a debtor may still propose, with its group.
    function _available(uint32 debtor, uint16 currency) internal view returns (uint64 most) {
        most = _left(modelLimit[debtor][currency]);
        uint32 group = modelGroupOf[debtor];
        if (group == 0) return most;
        uint64 shared = _left(modelGroupLimit[group][currency]);
        if (shared < most) most = shared;
    }

    function _left(Limits.Limit memory l) private pure returns (uint64) {
        uint64 used = l.reserved + l.committed;
        return l.amount > used ? l.amount - used : 0;
    }

    /// @dev The creditor's invoice with enough left, or a new one that may back more to come.
    function _invoiceFor(uint256 seed, uint32 creditor, uint16 currency, uint48 face)
        internal
        returns (bytes32)
    {
        uint256 count = seed & 16 == 0 ? foundInvoices.length : 0;
        for (uint256 n; n < count; ++n) {
            bytes32 nullifier = foundInvoices[(_random(seed, "invoice") % count + n) % count];
            Invoices.Invoice memory i = modelInvoice[nullifier];
            if (i.creditor != creditor || i.currency != currency) continue;
            if (uint256(i.used) + face <= i.total - i.credited) return nullifier;
        }
        return _invoiced(creditor, currency, uint48(bound(_random(seed, "total"), face, MAX_FACE)));
    }

    function _confirmAny(uint32 id, uint256 seed) internal {
        Issuance.Issue memory i = issuance.issue(id);
        _as(i.proposedByDebtor ? i.creditor : i.debtor);
        if (seed & 512 == 0) issuance.confirm(id);
        else issuance.confirmMany(_ids(id));
    }

    function answer(uint256 seed) external step {
        uint32 id = _findIssue(seed, Issuance.IssueState.Proposed);
        if (id == 0) return;
        Issuance.Issue memory i = modelIssue[id];
        (uint32 proposer, uint32 confirmer) =
            i.proposedByDebtor ? (i.debtor, i.creditor) : (i.creditor, i.debtor);
        uint256 how = _random(seed, "answer") % 4;
        Invoices.Invoice memory v = modelInvoice[i.invoice];
        bool confirmable = clock < i.dueAt && _isActive(proposer) && !_isStopped(i.debtor)
            && v.used <= v.total - v.credited;
        if (how == 0 && _isActive(proposer)) {
            _as(proposer);
            issuance.cancel(id, REASON);
        } else if (!_isActive(confirmer)) {
            return;
        } else if (how == 1 || !confirmable) {
            _as(confirmer);
            issuance.reject(id, REASON);
        } else {
            _confirmAny(id, seed);
        }
    }

    function voidIssue(uint256 seed) external step {
        uint32 id = _findIssue(seed, Issuance.IssueState.Confirmed);
        if (id == 0) return;
        Issuance.Issue memory i = modelIssue[id];
        Receivables.Voucher memory v = modelVoucher[_voucherOf(id, 0)];
        if (modelReceivable[id].payments != 0 || v.holder != i.creditor || v.tier != 0) return;
        if (v.length != i.face || v.flags != 0) return;
        if (v.encumbrance != Receivables.Encumbrance.Free) return;
        uint32 actor = seed & 1 == 0 ? i.debtor : i.creditor;
        uint32 other = i.debtor + i.creditor - actor;
        if (i.voidAsked == actor) (actor, other) = (other, actor);
        if (!_isActive(actor)) return;
        _as(actor);
        issuance.voidIssue(id, REASON);
        if (i.voidAsked != 0 || seed & 6 != 0 || !_isActive(other)) return;
        _as(other);
        issuance.voidIssue(id, REASON);
    }

    /* INVOICES */

    /// @dev Notes are fewer than the words that stand by a debt, for most of it to move.
    function note(uint256 seed) external step {
        uint256 what = _random(seed, "what") % 6;
        if (what == 0) _correct(seed);
        else if (what < 3) _creditAny(seed);
        else _reaffirm(seed);
    }

    /// @dev A note on what an issue rests on, told to it at once or by anyone later; or a correction.
    function _creditAny(uint256 seed) private {
        uint32 id = _findIssue(seed, Issuance.IssueState.Confirmed);
        if (id == 0) return;
        bytes32 nullifier = modelIssue[id].invoice;
        Invoices.Invoice memory i = modelInvoice[nullifier];
        if (i.credited == i.total) return;
        uint256 most = i.total - i.credited;
        // Often so little that the debtor may stand by its debt.
        if (seed & 2 == 0 && i.total - i.credited > i.used) most = i.total - i.credited - i.used;
        uint48 amount = uint48(bound(_random(seed, "amount"), 1, most));
        _credit(nullifier, amount, seed & 4 == 0 ? _ids(id) : new uint32[](0));
        if (seed & 8 == 0) issuance.flagRedLetter(id);
    }

    function _correct(uint256 seed) private {
        uint256 count = foundInvoices.length;
        for (uint256 n; n < count; ++n) {
            bytes32 nullifier = foundInvoices[(seed % count + n) % count];
            Invoices.Invoice memory i = modelInvoice[nullifier];
            if (i.used != 0) continue;
            _as(TAX);
            uint48 least = i.credited == 0 ? 1 : i.credited;
            uint48 total = uint48(bound(_random(seed, "total"), least, MAX_FACE));
            invoices.correct(nullifier, total, DOCUMENT);
            return;
        }
    }

    function _reaffirm(uint256 seed) private {
        uint32 id = _findIssue(seed, Issuance.IssueState.Confirmed);
        if (id == 0) return;
        Issuance.Issue memory i = modelIssue[id];
        Invoices.Invoice memory v = modelInvoice[i.invoice];
        if (v.used > v.total - v.credited || !_isActive(i.debtor)) return;
        _as(i.debtor);
        issuance.reaffirm(id, DOCUMENT);
    }

    /* LIMITS */

    function _limit(uint256 seed) private {
        for (uint256 n; n < 3; ++n) {
            if (modelStopCause[_debtor(n)] == 0) continue;
            _govern(address(limits), abi.encodeCall(Limits.lift, (_debtor(n), DOCUMENT)));
            return;
        }
        uint32 debtor = _debtor(seed);
        uint256 how = _random(seed, "how") % 4;
        uint64 amount = uint64(bound(_random(seed, "amount"), 0, LIMIT));
        if (!_isActive(debtor) || !_isActive(HEAD)) {
            return;
        } else if (how == 0) {
            _setLimit(debtor, amount);
        } else if (how == 1) {
            _setGroupLimit(debtor, amount);
        } else if (how == 2) {
            uint32 group = modelGroupOf[debtor] == 0 ? HEAD : 0;
            _govern(address(limits), abi.encodeCall(Limits.setGroup, (debtor, group)));
        } else {
            _as(OPERATOR);
            limits.stop(debtor, REASON, DOCUMENT);
        }
    }

    function _overdue(uint256 seed) private {
        uint32 id = _findIssue(seed, Issuance.IssueState.Confirmed);
        if (id == 0) return;
        Receivables.Receivable memory r = modelReceivable[id];
        bool owed = r.state == Receivables.ReceivableState.Open;
        uint256 from = r.dueAt + modelPolicy[PolicyNames.OVERDUE_GRACE];
        if (modelOverdueStop[id]) {
            if (owed) _pay(id, r.face - r.paid);
            limits.liftOverdue(id);
        } else if (owed) {
            if (clock <= from) {
                if (_random(seed, "late") % 4 != 0) return;
                vm.warp(from + 1);
            }
            limits.stopOverdue(id);
        }
    }

    /* CIRCUMSTANCES */

    function circumstance(uint256 seed) external step {
        uint256 what = _random(seed, "what") % 6;
        if (what == 0) _limit(seed);
        else if (what < 3) _overdue(seed);
        else if (what == 3) _changeStanding(seed);
        else if (what == 4) _changePolicy(seed);
        else _rotateKey(seed);
    }

    function passTime(uint256 seed) external step {
        vm.warp(clock + bound(seed, 1, 10 days));
    }

    /// @dev Reinstates whoever is suspended before it suspends another, for most of them to stay able to act.
    function _changeStanding(uint256 seed) private {
        uint32[8] memory numbers = [ANCHOR, SUPPLIER, SECOND, THIRD, BANK, FACTOR, HEAD, TRADER];
        for (uint256 n; n < numbers.length; ++n) {
            if (_isActive(numbers[n])) continue;
            _reinstate(numbers[n]);
            return;
        }
        _suspend(numbers[seed % 8]);
    }

    function _changePolicy(uint256 seed) private {
        uint256 how = _random(seed, "how") % 5;
        uint64 random = uint64(_random(seed, "value"));
        vm.warp(clock + 1);
        if (how == 0) _setPolicy(PolicyNames.OFFER_PERIOD, 1 days + random % 30 days);
        if (how == 1) _setPolicy(PolicyNames.DISBURSE_PERIOD, 1 days + random % 30 days);
        if (how == 2) _setPolicy(PolicyNames.MAX_TIER, 1 + random % 9);
        if (how == 3) _setPolicy(PolicyNames.MIN_LENGTH, 1 + random % 3);
        if (how == 4) _setPolicy(PolicyNames.OVERDUE_GRACE, random % 20 days);
    }

    /// @dev Another key for the same participant, and back: no voucher tells the difference.
    function _rotateKey(uint256 seed) private {
        uint32 number = SUPPLIER + uint32(seed % 5);
        if (!_isActive(number)) return;
        address other = _account(1000 + number);
        _as(number);
        participants.rotateAccount(_account(number), other);
        vm.prank(other);
        participants.rotateAccount(other, _account(number));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attestations} from "./Attestations.sol";
import {Invoices} from "./Invoices.sol";
import {Limits} from "./Limits.sol";
import {Participants} from "./Participants.sol";
import {Policies} from "./Policies.sol";
import {PolicyNames} from "./PolicyNames.sol";
import {Receivables} from "./Receivables.sol";
import {Roles} from "./Roles.sol";

/// @title How a receivable comes to be: proposed by one party, confirmed (确权) or rejected by the other.
/// @notice A receivable rests on a delivery, on attested evidence of its trade and on an invoice that backs it,
/// within its debtor's limit. Its terms stand as they are proposed: to change them is to reject and propose anew.
contract Issuance {
    /* TYPES */

    enum IssueState {
        None,
        Proposed,
        Confirmed,
        Rejected,
        Cancelled,
        Void
    }

    /// @dev `deliveredAt` is when the goods or services were delivered; `interestShare` the part of a financing's
    /// interest that the debtor bears at most, in hundredths of a percent; `waivesDefences` that the debtor, by
    /// proposing or confirming, gives up defences and set-off against whoever holds the debt.
    struct Terms {
        uint32 debtor;
        uint32 creditor;
        uint48 face;
        uint16 currency;
        uint40 deliveredAt;
        uint40 dueAt;
        uint16 interestShare;
        bool waivesDefences;
        bytes32 evidence;
        bytes32 invoice;
    }

    /// @dev `flags` of `Receivables`; `notesSeen` is how many red-letter notes of the invoice the debtor knew of;
    /// `voidAsked` is who has asked for it to be void.
    struct Issue {
        uint32 debtor;
        uint32 creditor;
        uint48 face;
        uint16 currency;
        uint40 dueAt;
        uint16 interestShare;
        IssueState state;
        uint8 flags;
        bool proposedByDebtor;
        uint32 group;
        uint40 deliveredAt;
        uint32 notesSeen;
        uint32 voidAsked;
        bytes32 evidence;
        bytes32 invoice;
    }

    /* CONSTANTS */

    uint16 public constant WHOLE = 10_000;

    /* STORAGE */

    Participants public immutable participants;
    Policies public immutable policies;
    Attestations public immutable attestations;
    Invoices public immutable invoices;
    Limits public immutable limits;
    Receivables public immutable receivables;

    uint32 public issueCount;
    /// @dev By the receivable's number.
    mapping(uint32 receivable => Issue) internal _issue;

    /* EVENTS */

    event Proposed(
        uint32 indexed receivable,
        uint32 indexed debtor,
        uint32 indexed creditor,
        uint48 face,
        uint16 currency,
        uint40 deliveredAt,
        uint40 dueAt,
        uint16 interestShare,
        uint8 flags,
        bytes32 evidence,
        bytes32 invoice,
        address actor
    );
    event Confirmed(
        uint32 indexed receivable, uint80 indexed voucher, uint32 indexed holder, address actor
    );
    event Rejected(uint32 indexed receivable, bytes32 reason, address actor);
    event Cancelled(uint32 indexed receivable, bytes32 reason, address actor);
    event VoidAsked(uint32 indexed receivable, uint32 indexed by, bytes32 reason, address actor);
    event Voided(uint32 indexed receivable, uint80 indexed voucher, bytes32 reason, address actor);
    event RedLettered(uint32 indexed receivable, bytes32 indexed invoice, address actor);
    event Reaffirmed(uint32 indexed receivable, bytes32 document, address actor);

    /* ERRORS */

    error NotParty(uint32 actor, uint32 debtor, uint32 creditor);
    error SameParty(uint32 number);
    error AmountZero();
    error NotDelivered(uint40 deliveredAt);
    error BadDueDate(uint40 dueAt, uint40 latest, bytes32 policy);
    error TermTooLongForSmallFirm(uint32 creditor, uint40 dueAt, uint40 latest, bytes32 policy);
    error BadInterestShare(uint16 interestShare);
    error EvidenceInvalid(bytes32 evidence);
    error EvidenceLevelTooLow(bytes32 evidence, uint8 level, uint8 needed, bytes32 policy);
    error IssueUnknown(uint32 receivable);
    error WrongIssueState(uint32 receivable, IssueState state);
    error NotConfirmer(uint32 receivable, uint32 actor, uint32 confirmer);
    error NotProposedBy(uint32 receivable, uint32 actor, uint32 proposer);
    error PastDue(uint32 receivable, uint40 dueAt);
    error AlreadyAsked(uint32 receivable, uint32 by);
    error DocumentEmpty();
    error NotRedLettered(uint32 receivable);

    constructor(
        Participants participants_,
        Policies policies_,
        Attestations attestations_,
        Invoices invoices_,
        Limits limits_,
        Receivables receivables_
    ) {
        participants = participants_;
        policies = policies_;
        attestations = attestations_;
        invoices = invoices_;
        limits = limits_;
        receivables = receivables_;
    }

    /* PROPOSAL */

    /// @notice Debtor or creditor proposes. The invoice's amount and the debtor's limit are taken here.
    /// @return id The receivable's number.
    function propose(Terms calldata terms) external returns (uint32 id) {
        return _propose(terms);
    }

    /// @notice Proposes a batch; all of it or nothing.
    function proposeMany(Terms[] calldata batch) external {
        for (uint256 n; n < batch.length; ++n) {
            _propose(batch[n]);
        }
    }

    /// @notice The other party's word makes the debt: one voucher over the whole face, held by the creditor.
    function confirm(uint32 id) external {
        _confirm(id);
    }

    /// @notice Confirms a batch; all of it or nothing.
    function confirmMany(uint32[] calldata ids) external {
        for (uint256 n; n < ids.length; ++n) {
            _confirm(ids[n]);
        }
    }

    function reject(uint32 id, bytes32 reason) external {
        Issue storage i = _proposed(id);
        _checkConfirmer(id, i.proposedByDebtor ? i.creditor : i.debtor);
        _end(i, IssueState.Rejected);
        emit Rejected(id, reason, msg.sender);
    }

    /// @notice The proposer takes back what nobody has confirmed.
    function cancel(uint32 id, bytes32 reason) external {
        Issue storage i = _proposed(id);
        uint32 actor = participants.actorOf(msg.sender, Roles.ALL);
        uint32 proposer = i.proposedByDebtor ? i.debtor : i.creditor;
        require(actor == proposer, NotProposedBy(id, actor, proposer));
        _end(i, IssueState.Cancelled);
        emit Cancelled(id, reason, msg.sender);
    }

    /* AFTER CONFIRMATION */

    /// @notice Debtor and creditor together void a receivable whose first voucher is untouched: one asks, the
    /// other's call voids it.
    function voidIssue(uint32 id, bytes32 reason) external {
        Issue storage i = _confirmed(id);
        uint32 actor = participants.actorOf(msg.sender, Roles.DEBTOR | Roles.SUPPLIER);
        require(actor == i.debtor || actor == i.creditor, NotParty(actor, i.debtor, i.creditor));
        receivables.requireUntouched(id, i.creditor);
        uint32 asked = i.voidAsked;
        require(asked != actor, AlreadyAsked(id, actor));
        if (asked == 0) {
            i.voidAsked = actor;
            emit VoidAsked(id, actor, reason, msg.sender);
            return;
        }
        i.state = IssueState.Void;
        invoices.release(i.invoice, i.face);
        emit Voided(id, receivables.voidUntouched(id), reason, msg.sender);
    }

    /// @notice A red-letter note came after confirmation: from here on nothing of the receivable is passed on.
    /// Anyone may say so, for the invoice itself tells.
    function flagRedLetter(uint32 id) external {
        Issue storage i = _confirmed(id);
        (,,,,,, uint32 notes) = invoices.invoice(i.invoice);
        require(notes > i.notesSeen, NotRedLettered(id));
        receivables.setRedLetter(id, true);
        emit RedLettered(id, i.invoice, msg.sender);
    }

    /// @notice The debtor states that it owes the whole face despite the note; the invoice must still cover all
    /// that is used of it.
    /// @param document Commitment to the debtor's statement.
    function reaffirm(uint32 id, bytes32 document) external {
        Issue storage i = _confirmed(id);
        uint32 actor = participants.actorOf(msg.sender, Roles.DEBTOR);
        require(actor == i.debtor, NotParty(actor, i.debtor, i.creditor));
        require(document != 0, DocumentEmpty());
        // Only a later note flags the receivable again.
        i.notesSeen = invoices.requireCovered(i.invoice);
        receivables.setRedLetter(id, false);
        emit Reaffirmed(id, document, msg.sender);
    }

    /* VIEWS */

    function issue(uint32 id) external view returns (Issue memory) {
        return _issue[id];
    }

    /* INTERNAL */

    function _propose(Terms calldata t) internal returns (uint32 id) {
        uint32 actor = participants.actorOf(msg.sender, Roles.DEBTOR | Roles.SUPPLIER);
        require(actor == t.debtor || actor == t.creditor, NotParty(actor, t.debtor, t.creditor));
        require(t.debtor != t.creditor, SameParty(t.debtor));
        participants.requireActive(t.debtor, Roles.DEBTOR);
        participants.requireActive(t.creditor, Roles.SUPPLIER);
        require(t.face != 0, AmountZero());
        require(t.interestShare <= WHOLE, BadInterestShare(t.interestShare));
        uint8 flags = _checkTerm(t);
        if (t.waivesDefences) flags |= receivables.WAIVED();
        _checkEvidence(t.evidence);
        invoices.use(t.invoice, t.creditor, t.currency, t.face);
        uint32 group = limits.reserve(t.debtor, t.currency, t.face);
        id = ++issueCount;
        Issue storage i = _issue[id];
        i.debtor = t.debtor;
        i.creditor = t.creditor;
        i.face = t.face;
        i.currency = t.currency;
        i.dueAt = t.dueAt;
        i.interestShare = t.interestShare;
        i.state = IssueState.Proposed;
        i.flags = flags;
        i.proposedByDebtor = actor == t.debtor;
        i.group = group;
        i.deliveredAt = t.deliveredAt;
        i.evidence = t.evidence;
        i.invoice = t.invoice;
        _emitProposed(id, flags, t);
    }

    /// @dev The due date against the terms in force, and the flags that it earns.
    function _checkTerm(Terms calldata t) internal view returns (uint8 flags) {
        require(t.deliveredAt != 0 && t.deliveredAt <= block.timestamp, NotDelivered(t.deliveredAt));
        uint40 latest = uint40(block.timestamp + policies.value(PolicyNames.LONGEST_TERM));
        require(
            t.dueAt > block.timestamp && t.dueAt <= latest,
            BadDueDate(t.dueAt, latest, PolicyNames.LONGEST_TERM)
        );
        if (t.dueAt > block.timestamp + policies.value(PolicyNames.REVIEW_TERM)) {
            flags |= receivables.EXTENDED();
        }
        if (
            participants.hasRole(t.creditor, Roles.SMALL_FIRM)
                && participants.hasRole(t.debtor, Roles.LARGE_FIRM)
        ) {
            latest = t.deliveredAt + uint40(policies.value(PolicyNames.SMALL_FIRM_TERM));
            if (t.dueAt > latest) {
                require(
                    policies.value(PolicyNames.SMALL_FIRM_REFUSED) == 0,
                    TermTooLongForSmallFirm(
                        t.creditor, t.dueAt, latest, PolicyNames.SMALL_FIRM_TERM
                    )
                );
                flags |= receivables.LATE_FOR_SMALL_FIRM();
            }
        }
    }

    function _emitProposed(uint32 id, uint8 flags, Terms calldata t) internal {
        emit Proposed(
            id,
            t.debtor,
            t.creditor,
            t.face,
            t.currency,
            t.deliveredAt,
            t.dueAt,
            t.interestShare,
            flags,
            t.evidence,
            t.invoice,
            msg.sender
        );
    }

    function _confirm(uint32 id) internal {
        Issue storage i = _proposed(id);
        _checkConfirmer(id, i.proposedByDebtor ? i.creditor : i.debtor);
        participants.requireActive(i.debtor, Roles.DEBTOR);
        participants.requireActive(i.creditor, Roles.SUPPLIER);
        require(block.timestamp < i.dueAt, PastDue(id, i.dueAt));
        _checkEvidence(i.evidence);
        i.notesSeen = invoices.requireCovered(i.invoice);
        limits.commit(i.debtor, i.group, i.currency, i.face);
        i.state = IssueState.Confirmed;
        uint80 voucherId = receivables.open(
            id,
            Receivables.Opening({
                debtor: i.debtor,
                creditor: i.creditor,
                face: i.face,
                currency: i.currency,
                dueAt: i.dueAt,
                interestShare: i.interestShare,
                group: i.group,
                flags: i.flags,
                maxTier: uint8(policies.value(PolicyNames.MAX_TIER)),
                maxLegs: uint8(policies.value(PolicyNames.MAX_LEGS)),
                minLength: uint48(policies.value(PolicyNames.MIN_LENGTH)),
                offerPeriod: uint32(policies.value(PolicyNames.OFFER_PERIOD))
            })
        );
        emit Confirmed(id, voucherId, i.creditor, msg.sender);
    }

    function _end(Issue storage i, IssueState state) internal {
        i.state = state;
        invoices.release(i.invoice, i.face);
        limits.unreserve(i.debtor, i.group, i.currency, i.face);
    }

    function _proposed(uint32 id) internal view returns (Issue storage i) {
        i = _issue[id];
        require(i.state != IssueState.None, IssueUnknown(id));
        require(i.state == IssueState.Proposed, WrongIssueState(id, i.state));
    }

    function _confirmed(uint32 id) internal view returns (Issue storage i) {
        i = _issue[id];
        require(i.state != IssueState.None, IssueUnknown(id));
        require(i.state == IssueState.Confirmed, WrongIssueState(id, i.state));
    }

    function _checkConfirmer(uint32 id, uint32 confirmer) internal view {
        uint32 actor = participants.actorOf(msg.sender, Roles.DEBTOR | Roles.SUPPLIER);
        require(actor == confirmer, NotConfirmer(id, actor, confirmer));
    }

    function _checkEvidence(bytes32 evidence) internal view {
        Attestations.AttestationStatus memory s = attestations.statusOf(evidence);
        require(s.exists && !s.revoked && !s.expired, EvidenceInvalid(evidence));
        uint8 needed = uint8(policies.value(PolicyNames.EVIDENCE_LEVEL));
        require(
            s.level >= needed,
            EvidenceLevelTooLow(evidence, s.level, needed, PolicyNames.EVIDENCE_LEVEL)
        );
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attestations} from "../../src/Attestations.sol";
import {Invoices} from "../../src/Invoices.sol";
import {Issuance} from "../../src/Issuance.sol";
import {Participants} from "../../src/Participants.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev Propose, confirm, reject, cancel.
contract IssueTest is Fixture {
    function _proposeRefused(uint32 actor, Issuance.Terms memory terms, bytes memory refusal)
        internal
    {
        _refused(actor, address(issuance), abi.encodeCall(Issuance.propose, (terms)), refusal);
    }

    function _proposeRefused(Issuance.Terms memory terms, bytes memory refusal) internal {
        _proposeRefused(SUPPLIER, terms, refusal);
    }

    function _confirmRefused(uint32 actor, uint32 id, bytes memory refusal) internal {
        _refused(actor, address(issuance), abi.encodeCall(Issuance.confirm, (id)), refusal);
    }

    /* PROPOSE */

    function testProposeByNoParty() public {
        Issuance.Terms memory terms = _terms(FACE);
        _proposeRefused(
            SECOND,
            terms,
            abi.encodeWithSelector(Issuance.NotParty.selector, SECOND, ANCHOR, SUPPLIER)
        );
    }

    function testProposeOfOneself() public {
        _setRoles(ANCHOR, Roles.DEBTOR | Roles.SUPPLIER);
        Issuance.Terms memory terms = _terms(ANCHOR, ANCHOR, FACE);
        _proposeRefused(ANCHOR, terms, abi.encodeWithSelector(Issuance.SameParty.selector, ANCHOR));
    }

    function testProposeNothing() public {
        Issuance.Terms memory terms = _terms(FACE);
        terms.face = 0;
        _proposeRefused(terms, abi.encodeWithSelector(Issuance.AmountZero.selector));
    }

    function testProposeMoreThanTheWholeInterest(uint16 interestShare) public {
        interestShare = uint16(bound(interestShare, 10_001, type(uint16).max));
        Issuance.Terms memory terms = _terms(FACE);
        terms.interestShare = interestShare;
        _proposeRefused(
            terms, abi.encodeWithSelector(Issuance.BadInterestShare.selector, interestShare)
        );
    }

    function testProposeBeforeDelivery(uint40 deliveredAt) public {
        deliveredAt = uint40(bound(deliveredAt, NOW + 1, type(uint40).max));
        Issuance.Terms memory terms = _terms(FACE);
        terms.deliveredAt = deliveredAt;
        _proposeRefused(terms, abi.encodeWithSelector(Issuance.NotDelivered.selector, deliveredAt));
        terms.deliveredAt = 0;
        _proposeRefused(terms, abi.encodeWithSelector(Issuance.NotDelivered.selector, 0));
        terms.deliveredAt = NOW;
        _propose(SUPPLIER, terms);
    }

    function testProposePastDue(uint40 dueAt) public {
        dueAt = uint40(bound(dueAt, 0, NOW));
        Issuance.Terms memory terms = _terms(FACE);
        terms.dueAt = dueAt;
        _proposeRefused(terms, _badDueDate(dueAt));
    }

    function testProposeBeyondTheLongestTerm(uint40 dueAt) public {
        dueAt = uint40(bound(dueAt, NOW + LONGEST_TERM + 1, type(uint40).max));
        Issuance.Terms memory terms = _terms(FACE);
        terms.dueAt = dueAt;
        _proposeRefused(terms, _badDueDate(dueAt));
        terms.dueAt = NOW + LONGEST_TERM;
        _propose(SUPPLIER, terms);
    }

    function _badDueDate(uint40 dueAt) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(
            Issuance.BadDueDate.selector, dueAt, NOW + LONGEST_TERM, PolicyNames.LONGEST_TERM
        );
    }

    /// @dev A term longer than the one for review is extended, and no shorter one is.
    function testProposeAnExtendedTerm(uint40 term) public {
        term = uint40(bound(term, 1, LONGEST_TERM));
        Issuance.Terms memory terms = _terms(FACE);
        terms.dueAt = NOW + term;
        uint32 id = _propose(SUPPLIER, terms);
        assertEq(
            issuance.issue(id).flags,
            term > REVIEW_TERM ? receivables.EXTENDED() : 0,
            "extended or not"
        );
    }

    /// @dev Counted from delivery, not from the proposal.
    function testProposeTooLongForASmallFirm(uint40 deliveredAt, uint40 dueAt) public {
        deliveredAt = uint40(bound(deliveredAt, NOW - 59 days, NOW));
        uint40 latest = deliveredAt + SMALL_FIRM_TERM;
        dueAt = uint40(bound(dueAt, latest + 1, NOW + LONGEST_TERM));
        Issuance.Terms memory terms = _terms(ANCHOR, THIRD, FACE);
        (terms.deliveredAt, terms.dueAt) = (deliveredAt, dueAt);
        _proposeRefused(
            THIRD,
            terms,
            abi.encodeWithSelector(
                Issuance.TermTooLongForSmallFirm.selector,
                THIRD,
                dueAt,
                latest,
                PolicyNames.SMALL_FIRM_TERM
            )
        );
        terms.dueAt = latest;
        uint32 id = _propose(THIRD, terms);
        assertEq(issuance.issue(id).flags, 0, "in time");
    }

    /// @dev Where it is not refused, it is flagged for good.
    function testProposeLateForASmallFirm() public {
        _setPolicy(PolicyNames.SMALL_FIRM_REFUSED, 0);
        Issuance.Terms memory terms = _terms(ANCHOR, THIRD, FACE);
        terms.dueAt = NOW + REVIEW_TERM + 2;
        terms.waivesDefences = true;
        uint32 id = _propose(THIRD, terms);
        uint8 expected =
            receivables.WAIVED() | receivables.EXTENDED() | receivables.LATE_FOR_SMALL_FIRM();
        assertEq(issuance.issue(id).flags, expected, "flags of the issue");
        _confirm(id);
        assertEq(receivables.receivable(id).flags, expected, "flags of the receivable");
    }

    /// @dev The rule is for a large firm that owes a small one, and for no other pair.
    function testProposeBetweenOtherFirms() public {
        uint32[2][3] memory pairs = [[ANCHOR, SUPPLIER], [HEAD, THIRD], [HEAD, SUPPLIER]];
        for (uint256 n; n < pairs.length; ++n) {
            Issuance.Terms memory terms = _terms(pairs[n][0], pairs[n][1], FACE);
            terms.dueAt = NOW + REVIEW_TERM;
            uint32 id = _propose(pairs[n][1], terms);
            assertEq(issuance.issue(id).flags, 0, "no flags");
        }
    }

    function testProposeOnUnknownEvidence() public {
        Issuance.Terms memory terms = _terms(FACE);
        terms.evidence = "unknown";
        _proposeRefused(
            terms, abi.encodeWithSelector(Issuance.EvidenceInvalid.selector, bytes32("unknown"))
        );
    }

    function testProposeOnRevokedEvidence() public {
        Issuance.Terms memory terms = _terms(FACE);
        _as(CARRIER);
        attestations.revoke(terms.evidence, REASON);
        _proposeRefused(
            terms, abi.encodeWithSelector(Issuance.EvidenceInvalid.selector, terms.evidence)
        );
    }

    function testProposeOnExpiredEvidence() public {
        Issuance.Terms memory terms = _terms(FACE);
        terms.evidence = _new();
        uint40 expiresAt = NOW + 1 days;
        _as(CARRIER);
        attestations.attest(_statement(terms.evidence, REVOCABLE_SCHEMA, MIN_LEVEL, expiresAt));
        uint256 snapshot = vm.snapshotState();
        vm.warp(expiresAt);
        _propose(SUPPLIER, terms);
        vm.revertToState(snapshot);
        vm.warp(expiresAt + 1);
        _proposeRefused(
            terms, abi.encodeWithSelector(Issuance.EvidenceInvalid.selector, terms.evidence)
        );
    }

    function testProposeOnEvidenceOfALowLevel(uint8 needed, uint8 level) public {
        needed = uint8(bound(needed, 1, 4));
        level = uint8(bound(level, 0, needed - 1));
        _setPolicy(PolicyNames.EVIDENCE_LEVEL, needed);
        Issuance.Terms memory terms = _terms(FACE);
        terms.evidence = _attested(level);
        _proposeRefused(
            terms,
            abi.encodeWithSelector(
                Issuance.EvidenceLevelTooLow.selector,
                terms.evidence,
                level,
                needed,
                PolicyNames.EVIDENCE_LEVEL
            )
        );
        terms.evidence = _attested(needed);
        _propose(SUPPLIER, terms);
    }

    function testPropose(
        bool byDebtor,
        uint48 face,
        uint16 interestShare,
        bool waivesDefences,
        uint40 dueAt
    ) public {
        Issuance.Terms memory terms = _terms(uint48(bound(face, 1, MAX_FACE)));
        terms.interestShare = uint16(bound(interestShare, 0, 10_000));
        terms.waivesDefences = waivesDefences;
        terms.dueAt = uint40(bound(dueAt, NOW + 1, NOW + REVIEW_TERM));
        uint32 actor = byDebtor ? ANCHOR : SUPPLIER;
        uint8 flags = waivesDefences ? receivables.WAIVED() : 0;
        vm.expectEmit(address(issuance));
        emit Issuance.Proposed(
            1,
            ANCHOR,
            SUPPLIER,
            terms.face,
            CNY,
            DELIVERED_AT,
            terms.dueAt,
            terms.interestShare,
            flags,
            terms.evidence,
            terms.invoice,
            _account(actor)
        );
        assertEq(_propose(actor, terms), 1, "number");
        Issuance.Issue memory expected = Issuance.Issue({
            debtor: ANCHOR,
            creditor: SUPPLIER,
            face: terms.face,
            currency: CNY,
            dueAt: terms.dueAt,
            interestShare: terms.interestShare,
            state: Issuance.IssueState.Proposed,
            flags: flags,
            proposedByDebtor: byDebtor,
            group: HEAD,
            deliveredAt: DELIVERED_AT,
            notesSeen: 0,
            voidAsked: 0,
            evidence: terms.evidence,
            invoice: terms.invoice
        });
        assertEq(abi.encode(issuance.issue(1)), abi.encode(expected), "issue");
        assertEq(issuance.issueCount(), 1, "issues");
        Receivables.Receivable memory none;
        assertEq(abi.encode(receivables.receivable(1)), abi.encode(none), "no debt yet");
    }

    /* BATCHES */

    function _batch(uint48 first, uint48 second) internal returns (Issuance.Terms[] memory batch) {
        batch = new Issuance.Terms[](2);
        (batch[0], batch[1]) = (_terms(first), _terms(second));
    }

    function testProposeManyWithOneThatIsRefused() public {
        Issuance.Terms[] memory batch = _batch(1, 2);
        batch[1].face = 0;
        _refused(
            SUPPLIER,
            address(issuance),
            abi.encodeCall(Issuance.proposeMany, (batch)),
            abi.encodeWithSelector(Issuance.AmountZero.selector)
        );
        assertEq(issuance.issueCount(), 0, "nothing of it");
    }

    /// @dev A batch is its proposals, one after another.
    function testProposeMany(uint48 first, uint48 second) public {
        Issuance.Terms[] memory batch =
            _batch(uint48(bound(first, 1, MAX_FACE)), uint48(bound(second, 1, MAX_FACE)));
        uint256 snapshot = vm.snapshotState();
        _propose(SUPPLIER, batch[0]);
        _propose(SUPPLIER, batch[1]);
        bytes memory expected =
            abi.encode(issuance.issue(1), issuance.issue(2), _limitOf(ANCHOR, CNY));
        vm.revertToState(snapshot);
        _as(SUPPLIER);
        issuance.proposeMany(batch);
        assertEq(
            abi.encode(issuance.issue(1), issuance.issue(2), _limitOf(ANCHOR, CNY)),
            expected,
            "one after another"
        );
    }

    /// @dev One invoice does not back twice within a batch either.
    function testProposeManyOnOneInvoice() public {
        Issuance.Terms[] memory batch = _batch(5, 5);
        batch[1].invoice = batch[0].invoice;
        _refused(
            SUPPLIER,
            address(issuance),
            abi.encodeCall(Issuance.proposeMany, (batch)),
            abi.encodeWithSelector(Invoices.InvoiceUsedUp.selector, batch[0].invoice, 5, 0)
        );
    }

    function testConfirmMany() public {
        uint32[] memory ids = new uint32[](2);
        (ids[0], ids[1]) = (_proposed(5), _proposed(7));
        uint32[] memory twice = new uint32[](2);
        (twice[0], twice[1]) = (ids[0], ids[0]);
        _refused(
            ANCHOR,
            address(issuance),
            abi.encodeCall(Issuance.confirmMany, (twice)),
            abi.encodeWithSelector(
                Issuance.WrongIssueState.selector, ids[0], Issuance.IssueState.Confirmed
            )
        );
        _as(ANCHOR);
        issuance.confirmMany(ids);
        assertEq(_voucher(_voucherOf(ids[0], 0)).length, 5, "the first");
        assertEq(_voucher(_voucherOf(ids[1], 0)).length, 7, "the second");
    }

    /* CONFIRM */

    function testConfirmUnknown() public {
        _confirmRefused(ANCHOR, 1, abi.encodeWithSelector(Issuance.IssueUnknown.selector, 1));
    }

    /// @dev What has come to an end, or to a debt, stays as it is.
    function testAnswerAgain() public {
        uint32 rejected = _proposed(FACE);
        _as(ANCHOR);
        issuance.reject(rejected, REASON);
        _answersRefused(rejected, Issuance.IssueState.Rejected);
        uint32 cancelled = _proposed(FACE);
        _as(SUPPLIER);
        issuance.cancel(cancelled, REASON);
        _answersRefused(cancelled, Issuance.IssueState.Cancelled);
        uint32 confirmed = _receivableOf(_confirmed(FACE));
        _answersRefused(confirmed, Issuance.IssueState.Confirmed);
        _as(ANCHOR);
        issuance.voidIssue(confirmed, REASON);
        _as(SUPPLIER);
        issuance.voidIssue(confirmed, REASON);
        _answersRefused(confirmed, Issuance.IssueState.Void);
    }

    function _answersRefused(uint32 id, Issuance.IssueState state) internal {
        bytes memory refusal = abi.encodeWithSelector(Issuance.WrongIssueState.selector, id, state);
        _confirmRefused(ANCHOR, id, refusal);
        _refused(ANCHOR, address(issuance), abi.encodeCall(Issuance.reject, (id, REASON)), refusal);
        _refused(
            SUPPLIER, address(issuance), abi.encodeCall(Issuance.cancel, (id, REASON)), refusal
        );
    }

    function testConfirmByItsProposer() public {
        uint32 id = _proposed(FACE);
        _confirmRefused(
            SUPPLIER,
            id,
            abi.encodeWithSelector(Issuance.NotConfirmer.selector, id, SUPPLIER, ANCHOR)
        );
        id = _propose(ANCHOR, _terms(FACE));
        _confirmRefused(
            ANCHOR, id, abi.encodeWithSelector(Issuance.NotConfirmer.selector, id, ANCHOR, SUPPLIER)
        );
    }

    function testConfirmByAnother() public {
        uint32 id = _proposed(FACE);
        _confirmRefused(
            HEAD, id, abi.encodeWithSelector(Issuance.NotConfirmer.selector, id, HEAD, ANCHOR)
        );
    }

    function testConfirmPastDue(uint40 late) public {
        uint32 id = _proposed(FACE);
        vm.warp(bound(late, DUE_AT, VALID_UNTIL));
        _confirmRefused(ANCHOR, id, abi.encodeWithSelector(Issuance.PastDue.selector, id, DUE_AT));
    }

    function testConfirmAfterItsEvidenceWasRevoked() public {
        uint32 id = _proposed(FACE);
        bytes32 evidence = issuance.issue(id).evidence;
        _as(CARRIER);
        attestations.revoke(evidence, REASON);
        _confirmRefused(
            ANCHOR, id, abi.encodeWithSelector(Issuance.EvidenceInvalid.selector, evidence)
        );
    }

    function testConfirmAfterMoreWasAskedOfEvidence() public {
        uint32 id = _proposed(FACE);
        _setPolicy(PolicyNames.EVIDENCE_LEVEL, 4);
        _confirmRefused(
            ANCHOR,
            id,
            abi.encodeWithSelector(
                Issuance.EvidenceLevelTooLow.selector,
                issuance.issue(id).evidence,
                MIN_LEVEL,
                4,
                PolicyNames.EVIDENCE_LEVEL
            )
        );
    }

    function testConfirmWhatANoteLeftUncovered(uint48 credited) public {
        credited = uint48(bound(credited, 1, FACE));
        uint32 id = _proposed(FACE);
        bytes32 nullifier = issuance.issue(id).invoice;
        _credit(nullifier, credited, new uint32[](0));
        _confirmRefused(
            ANCHOR,
            id,
            abi.encodeWithSelector(
                Invoices.InvoiceUsedUp.selector, nullifier, FACE, FACE - credited
            )
        );
    }

    /// @dev The proposer's word does not outlast its right to give it.
    function testConfirmWithoutAProposer() public {
        uint32 id = _proposed(FACE);
        _suspend(SUPPLIER);
        _confirmRefused(
            ANCHOR, id, abi.encodeWithSelector(Participants.ParticipantSuspended.selector, SUPPLIER)
        );
    }

    function testConfirm(bool byDebtor, uint48 face, uint16 interestShare) public {
        Issuance.Terms memory terms = _terms(uint48(bound(face, 1, MAX_FACE)));
        terms.interestShare = uint16(bound(interestShare, 0, 10_000));
        (uint32 proposer, uint32 confirmer) = byDebtor ? (SUPPLIER, ANCHOR) : (ANCHOR, SUPPLIER);
        uint32 id = _propose(proposer, terms);
        uint80 voucherId = _voucherOf(id, 0);
        vm.expectEmit(address(issuance));
        emit Issuance.Confirmed(id, voucherId, SUPPLIER, _account(confirmer));
        _as(confirmer);
        issuance.confirm(id);

        assertTrue(issuance.issue(id).state == Issuance.IssueState.Confirmed, "state");
        Receivables.Receivable memory r;
        (r.debtor, r.creditor, r.group) = (ANCHOR, SUPPLIER, HEAD);
        (r.face, r.currency, r.dueAt) = (terms.face, CNY, DUE_AT);
        r.interestShare = terms.interestShare;
        r.state = Receivables.ReceivableState.Open;
        (r.maxTier, r.maxLegs, r.minLength, r.offerPeriod) = (MAX_TIER, MAX_LEGS, 1, OFFER_PERIOD);
        assertEq(abi.encode(receivables.receivable(id)), abi.encode(r), "receivable");
        Receivables.Voucher memory v;
        (v.holder, v.length, v.life) = (SUPPLIER, terms.face, Receivables.Life.Live);
        assertEq(abi.encode(_voucher(voucherId)), abi.encode(v), "voucher");
    }

    /// @dev What parameters are in force at confirmation stays with the receivable; no others touch it.
    function testConfirmUnderTheParametersInForce() public {
        uint32 id = _proposed(FACE);
        _setPolicy(PolicyNames.MAX_TIER, 254);
        _setPolicy(PolicyNames.MAX_LEGS, 255);
        _setPolicy(PolicyNames.MIN_LENGTH, MAX_FACE);
        _setPolicy(PolicyNames.OFFER_PERIOD, 3650 days);
        _confirm(id);
        Receivables.Receivable memory r = receivables.receivable(id);
        _setPolicy(PolicyNames.MAX_TIER, 1);
        _setPolicy(PolicyNames.MAX_LEGS, 1);
        _setPolicy(PolicyNames.MIN_LENGTH, 1);
        _setPolicy(PolicyNames.OFFER_PERIOD, 1);
        assertEq(abi.encode(receivables.receivable(id)), abi.encode(r), "as it was");
        assertEq(r.maxTier, 254, "tiers");
        assertEq(r.maxLegs, 255, "legs");
        assertEq(r.minLength, MAX_FACE, "least length");
        assertEq(r.offerPeriod, 3650 days, "offer period");
    }

    /* REJECT AND CANCEL */

    function testRejectByItsProposer() public {
        uint32 id = _proposed(FACE);
        _refused(
            SUPPLIER,
            address(issuance),
            abi.encodeCall(Issuance.reject, (id, REASON)),
            abi.encodeWithSelector(Issuance.NotConfirmer.selector, id, SUPPLIER, ANCHOR)
        );
    }

    function testCancelByItsConfirmer() public {
        uint32 id = _proposed(FACE);
        _refused(
            ANCHOR,
            address(issuance),
            abi.encodeCall(Issuance.cancel, (id, REASON)),
            abi.encodeWithSelector(Issuance.NotProposedBy.selector, id, ANCHOR, SUPPLIER)
        );
    }

    /// @dev Whatever the time and whatever became of the other side.
    function testReject(bool byDebtor) public {
        (uint32 proposer, uint32 confirmer) = byDebtor ? (SUPPLIER, ANCHOR) : (ANCHOR, SUPPLIER);
        uint32 id = _propose(proposer, _terms(FACE));
        _suspend(proposer);
        vm.warp(DUE_AT + 1);
        vm.expectEmit(address(issuance));
        emit Issuance.Rejected(id, REASON, _account(confirmer));
        _as(confirmer);
        issuance.reject(id, REASON);
        assertTrue(issuance.issue(id).state == Issuance.IssueState.Rejected, "state");
    }

    function testCancel(bool byDebtor) public {
        (uint32 proposer, uint32 confirmer) = byDebtor ? (ANCHOR, SUPPLIER) : (SUPPLIER, ANCHOR);
        uint32 id = _propose(proposer, _terms(FACE));
        _suspend(confirmer);
        // It may have become something else since.
        _setRoles(proposer, Roles.AUDITOR);
        vm.warp(DUE_AT + 1);
        vm.expectEmit(address(issuance));
        emit Issuance.Cancelled(id, REASON, _account(proposer));
        _as(proposer);
        issuance.cancel(id, REASON);
        assertTrue(issuance.issue(id).state == Issuance.IssueState.Cancelled, "state");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "../../src/Participants.sol";
import {Receivables} from "../../src/Receivables.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev From the policy to the confirmed receivable.
contract IssueTest is Fixture {
    /* POLICY */

    function _badPolicies() internal pure returns (Receivables.Policy[] memory bad) {
        bad = new Receivables.Policy[](8);
        for (uint256 i; i < bad.length; ++i) {
            bad[i] = _policy();
        }
        bad[0].maxTerm = 0;
        bad[1].offerPeriod = 0;
        bad[2].disbursePeriod = 0;
        bad[3].maxTier = 0;
        bad[4].maxTier = type(uint8).max;
        bad[5].maxLegs = 0;
        bad[6].minLevel = 5;
        // As many legs would bring a voucher's version back to where it was.
        bad[7].maxLegs = 256;
    }

    function testSetBadPolicy() public {
        Receivables.Policy[] memory bad = _badPolicies();
        for (uint256 i; i < bad.length; ++i) {
            _governRefused(
                address(receivables),
                abi.encodeCall(Receivables.setPolicy, (bad[i])),
                abi.encodeWithSelector(Receivables.BadPolicy.selector)
            );
        }
    }

    function testDeployedWithBadPolicy() public {
        Receivables.Policy[] memory bad = _badPolicies();
        for (uint256 i; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Receivables.BadPolicy.selector));
            new Receivables(participants, attestations, bad[i]);
        }
    }

    function testSetPolicy() public {
        Participants.Call[] memory calls = _call(
            address(receivables),
            abi.encodeCall(Receivables.setPolicy, (Receivables.Policy(1, 2, 3, 254, 4, 255)))
        );
        uint32 id = _approved(calls);
        vm.expectEmit(address(receivables));
        emit Receivables.PolicySet(1, 2, 3, 254, 4, 255);
        vm.prank(GOVERNOR_A);
        participants.execute(id, calls);
        (
            uint32 maxTerm,
            uint32 offerPeriod,
            uint32 disbursePeriod,
            uint8 maxTier,
            uint8 minLevel,
            uint16 maxLegs
        ) = receivables.policy();
        assertEq(maxTerm, 1, "max term");
        assertEq(offerPeriod, 2, "offer period");
        assertEq(disbursePeriod, 3, "disburse period");
        assertEq(maxTier, 254, "max tier");
        assertEq(minLevel, 4, "min level");
        assertEq(maxLegs, 255, "max legs");
    }

    /* INVOICES */

    function testRegisterInvoiceWithoutNullifier() public {
        vm.expectRevert(abi.encodeWithSelector(Receivables.InvoiceUnknown.selector, bytes32(0)));
        _as(TAX);
        receivables.registerInvoice(0, SUPPLIER, CNY, FACE);
    }

    function testRegisterInvoiceOverNothing() public {
        vm.expectRevert(abi.encodeWithSelector(Receivables.AmountZero.selector));
        _as(TAX);
        receivables.registerInvoice(REASON, SUPPLIER, CNY, 0);
    }

    function testRegisterInvoiceTwice() public {
        bytes32 nullifier = _invoiced(FACE);
        vm.expectRevert(abi.encodeWithSelector(Receivables.InvoiceExists.selector, nullifier));
        _as(CARRIER);
        receivables.registerInvoice(nullifier, SECOND, EUR, 2 * FACE);
    }

    function testRegisterInvoiceOfNoSupplier() public {
        _as(TAX);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantUnknown.selector, UNKNOWN));
        receivables.registerInvoice(REASON, UNKNOWN, CNY, FACE);
        _as(TAX);
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, CARRIER, Roles.ATTESTER, Roles.SUPPLIER
            )
        );
        receivables.registerInvoice(REASON, CARRIER, CNY, FACE);
    }

    function testRegisterInvoice(uint256 seed, uint16 currency, uint48 total) public {
        vm.assume(total != 0);
        uint32 creditor = uint32(bound(seed, SUPPLIER, THIRD));
        vm.expectEmit(address(receivables));
        emit Receivables.InvoiceRegistered(REASON, TAX, creditor, currency, total, _account(TAX));
        _as(TAX);
        receivables.registerInvoice(REASON, creditor, currency, total);
        Receivables.Invoice memory invoice = _invoiceBy(REASON);
        assertEq(invoice.attester, TAX, "attester");
        assertEq(invoice.creditor, creditor, "creditor");
        assertEq(invoice.currency, currency, "currency");
        assertEq(invoice.total, total, "total");
        assertEq(invoice.used, 0, "used");
    }

    /* PROPOSE */

    struct Terms {
        uint32 proposer;
        uint32 debtor;
        uint32 creditor;
        uint48 face;
        uint40 dueAt;
        bytes32 evidence;
        bytes32 nullifier;
    }

    function _terms() internal returns (Terms memory) {
        return Terms({
            proposer: SUPPLIER,
            debtor: ANCHOR,
            creditor: SUPPLIER,
            face: FACE,
            dueAt: DUE_AT,
            evidence: _attested(),
            nullifier: _invoiced(FACE)
        });
    }

    function _propose(Terms memory t) internal returns (uint32) {
        _as(t.proposer);
        return
            receivables.propose(t.debtor, t.creditor, t.face, CNY, t.dueAt, t.evidence, t.nullifier);
    }

    function _proposeRefused(Terms memory t, bytes memory refusal) internal {
        vm.expectRevert(refusal);
        _propose(t);
    }

    function testProposeForOthers() public {
        Terms memory t = _terms();
        t.proposer = SECOND;
        _proposeRefused(
            t, abi.encodeWithSelector(Receivables.NotParty.selector, SECOND, ANCHOR, SUPPLIER)
        );
    }

    function testProposeToOneself() public {
        _setRoles(ANCHOR, Roles.DEBTOR | Roles.SUPPLIER);
        Terms memory t = _terms();
        (t.proposer, t.creditor) = (ANCHOR, ANCHOR);
        _proposeRefused(t, abi.encodeWithSelector(Receivables.SameParty.selector, ANCHOR));
    }

    function testProposeAgainstNoDebtor() public {
        Terms memory t = _terms();
        t.debtor = SECOND;
        _proposeRefused(
            t,
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, SECOND, Roles.SUPPLIER, Roles.DEBTOR
            )
        );
    }

    function testProposeInFavourOfNoSupplier() public {
        Terms memory t = _terms();
        (t.proposer, t.creditor) = (ANCHOR, BANK);
        _proposeRefused(
            t,
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, BANK, Roles.FINANCIER, Roles.SUPPLIER
            )
        );
    }

    function testProposeNothing() public {
        Terms memory t = _terms();
        t.face = 0;
        _proposeRefused(t, abi.encodeWithSelector(Receivables.AmountZero.selector));
    }

    function testProposeDue(uint40 dueAt) public {
        uint40 latest = START + MAX_TERM;
        vm.assume(dueAt <= START || dueAt > latest);
        Terms memory t = _terms();
        t.dueAt = dueAt;
        _proposeRefused(t, abi.encodeWithSelector(Receivables.BadDueDate.selector, dueAt, latest));
    }

    function testProposeDueJustBeyond() public {
        uint40 latest = START + MAX_TERM;
        Terms memory t = _terms();
        t.dueAt = latest + 1;
        _proposeRefused(
            t, abi.encodeWithSelector(Receivables.BadDueDate.selector, latest + 1, latest)
        );
        t.dueAt = START;
        _proposeRefused(t, abi.encodeWithSelector(Receivables.BadDueDate.selector, START, latest));
    }

    function testProposeOnUnattestedEvidence() public {
        Terms memory t = _terms();
        t.evidence = _new();
        _proposeRefused(t, abi.encodeWithSelector(Receivables.EvidenceInvalid.selector, t.evidence));
    }

    function testProposeOnRevokedEvidence() public {
        Terms memory t = _terms();
        _as(CARRIER);
        attestations.revoke(t.evidence, REASON);
        _proposeRefused(t, abi.encodeWithSelector(Receivables.EvidenceInvalid.selector, t.evidence));
    }

    function testProposeOnExpiredEvidence() public {
        Terms memory t = _terms();
        t.evidence = _new();
        _as(CARRIER);
        attestations.attest(t.evidence, REVOCABLE_SCHEMA, SUBJECT, 4, START + 1);
        vm.warp(START + 2);
        _proposeRefused(t, abi.encodeWithSelector(Receivables.EvidenceInvalid.selector, t.evidence));
    }

    function testProposeOnABatch() public {
        Terms memory t = _terms();
        t.evidence = _new();
        _as(CARRIER);
        attestations.anchor(t.evidence, REVOCABLE_SCHEMA, 1, 0, REASON);
        _proposeRefused(t, abi.encodeWithSelector(Receivables.EvidenceInvalid.selector, t.evidence));
    }

    function testProposeOnWeakEvidence(uint8 level, uint8 needed) public {
        needed = uint8(bound(needed, 1, 4));
        level = uint8(bound(level, 0, needed - 1));
        Receivables.Policy memory policy = _policy();
        policy.minLevel = needed;
        _setPolicy(policy);
        Terms memory t = _terms();
        t.evidence = _attested(level);
        _proposeRefused(
            t,
            abi.encodeWithSelector(
                Receivables.EvidenceLevelTooLow.selector, t.evidence, level, needed
            )
        );
        t.evidence = _attested(needed);
        _propose(t);
    }

    function testProposeOnUnknownInvoice() public {
        Terms memory t = _terms();
        t.nullifier = _new();
        _proposeRefused(t, abi.encodeWithSelector(Receivables.InvoiceUnknown.selector, t.nullifier));
    }

    function testProposeOnAnInvoiceOfAnother(uint256 seed) public {
        uint32 issuer = uint32(bound(seed, SECOND, THIRD));
        Terms memory t = _terms();
        t.nullifier = _invoiced(issuer, CNY, FACE);
        bytes memory refusal =
            abi.encodeWithSelector(Receivables.InvoiceOfAnother.selector, t.nullifier, issuer, CNY);
        _proposeRefused(t, refusal);
        t.proposer = ANCHOR;
        _proposeRefused(t, refusal);
        assertEq(_invoiceBy(t.nullifier).used, 0, "nothing is used");
    }

    /// @dev That it is due to one of the two is not enough: it must be due to the creditor.
    function testProposeOnAnInvoiceOfTheDebtor() public {
        _setRoles(ANCHOR, Roles.DEBTOR | Roles.SUPPLIER);
        Terms memory t = _terms();
        (t.proposer, t.nullifier) = (ANCHOR, _invoiced(ANCHOR, CNY, FACE));
        _proposeRefused(
            t,
            abi.encodeWithSelector(Receivables.InvoiceOfAnother.selector, t.nullifier, ANCHOR, CNY)
        );
    }

    function testProposeOnAnInvoiceInAnotherCurrency(uint16 currency) public {
        vm.assume(currency != CNY);
        Terms memory t = _terms();
        t.nullifier = _invoiced(SUPPLIER, currency, FACE);
        _proposeRefused(
            t,
            abi.encodeWithSelector(
                Receivables.InvoiceOfAnother.selector, t.nullifier, SUPPLIER, currency
            )
        );
        assertEq(_invoiceBy(t.nullifier).used, 0, "nothing is used");
    }

    /// @dev One invoice backs several receivables, and never more than its total.
    function testProposeBeyondTheInvoice(uint48 total, uint48 first, uint48 second) public {
        total = uint48(bound(total, 1, MAX_FACE - 1));
        first = uint48(bound(first, 1, total));
        second = uint48(bound(second, total - first + 1, MAX_FACE));
        Terms memory t = _terms();
        t.nullifier = _invoiced(total);
        t.face = first;
        uint32 id = _propose(t);
        assertEq(_invoiceOf(id).used, first, "used");
        t.face = second;
        (t.proposer, t.evidence) = (ANCHOR, _attested());
        _proposeRefused(
            t,
            abi.encodeWithSelector(
                Receivables.InvoiceUsedUp.selector, t.nullifier, second, total - first
            )
        );
        if (first == total) return;
        t.face = total - first;
        _propose(t);
        assertEq(_invoiceOf(id).used, total, "used");
    }

    function testProposeByCreditor(uint48 face, uint40 dueAt, uint16 currency) public {
        face = uint48(bound(face, 1, MAX_FACE));
        dueAt = uint40(bound(dueAt, START + 1, START + MAX_TERM));
        bytes32 evidence = _attested();
        bytes32 nullifier = _invoiced(SUPPLIER, currency, face);
        vm.expectEmit(address(receivables));
        emit Receivables.Proposed(
            1, ANCHOR, SUPPLIER, face, currency, dueAt, evidence, nullifier, _account(SUPPLIER)
        );
        _as(SUPPLIER);
        uint32 id =
            receivables.propose(ANCHOR, SUPPLIER, face, currency, dueAt, evidence, nullifier);

        assertEq(id, 1, "id");
        assertEq(receivables.receivableCount(), 1, "count");
        Receivables.Receivable memory r = receivables.receivable(id);
        assertEq(r.debtor, ANCHOR, "debtor");
        assertEq(r.creditor, SUPPLIER, "creditor");
        assertEq(r.dueAt, dueAt, "due at");
        assertEq(r.vouchers, 0, "vouchers");
        assertEq(r.payments, 0, "payments");
        assertTrue(r.state == Receivables.ReceivableState.Proposed, "state");
        assertFalse(r.proposedByDebtor, "proposed by debtor");
        assertEq(r.currency, currency, "currency");
        assertEq(r.paid, 0, "paid");
        assertEq(r.face, face, "face");
        assertEq(r.redeemed, 0, "redeemed");
        assertEq(r.evidence, evidence, "evidence");
        assertEq(r.invoice, nullifier, "invoice");
        assertEq(_invoiceOf(id).used, face, "used");
    }

    function testProposeByDebtor() public {
        Terms memory t = _terms();
        t.proposer = ANCHOR;
        vm.expectEmit(address(receivables));
        emit Receivables.Proposed(
            1, ANCHOR, SUPPLIER, FACE, CNY, DUE_AT, t.evidence, t.nullifier, _account(ANCHOR)
        );
        uint32 id = _propose(t);
        assertTrue(receivables.receivable(id).proposedByDebtor, "proposed by debtor");
    }

    /* CONFIRM */

    function _proposedByDebtor() internal returns (uint32) {
        Terms memory t = _terms();
        t.proposer = ANCHOR;
        return _propose(t);
    }

    function testConfirmUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, UNKNOWN));
        _as(ANCHOR);
        receivables.confirm(UNKNOWN);
    }

    function testConfirmOwnProposal() public {
        uint32 id = _proposed(FACE);
        vm.expectRevert(
            abi.encodeWithSelector(Receivables.NotConfirmer.selector, id, SUPPLIER, ANCHOR)
        );
        _as(SUPPLIER);
        receivables.confirm(id);

        id = _proposedByDebtor();
        vm.expectRevert(
            abi.encodeWithSelector(Receivables.NotConfirmer.selector, id, ANCHOR, SUPPLIER)
        );
        _as(ANCHOR);
        receivables.confirm(id);
    }

    function testConfirmByAnother() public {
        uint32 id = _proposed(FACE);
        vm.expectRevert(
            abi.encodeWithSelector(Receivables.NotConfirmer.selector, id, SECOND, ANCHOR)
        );
        _as(SECOND);
        receivables.confirm(id);
    }

    /// @dev Both sides must be able to act when a debt is made, not only who speaks last.
    function testConfirmWithASuspendedParty() public {
        uint32[2] memory ids = [_proposed(FACE), _proposedByDebtor()];
        uint32[2] memory proposers = [SUPPLIER, ANCHOR];
        uint32[2] memory confirmers = [ANCHOR, SUPPLIER];
        uint256 snapshot = vm.snapshotState();
        for (uint256 i; i < 2; ++i) {
            _suspend(proposers[i]);
            vm.expectRevert(
                abi.encodeWithSelector(Participants.ParticipantSuspended.selector, proposers[i])
            );
            _as(confirmers[i]);
            receivables.confirm(ids[i]);
            // What cannot be confirmed can still be rejected.
            _as(confirmers[i]);
            receivables.reject(ids[i], REASON);
            vm.revertToState(snapshot);
        }
    }

    function testConfirmByWhoIsDebtorNoMore() public {
        uint32 id = _proposed(FACE);
        _setRoles(ANCHOR, Roles.SUPPLIER);
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, ANCHOR, Roles.SUPPLIER, Roles.DEBTOR
            )
        );
        _as(ANCHOR);
        receivables.confirm(id);
    }

    function testConfirmInFavourOfWhoIsSupplierNoMore() public {
        uint32 id = _proposed(FACE);
        _setRoles(SUPPLIER, Roles.FINANCIER);
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, SUPPLIER, Roles.FINANCIER, Roles.SUPPLIER
            )
        );
        _as(ANCHOR);
        receivables.confirm(id);
    }

    function testConfirmPastDue() public {
        uint32 id = _proposed(FACE);
        vm.warp(DUE_AT);
        vm.expectRevert(abi.encodeWithSelector(Receivables.PastDue.selector, id, DUE_AT));
        _as(ANCHOR);
        receivables.confirm(id);
    }

    function testConfirmOnRevokedEvidence() public {
        uint32 id = _proposed(FACE);
        bytes32 evidence = receivables.receivable(id).evidence;
        _as(CARRIER);
        attestations.revoke(evidence, REASON);
        vm.expectRevert(abi.encodeWithSelector(Receivables.EvidenceInvalid.selector, evidence));
        _as(ANCHOR);
        receivables.confirm(id);
    }

    function testConfirmOnEvidenceTooWeakByNow() public {
        uint32 id = _proposed(FACE);
        Receivables.Policy memory policy = _policy();
        policy.minLevel = MIN_LEVEL + 1;
        _setPolicy(policy);
        bytes32 evidence = receivables.receivable(id).evidence;
        vm.expectRevert(
            abi.encodeWithSelector(
                Receivables.EvidenceLevelTooLow.selector, evidence, MIN_LEVEL, MIN_LEVEL + 1
            )
        );
        _as(ANCHOR);
        receivables.confirm(id);
    }

    function testConfirmInEveryOtherState() public {
        uint32[4] memory ids = _ended();
        for (uint8 i; i < 4; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(Receivables.WrongReceivableState.selector, ids[i], i + 2)
            );
            _as(ANCHOR);
            receivables.confirm(ids[i]);
        }
    }

    /// @dev Confirmed, rejected, cancelled, settled: states two to five.
    function _ended() internal returns (uint32[4] memory ids) {
        ids[0] = _receivableOf(_confirmed(FACE));
        ids[1] = _proposed(FACE);
        _as(ANCHOR);
        receivables.reject(ids[1], REASON);
        ids[2] = _proposed(FACE);
        _as(SUPPLIER);
        receivables.cancel(ids[2], REASON);
        ids[3] = _receivableOf(_confirmed(FACE));
        _pay(ids[3], FACE);
    }

    function _checkConfirm(uint32 id, uint32 confirmer) internal {
        uint64 voucherId = uint64(id) << 32 | 1;
        vm.warp(DUE_AT - 1);
        vm.expectEmit(address(receivables));
        emit Receivables.Confirmed(id, voucherId, SUPPLIER, _account(confirmer));
        _as(confirmer);
        assertEq(receivables.confirm(id), voucherId, "voucher");

        Receivables.Receivable memory r = receivables.receivable(id);
        assertTrue(r.state == Receivables.ReceivableState.Confirmed, "state");
        assertEq(r.vouchers, 1, "vouchers");
        Receivables.Voucher memory v = receivables.voucher(voucherId);
        assertEq(v.holder, SUPPLIER, "holder");
        assertEq(v.parent, 0, "parent");
        assertEq(v.counterparty, 0, "counterparty");
        assertEq(v.start, 0, "start");
        assertEq(v.length, FACE, "length");
        assertEq(v.since, DUE_AT - 1, "since");
        assertEq(v.tier, 0, "tier");
        assertTrue(v.life == Receivables.Life.Live, "life");
        assertTrue(v.encumbrance == Receivables.Encumbrance.Free, "encumbrance");
        assertEq(v.payments, 0, "payments");
        assertEq(v.version, 0, "version");
        assertEq(_invoiceOf(id).used, FACE, "used");
    }

    function testConfirmByDebtor() public {
        _checkConfirm(_proposed(FACE), ANCHOR);
    }

    function testConfirmByCreditor() public {
        _checkConfirm(_proposedByDebtor(), SUPPLIER);
    }

    /* REJECT, CANCEL */

    function testRejectUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, UNKNOWN));
        _as(ANCHOR);
        receivables.reject(UNKNOWN, REASON);
    }

    function testRejectOwnProposal() public {
        uint32 id = _proposed(FACE);
        vm.expectRevert(
            abi.encodeWithSelector(Receivables.NotConfirmer.selector, id, SUPPLIER, ANCHOR)
        );
        _as(SUPPLIER);
        receivables.reject(id, REASON);
    }

    function testRejectInEveryOtherState() public {
        uint32[4] memory ids = _ended();
        for (uint8 i; i < 4; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(Receivables.WrongReceivableState.selector, ids[i], i + 2)
            );
            _as(ANCHOR);
            receivables.reject(ids[i], REASON);
        }
    }

    function testReject() public {
        uint32 id = _proposed(FACE);
        vm.warp(DUE_AT + 1);
        vm.expectEmit(address(receivables));
        emit Receivables.Rejected(id, REASON, _account(ANCHOR));
        _as(ANCHOR);
        receivables.reject(id, REASON);
        Receivables.Receivable memory r = receivables.receivable(id);
        assertTrue(r.state == Receivables.ReceivableState.Rejected, "state");
        assertEq(r.vouchers, 0, "vouchers");
        assertEq(_invoiceOf(id).used, 0, "the invoice is free again");
    }

    function testCancelUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Receivables.ReceivableUnknown.selector, UNKNOWN));
        _as(ANCHOR);
        receivables.cancel(UNKNOWN, REASON);
    }

    function testCancelByTheOtherParty() public {
        uint32 id = _proposed(FACE);
        vm.expectRevert(
            abi.encodeWithSelector(Receivables.NotProposer.selector, id, ANCHOR, SUPPLIER)
        );
        _as(ANCHOR);
        receivables.cancel(id, REASON);
        id = _proposedByDebtor();
        vm.expectRevert(
            abi.encodeWithSelector(Receivables.NotProposer.selector, id, SUPPLIER, ANCHOR)
        );
        _as(SUPPLIER);
        receivables.cancel(id, REASON);
    }

    function testCancelInEveryOtherState() public {
        uint32[4] memory ids = _ended();
        for (uint8 i; i < 4; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(Receivables.WrongReceivableState.selector, ids[i], i + 2)
            );
            _as(SUPPLIER);
            receivables.cancel(ids[i], REASON);
        }
    }

    function testCancel() public {
        uint32 id = _proposed(FACE);
        vm.expectEmit(address(receivables));
        emit Receivables.Cancelled(id, REASON, _account(SUPPLIER));
        _as(SUPPLIER);
        receivables.cancel(id, REASON);
        assertTrue(
            receivables.receivable(id).state == Receivables.ReceivableState.Cancelled, "state"
        );
        assertEq(_invoiceOf(id).used, 0, "the invoice is free again");
    }

    function testCancelByDebtor() public {
        uint32 id = _proposedByDebtor();
        vm.expectEmit(address(receivables));
        emit Receivables.Cancelled(id, REASON, _account(ANCHOR));
        _as(ANCHOR);
        receivables.cancel(id, REASON);
    }

    /// @dev Only the ended receivable's part of the invoice is free again.
    function testEndedProposalFreesItsPartOfTheInvoice(uint48 first, uint48 second) public {
        first = uint48(bound(first, 1, MAX_FACE / 2));
        second = uint48(bound(second, 1, MAX_FACE / 2));
        Terms memory t = _terms();
        t.nullifier = _invoiced(first + second);
        t.face = first;
        uint32 a = _propose(t);
        t.face = second;
        _propose(t);
        _as(ANCHOR);
        receivables.reject(a, REASON);
        assertEq(_invoiceOf(a).used, second, "used");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Computations} from "../../src/Computations.sol";
import {Participants} from "../../src/Participants.sol";
import {Roles} from "../../src/Roles.sol";
import {Consortium} from "../utils/Consortium.sol";

contract ComputationsTest is Consortium {
    bytes32 internal constant PURPOSE = "purpose";
    bytes32 internal constant PROTOCOL = "protocol";
    bytes32 internal constant RESULT = "result";
    bytes32 internal constant PROOF = "proof";
    bytes32 internal constant TRANSCRIPT = "transcript";
    uint40 internal constant EXPIRES_AT = START + 30 days;
    uint16 internal constant BUDGET = 3;

    bytes32 internal input;
    bytes32 internal second;
    bytes32 internal model;

    function setUp() public override {
        super.setUp();
        input = _attested(0);
        second = _attested(0);
        model = _attested(0);
    }

    function _terms() internal view returns (Computations.Terms memory) {
        bytes32[] memory inputs = new bytes32[](2);
        (inputs[0], inputs[1]) = (input, second);
        return Computations.Terms(PURPOSE, PROTOCOL, model, inputs);
    }

    function _only(uint32 number) internal pure returns (uint32[] memory numbers) {
        numbers = new uint32[](1);
        numbers[0] = number;
    }

    /// @dev Two banks share the budget.
    function _banks() internal pure returns (uint32[] memory numbers) {
        numbers = new uint32[](2);
        (numbers[0], numbers[1]) = (BANK, FACTOR);
    }

    function _grant() internal returns (uint64) {
        return _grantTo(_only(BANK), BUDGET, EXPIRES_AT);
    }

    function _grantTo(uint32[] memory counterparties, uint16 budget, uint40 expiresAt)
        internal
        returns (uint64)
    {
        Computations.Terms memory terms = _terms();
        _as(SUPPLIER);
        return computations.grant(counterparties, terms, budget, expiresAt);
    }

    function _open(uint64 consentId) internal returns (bytes32) {
        Computations.Terms memory terms = _terms();
        _as(BANK);
        return computations.open(consentId, terms);
    }

    function _consent(uint64 id) internal view returns (Computations.Consent memory c) {
        (c.owner, c.expiresAt, c.budget, c.spent, c.withdrawn, c.counterparties, c.terms) =
            computations.consent(id);
    }

    function _job(bytes32 id) internal view returns (Computations.Job memory j) {
        (j.consent, j.opener, j.openedAt, j.closedAt, j.state, j.outcome) = computations.job(id);
    }

    function _revoke(bytes32 commitment) internal {
        _as(CARRIER);
        attestations.revoke(commitment, REASON);
    }

    /* GRANT */

    function testGrantToOneself() public {
        Computations.Terms memory terms = _terms();
        vm.expectRevert(abi.encodeWithSelector(Computations.SameParty.selector, BANK));
        _as(BANK);
        computations.grant(_banks(), terms, BUDGET, EXPIRES_AT);
    }

    function testGrantToNoFinancier() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, SECOND, Roles.SUPPLIER, Roles.FINANCIER
            )
        );
        _grantTo(_only(SECOND), BUDGET, EXPIRES_AT);
    }

    function testGrantToUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantUnknown.selector, UNKNOWN));
        _grantTo(_only(UNKNOWN), BUDGET, EXPIRES_AT);
    }

    function testGrantToNobodyOrToTooMany() public {
        uint8[3] memory counts = [0, 9, 200];
        for (uint256 i; i < counts.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(Computations.BadCounterparties.selector, counts[i])
            );
            _grantTo(new uint32[](counts[i]), BUDGET, EXPIRES_AT);
        }
    }

    /// @dev In ascending order, so that nobody is named twice.
    function testGrantOutOfOrder(uint32 next) public {
        uint32[] memory numbers = _banks();
        numbers[1] = uint32(bound(next, 0, numbers[0]));
        vm.expectRevert(
            abi.encodeWithSelector(Computations.CounterpartiesUnordered.selector, numbers[1])
        );
        _grantTo(numbers, BUDGET, EXPIRES_AT);
    }

    function testGrantWithoutInputsOrWithTooMany() public {
        uint8[3] memory counts = [0, 9, 200];
        for (uint256 i; i < counts.length; ++i) {
            Computations.Terms memory terms = _terms();
            terms.inputs = new bytes32[](counts[i]);
            vm.expectRevert(abi.encodeWithSelector(Computations.BadInputs.selector, counts[i]));
            _as(SUPPLIER);
            computations.grant(_only(BANK), terms, BUDGET, EXPIRES_AT);
        }
    }

    /// @dev Each of the inputs and the model must be attested.
    function testGrantOfWhatIsNotAttested() public {
        bytes32 unattested = _new();
        bytes memory refusal =
            abi.encodeWithSelector(Computations.AttestationInvalid.selector, unattested);
        for (uint256 i; i < 3; ++i) {
            Computations.Terms memory terms = _terms();
            if (i == 2) terms.model = unattested;
            else terms.inputs[i] = unattested;
            vm.expectRevert(refusal);
            _as(SUPPLIER);
            computations.grant(_only(BANK), terms, BUDGET, EXPIRES_AT);
        }
    }

    function testGrantOfRevokedInput() public {
        _revoke(second);
        vm.expectRevert(abi.encodeWithSelector(Computations.AttestationInvalid.selector, second));
        _grant();
    }

    function testGrantOfExpiredModel() public {
        model = _new();
        _as(CARRIER);
        attestations.attest(_statement(model, REVOCABLE_SCHEMA, 0, START + 1));
        vm.warp(START + 2);
        vm.expectRevert(abi.encodeWithSelector(Computations.AttestationInvalid.selector, model));
        _grant();
    }

    function testGrantOfABatch() public {
        input = _new();
        _as(CARRIER);
        attestations.anchor(input, REVOCABLE_SCHEMA, 7, 0, REASON);
        vm.expectRevert(abi.encodeWithSelector(Computations.AttestationInvalid.selector, input));
        _grant();
    }

    function testGrantWithoutBudget() public {
        vm.expectRevert(abi.encodeWithSelector(Computations.BudgetEmpty.selector));
        _grantTo(_only(BANK), 0, EXPIRES_AT);
    }

    function testGrantExpired(uint40 expiresAt) public {
        expiresAt = uint40(bound(expiresAt, 0, START));
        vm.expectRevert(abi.encodeWithSelector(Computations.BadExpiry.selector, expiresAt));
        _grantTo(_only(BANK), BUDGET, expiresAt);
    }

    function testGrant() public {
        bytes32 hash = keccak256(abi.encode(_terms()));
        uint256 packed = uint256(FACTOR) << 32 | BANK;
        vm.expectEmit(address(computations));
        emit Computations.InputAllowed(1, input);
        vm.expectEmit(address(computations));
        emit Computations.InputAllowed(1, second);
        vm.expectEmit(address(computations));
        emit Computations.ConsentGranted(
            1,
            SUPPLIER,
            model,
            packed,
            PURPOSE,
            PROTOCOL,
            hash,
            BUDGET,
            EXPIRES_AT,
            _account(SUPPLIER)
        );
        assertEq(_grantTo(_banks(), BUDGET, EXPIRES_AT), 1, "id");
        Computations.Consent memory c = _consent(1);
        assertEq(c.owner, SUPPLIER, "owner");
        assertEq(c.counterparties, packed, "counterparties");
        assertEq(c.expiresAt, EXPIRES_AT, "expires at");
        assertEq(c.budget, BUDGET, "budget");
        assertEq(c.spent, 0, "spent");
        assertFalse(c.withdrawn, "withdrawn");
        assertEq(c.terms, hash, "terms");
        assertEq(computations.consentCount(), 1, "count");
    }

    function testGrantToEight() public {
        uint32[] memory numbers = new uint32[](8);
        for (uint32 i; i < 8; ++i) {
            numbers[i] = SECOND + i;
            _setRoles(SECOND + i, Roles.FINANCIER);
        }
        uint64 id = _grantTo(numbers, 8, EXPIRES_AT);
        Computations.Terms memory terms = _terms();
        for (uint32 i; i < 8; ++i) {
            _as(SECOND + i);
            computations.open(id, terms);
        }
        assertEq(_consent(id).spent, 8, "one each");
    }

    /* WITHDRAW */

    function testWithdrawUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Computations.ConsentUnknown.selector, 1));
        _as(SUPPLIER);
        computations.withdraw(1);
    }

    function testWithdrawOfAnother() public {
        uint64 id = _grant();
        vm.expectRevert(
            abi.encodeWithSelector(Computations.NotConsentOwner.selector, id, BANK, SUPPLIER)
        );
        _as(BANK);
        computations.withdraw(id);
    }

    function testWithdrawTwice() public {
        uint64 id = _grant();
        _as(SUPPLIER);
        computations.withdraw(id);
        vm.expectRevert(abi.encodeWithSelector(Computations.ConsentEnded.selector, id));
        _as(SUPPLIER);
        computations.withdraw(id);
    }

    function testWithdraw() public {
        uint64 id = _grant();
        bytes32 job = _open(id);
        vm.expectEmit(address(computations));
        emit Computations.ConsentWithdrawn(id, SUPPLIER, _account(SUPPLIER));
        _as(SUPPLIER);
        computations.withdraw(id);
        assertTrue(_consent(id).withdrawn, "withdrawn");

        vm.expectRevert(abi.encodeWithSelector(Computations.ConsentEnded.selector, id));
        _open(id);
        // What is open may be completed.
        _as(BANK);
        computations.complete(job, RESULT, PROOF, TRANSCRIPT);
    }

    /* OPEN */

    function testOpenUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Computations.ConsentUnknown.selector, 1));
        _open(1);
    }

    function testOpenByAnother() public {
        uint64 id = _grant();
        Computations.Terms memory terms = _terms();
        vm.expectRevert(
            abi.encodeWithSelector(Computations.NotConsentCounterparty.selector, id, FACTOR)
        );
        _as(FACTOR);
        computations.open(id, terms);
    }

    function testOpenExpired() public {
        uint64 id = _grant();
        vm.warp(EXPIRES_AT + 1);
        vm.expectRevert(
            abi.encodeWithSelector(Computations.ConsentExpired.selector, id, EXPIRES_AT)
        );
        _open(id);
    }

    function testOpenBeyondTheBudget(uint16 budget) public {
        budget = uint16(bound(budget, 1, 20));
        uint64 id = _grantTo(_only(BANK), budget, EXPIRES_AT);
        for (uint256 i; i < budget; ++i) {
            _open(id);
        }
        assertEq(_consent(id).spent, budget, "spent");
        vm.expectRevert(abi.encodeWithSelector(Computations.BudgetSpent.selector, id, budget));
        _open(id);
    }

    function testCounterpartiesShareTheBudget() public {
        uint64 id = _grantTo(_banks(), 2, EXPIRES_AT);
        Computations.Terms memory terms = _terms();
        _open(id);
        _as(FACTOR);
        computations.open(id, terms);
        vm.expectRevert(abi.encodeWithSelector(Computations.BudgetSpent.selector, id, 2));
        _open(id);
        vm.expectRevert(abi.encodeWithSelector(Computations.BudgetSpent.selector, id, 2));
        _as(FACTOR);
        computations.open(id, terms);
    }

    /// @dev What was allowed is what is computed: no other purpose, protocol, model or input.
    function testOpenOnOtherTerms() public {
        uint64 id = _grant();
        bytes32 expected = keccak256(abi.encode(_terms()));
        for (uint256 i; i < 6; ++i) {
            Computations.Terms memory terms = _terms();
            if (i == 0) terms.purpose = PROTOCOL;
            if (i == 1) terms.protocol = PURPOSE;
            if (i == 2) terms.model = input;
            if (i == 3) terms.inputs[1] = model;
            if (i == 4) (terms.inputs[0], terms.inputs[1]) = (terms.inputs[1], terms.inputs[0]);
            if (i == 5) terms.inputs = new bytes32[](0);
            vm.expectRevert(
                abi.encodeWithSelector(
                    Computations.TermsChanged.selector, id, expected, keccak256(abi.encode(terms))
                )
            );
            _as(BANK);
            computations.open(id, terms);
        }
    }

    /// @dev Nothing is computed on the inputs of who may not act: not even with its consent.
    function testOpenOfASuspendedOwner() public {
        uint64 id = _grant();
        _suspend(SUPPLIER);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantSuspended.selector, SUPPLIER)
        );
        _open(id);
        assertEq(_consent(id).spent, 0, "nothing is spent");
        _govern(abi.encodeCall(Participants.reinstate, (SUPPLIER, REASON)));
        _open(id);
    }

    function testOpenOfAnExpiredOwner() public {
        uint64 id = _grant();
        _govern(abi.encodeCall(Participants.setRoles, (SUPPLIER, Roles.SUPPLIER, START + 1)));
        vm.warp(START + 2);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantExpired.selector, SUPPLIER, START + 1)
        );
        _open(id);
    }

    /// @dev What was opened before is completed after.
    function testCompleteForASuspendedOwner() public {
        bytes32 job = _open(_grant());
        _suspend(SUPPLIER);
        _as(BANK);
        computations.complete(job, RESULT, PROOF, TRANSCRIPT);
    }

    function testOpenOnRevokedInput() public {
        uint64 id = _grant();
        _revoke(input);
        vm.expectRevert(abi.encodeWithSelector(Computations.AttestationInvalid.selector, input));
        _open(id);
    }

    function testOpenWithRevokedModel() public {
        uint64 id = _grant();
        _revoke(model);
        vm.expectRevert(abi.encodeWithSelector(Computations.AttestationInvalid.selector, model));
        _open(id);
    }

    function testOpen() public {
        uint64 id = _grant();
        vm.warp(EXPIRES_AT);
        bytes32 expected =
            keccak256(abi.encode(block.chainid, address(computations), uint256(id), uint256(1)));
        vm.expectEmit(address(computations));
        emit Computations.JobOpened(expected, id, BANK, 1, _account(BANK));
        assertEq(_open(id), expected, "job");
        assertEq(_consent(id).spent, 1, "spent");
        Computations.Job memory j = _job(expected);
        assertEq(j.consent, id, "consent");
        assertEq(j.opener, BANK, "opener");
        assertEq(j.openedAt, EXPIRES_AT, "opened at");
        assertEq(j.closedAt, 0, "closed at");
        assertTrue(j.state == Computations.JobState.Open, "open");
        assertEq(j.outcome, 0, "outcome");
    }

    function testJobsDiffer() public {
        uint64 first = _grant();
        uint64 other = _grant();
        bytes32 a = _open(first);
        bytes32 b = _open(first);
        bytes32 c = _open(other);
        assertTrue(a != b && b != c && a != c, "by consent and by count");

        Computations elsewhere = new Computations(participants, attestations);
        Computations.Terms memory terms = _terms();
        _as(SUPPLIER);
        elsewhere.grant(_only(BANK), terms, BUDGET, EXPIRES_AT);
        _as(BANK);
        assertTrue(elsewhere.open(1, terms) != a, "by ledger");

        uint256 snapshot = vm.snapshotState();
        bytes32 here = _open(other);
        vm.revertToState(snapshot);
        vm.chainId(block.chainid + 1);
        assertTrue(_open(other) != here, "by chain");
    }

    /* COMPLETE */

    function testCompleteUnknown(bytes32 job) public {
        vm.expectRevert(abi.encodeWithSelector(Computations.JobUnknown.selector, job));
        _as(BANK);
        computations.complete(job, RESULT, PROOF, TRANSCRIPT);
    }

    /// @dev Only whoever opened a job speaks of its result: not even another who may compute.
    function testCompleteByAnother() public {
        bytes32 job = _open(_grantTo(_banks(), BUDGET, EXPIRES_AT));
        bytes memory refusal =
            abi.encodeWithSelector(Computations.NotJobOpener.selector, job, FACTOR, BANK);
        vm.expectRevert(refusal);
        _as(FACTOR);
        computations.complete(job, RESULT, PROOF, TRANSCRIPT);
        vm.expectRevert(refusal);
        _as(FACTOR);
        computations.abandon(job, REASON);
    }

    function testCompleteTwice() public {
        bytes32 job = _open(_grant());
        _as(BANK);
        computations.complete(job, RESULT, PROOF, TRANSCRIPT);
        vm.expectRevert(abi.encodeWithSelector(Computations.JobClosed.selector, job));
        _as(BANK);
        computations.complete(job, PROOF, RESULT, TRANSCRIPT);
    }

    function testCompleteWithoutAResult() public {
        bytes32 job = _open(_grant());
        bytes32[3] memory values = [RESULT, PROOF, TRANSCRIPT];
        for (uint256 i; i < 3; ++i) {
            bytes32 kept = values[i];
            values[i] = 0;
            vm.expectRevert(abi.encodeWithSelector(Computations.ResultEmpty.selector));
            _as(BANK);
            computations.complete(job, values[0], values[1], values[2]);
            values[i] = kept;
        }
    }

    function testComplete() public {
        uint64 id = _grant();
        bytes32 job = _open(id);
        vm.warp(EXPIRES_AT + 1);
        vm.expectEmit(address(computations));
        emit Computations.JobCompleted(job, RESULT, PROOF, TRANSCRIPT, _account(BANK));
        _as(BANK);
        computations.complete(job, RESULT, PROOF, TRANSCRIPT);
        Computations.Job memory j = _job(job);
        assertEq(j.consent, id, "consent");
        assertEq(j.openedAt, START, "opened at");
        assertEq(j.closedAt, EXPIRES_AT + 1, "closed at");
        assertTrue(j.state == Computations.JobState.Completed, "completed");
        // With its terms, so with its inputs and its model.
        bytes32 terms = keccak256(abi.encode(_terms()));
        assertEq(j.outcome, keccak256(abi.encode(terms, RESULT, PROOF, TRANSCRIPT)), "outcome");
        assertEq(_consent(id).spent, 1, "spent once");
    }

    /* ABANDON */

    function testAbandonUnknown(bytes32 job) public {
        vm.expectRevert(abi.encodeWithSelector(Computations.JobUnknown.selector, job));
        _as(BANK);
        computations.abandon(job, REASON);
    }

    function testAbandonCompleted() public {
        bytes32 job = _open(_grant());
        _as(BANK);
        computations.complete(job, RESULT, PROOF, TRANSCRIPT);
        vm.expectRevert(abi.encodeWithSelector(Computations.JobClosed.selector, job));
        _as(BANK);
        computations.abandon(job, REASON);
    }

    function testAbandon() public {
        uint64 id = _grant();
        bytes32 job = _open(id);
        vm.warp(START + 9);
        vm.expectEmit(address(computations));
        emit Computations.JobAbandoned(job, REASON, _account(BANK));
        _as(BANK);
        computations.abandon(job, REASON);
        Computations.Job memory j = _job(job);
        assertTrue(j.state == Computations.JobState.Abandoned, "abandoned");
        assertEq(j.closedAt, START + 9, "closed at");
        assertEq(j.outcome, 0, "no outcome");
        assertEq(_consent(id).spent, 1, "what it spent stays spent");
        vm.expectRevert(abi.encodeWithSelector(Computations.JobClosed.selector, job));
        _as(BANK);
        computations.complete(job, RESULT, PROOF, TRANSCRIPT);
    }
}

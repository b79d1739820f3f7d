// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Computations} from "../../src/Computations.sol";
import {Participants} from "../../src/Participants.sol";
import {Roles} from "../../src/Roles.sol";
import {Fixture} from "../utils/Fixture.sol";

contract ComputationsTest is Fixture {
    bytes32 internal constant PURPOSE = "purpose";
    bytes32 internal constant PROTOCOL = "protocol";
    bytes32 internal constant RESULT = "result";
    bytes32 internal constant PROOF = "proof";
    bytes32 internal constant TRANSCRIPT = "transcript";
    uint40 internal constant EXPIRES_AT = START + 30 days;
    uint16 internal constant BUDGET = 3;

    bytes32 internal input;
    bytes32 internal model;

    function setUp() public override {
        super.setUp();
        input = _attested(0);
        model = _attested(0);
    }

    function _grant() internal returns (uint64) {
        _as(SUPPLIER);
        return computations.grant(BANK, PURPOSE, PROTOCOL, input, model, BUDGET, EXPIRES_AT);
    }

    function _open(uint64 consentId) internal returns (bytes32) {
        _as(BANK);
        return computations.open(consentId);
    }

    function _consent(uint64 id) internal view returns (Computations.Consent memory c) {
        (c.owner, c.counterparty, c.expiresAt, c.budget, c.spent, c.withdrawn, c.input, c.model) =
            computations.consent(id);
    }

    function _revoke(bytes32 commitment) internal {
        _as(CARRIER);
        attestations.revoke(commitment, REASON);
    }

    /* GRANT */

    function testGrantToOneself() public {
        vm.expectRevert(abi.encodeWithSelector(Computations.SameParty.selector, BANK));
        _as(BANK);
        computations.grant(BANK, PURPOSE, PROTOCOL, input, model, BUDGET, EXPIRES_AT);
    }

    function testGrantToNoFinancier() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.RoleMissing.selector, SECOND, Roles.SUPPLIER, Roles.FINANCIER
            )
        );
        _as(SUPPLIER);
        computations.grant(SECOND, PURPOSE, PROTOCOL, input, model, BUDGET, EXPIRES_AT);
    }

    function testGrantToUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantUnknown.selector, UNKNOWN));
        _as(SUPPLIER);
        computations.grant(UNKNOWN, PURPOSE, PROTOCOL, input, model, BUDGET, EXPIRES_AT);
    }

    function testGrantOfUnattestedInput() public {
        bytes32 unattested = _new();
        vm.expectRevert(
            abi.encodeWithSelector(Computations.AttestationInvalid.selector, unattested)
        );
        _as(SUPPLIER);
        computations.grant(BANK, PURPOSE, PROTOCOL, unattested, model, BUDGET, EXPIRES_AT);
    }

    function testGrantOfUnattestedModel() public {
        bytes32 unattested = _new();
        vm.expectRevert(
            abi.encodeWithSelector(Computations.AttestationInvalid.selector, unattested)
        );
        _as(SUPPLIER);
        computations.grant(BANK, PURPOSE, PROTOCOL, input, unattested, BUDGET, EXPIRES_AT);
    }

    function testGrantOfRevokedInput() public {
        _revoke(input);
        vm.expectRevert(abi.encodeWithSelector(Computations.AttestationInvalid.selector, input));
        _grant();
    }

    function testGrantOfExpiredModel() public {
        model = _new();
        _as(CARRIER);
        attestations.attest(model, REVOCABLE_SCHEMA, SUBJECT, 0, START + 1);
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
        _as(SUPPLIER);
        computations.grant(BANK, PURPOSE, PROTOCOL, input, model, 0, EXPIRES_AT);
    }

    function testGrantExpired(uint40 expiresAt) public {
        expiresAt = uint40(bound(expiresAt, 0, START));
        vm.expectRevert(abi.encodeWithSelector(Computations.BadExpiry.selector, expiresAt));
        _as(SUPPLIER);
        computations.grant(BANK, PURPOSE, PROTOCOL, input, model, BUDGET, expiresAt);
    }

    function testGrant() public {
        vm.expectEmit(address(computations));
        emit Computations.ConsentGranted(
            1,
            SUPPLIER,
            BANK,
            PURPOSE,
            PROTOCOL,
            input,
            model,
            BUDGET,
            EXPIRES_AT,
            _account(SUPPLIER)
        );
        assertEq(_grant(), 1, "id");
        Computations.Consent memory c = _consent(1);
        assertEq(c.owner, SUPPLIER, "owner");
        assertEq(c.counterparty, BANK, "counterparty");
        assertEq(c.expiresAt, EXPIRES_AT, "expires at");
        assertEq(c.budget, BUDGET, "budget");
        assertEq(c.spent, 0, "spent");
        assertFalse(c.withdrawn, "withdrawn");
        assertEq(c.input, input, "input");
        assertEq(c.model, model, "model");
        assertEq(computations.consentCount(), 1, "count");
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
        vm.expectRevert(
            abi.encodeWithSelector(Computations.NotConsentCounterparty.selector, id, FACTOR, BANK)
        );
        _as(FACTOR);
        computations.open(id);
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
        _as(SUPPLIER);
        uint64 id = computations.grant(BANK, PURPOSE, PROTOCOL, input, model, budget, EXPIRES_AT);
        for (uint256 i; i < budget; ++i) {
            _open(id);
        }
        assertEq(_consent(id).spent, budget, "spent");
        vm.expectRevert(abi.encodeWithSelector(Computations.BudgetSpent.selector, id, budget));
        _open(id);
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
        emit Computations.JobOpened(expected, id, 1, _account(BANK));
        assertEq(_open(id), expected, "job");
        assertEq(_consent(id).spent, 1, "spent");
        (uint64 consent, uint40 openedAt, uint40 completedAt, bytes32 outcome) =
            computations.job(expected);
        assertEq(consent, id, "consent");
        assertEq(openedAt, EXPIRES_AT, "opened at");
        assertEq(completedAt, 0, "completed at");
        assertEq(outcome, 0, "outcome");
    }

    function testJobsDiffer() public {
        uint64 first = _grant();
        uint64 second = _grant();
        bytes32 a = _open(first);
        bytes32 b = _open(first);
        bytes32 c = _open(second);
        assertTrue(a != b && b != c && a != c, "by consent and by count");

        Computations other = new Computations(participants, attestations);
        _as(SUPPLIER);
        other.grant(BANK, PURPOSE, PROTOCOL, input, model, BUDGET, EXPIRES_AT);
        _as(BANK);
        assertTrue(other.open(1) != a, "by ledger");

        uint256 snapshot = vm.snapshotState();
        bytes32 here = _open(second);
        vm.revertToState(snapshot);
        vm.chainId(block.chainid + 1);
        assertTrue(_open(second) != here, "by chain");
    }

    /* COMPLETE */

    function testCompleteUnknown(bytes32 job) public {
        vm.expectRevert(abi.encodeWithSelector(Computations.JobUnknown.selector, job));
        _as(BANK);
        computations.complete(job, RESULT, PROOF, TRANSCRIPT);
    }

    function testCompleteByAnother() public {
        uint64 id = _grant();
        bytes32 job = _open(id);
        vm.expectRevert(
            abi.encodeWithSelector(Computations.NotConsentCounterparty.selector, id, FACTOR, BANK)
        );
        _as(FACTOR);
        computations.complete(job, RESULT, PROOF, TRANSCRIPT);
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
        (uint64 consent, uint40 openedAt, uint40 completedAt, bytes32 outcome) =
            computations.job(job);
        assertEq(consent, id, "consent");
        assertEq(openedAt, START, "opened at");
        assertEq(completedAt, EXPIRES_AT + 1, "completed at");
        assertEq(outcome, keccak256(abi.encode(RESULT, PROOF, TRANSCRIPT)), "outcome");
        assertEq(_consent(id).spent, 1, "spent once");
    }
}

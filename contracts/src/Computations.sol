// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attestations} from "./Attestations.sol";
import {Participants} from "./Participants.sol";
import {Roles} from "./Roles.sol";

/// @title Joint computations: who allowed what, on which attested inputs, with which model, and the result.
/// @notice The owner of the inputs grants a consent with a budget; the counterparty opens jobs against it,
/// each spending one; a job is completed once, with a commitment to its result and the hash of its proof.
contract Computations {
    /* TYPES */

    struct Consent {
        uint32 owner;
        uint32 counterparty;
        uint40 expiresAt;
        uint16 budget;
        uint16 spent;
        bool withdrawn;
        bytes32 input;
        bytes32 model;
    }

    struct Job {
        uint64 consent;
        uint40 openedAt;
        uint40 completedAt;
        bytes32 outcome;
    }

    /* STORAGE */

    Participants public immutable participants;
    Attestations public immutable attestations;

    uint64 public consentCount;
    mapping(uint64 id => Consent) public consent;
    mapping(bytes32 id => Job) public job;

    /* EVENTS */

    event ConsentGranted(
        uint64 indexed id,
        uint32 indexed owner,
        uint32 indexed counterparty,
        bytes32 purpose,
        bytes32 protocol,
        bytes32 input,
        bytes32 model,
        uint16 budget,
        uint40 expiresAt,
        address actor
    );
    event ConsentWithdrawn(uint64 indexed id, uint32 indexed owner, address actor);
    event JobOpened(bytes32 indexed id, uint64 indexed consent, uint16 spent, address actor);
    event JobCompleted(
        bytes32 indexed id, bytes32 result, bytes32 proofHash, bytes32 transcript, address actor
    );

    /* ERRORS */

    error AttestationInvalid(bytes32 commitment);
    error SameParty(uint32 number);
    error BudgetEmpty();
    error BadExpiry(uint40 expiresAt);
    error ConsentUnknown(uint64 consent);
    error NotConsentOwner(uint64 consent, uint32 actor, uint32 owner);
    error NotConsentCounterparty(uint64 consent, uint32 actor, uint32 counterparty);
    error ConsentEnded(uint64 consent);
    error ConsentExpired(uint64 consent, uint40 expiresAt);
    error BudgetSpent(uint64 consent, uint16 budget);
    error JobUnknown(bytes32 job);
    error JobClosed(bytes32 job);
    error ResultEmpty();

    constructor(Participants participants_, Attestations attestations_) {
        participants = participants_;
        attestations = attestations_;
    }

    /* CONSENTS */

    /// @param input Attested commitment of the inputs that may be used.
    /// @param model Attested commitment of the model that may be applied to them.
    /// @param budget How many computations are allowed.
    function grant(
        uint32 counterparty,
        bytes32 purpose,
        bytes32 protocol,
        bytes32 input,
        bytes32 model,
        uint16 budget,
        uint40 expiresAt
    ) external returns (uint64 id) {
        uint32 owner = participants.actorAndPeer(
            msg.sender, Roles.ALL, counterparty, Roles.FINANCIER
        );
        require(counterparty != owner, SameParty(owner));
        _checkValid(input);
        _checkValid(model);
        require(budget != 0, BudgetEmpty());
        require(expiresAt > block.timestamp, BadExpiry(expiresAt));
        id = ++consentCount;
        consent[id] = Consent({
            owner: owner,
            counterparty: counterparty,
            expiresAt: expiresAt,
            budget: budget,
            spent: 0,
            withdrawn: false,
            input: input,
            model: model
        });
        emit ConsentGranted(
            id, owner, counterparty, purpose, protocol, input, model, budget, expiresAt, msg.sender
        );
    }

    /// @notice No job can be opened on the consent from here on; those open may be completed.
    function withdraw(uint64 id) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.ALL);
        Consent memory c = _known(id);
        require(c.owner == actor, NotConsentOwner(id, actor, c.owner));
        require(!c.withdrawn, ConsentEnded(id));
        consent[id].withdrawn = true;
        emit ConsentWithdrawn(id, actor, msg.sender);
    }

    /* JOBS */

    /// @return jobId What the computation's proof is bound to; no two jobs of any ledger share it.
    function open(uint64 consentId) external returns (bytes32 jobId) {
        uint32 actor = participants.actorOf(msg.sender, Roles.FINANCIER);
        Consent memory c = _known(consentId);
        require(c.counterparty == actor, NotConsentCounterparty(consentId, actor, c.counterparty));
        require(!c.withdrawn, ConsentEnded(consentId));
        require(block.timestamp <= c.expiresAt, ConsentExpired(consentId, c.expiresAt));
        require(c.spent < c.budget, BudgetSpent(consentId, c.budget));
        participants.requireActive(c.owner, Roles.ALL);
        _checkValid(c.input);
        _checkValid(c.model);
        uint16 spent = c.spent + 1;
        consent[consentId].spent = spent;
        jobId = keccak256(abi.encode(block.chainid, address(this), consentId, spent));
        job[jobId] = Job(consentId, uint40(block.timestamp), 0, 0);
        emit JobOpened(jobId, consentId, spent, msg.sender);
    }

    /// @param result Commitment to the result.
    /// @param proofHash Hash of the owner's message with its proof.
    /// @param transcript Hash of all messages of the run.
    function complete(bytes32 jobId, bytes32 result, bytes32 proofHash, bytes32 transcript)
        external
    {
        uint32 actor = participants.actorOf(msg.sender, Roles.FINANCIER);
        Job memory j = job[jobId];
        require(j.consent != 0, JobUnknown(jobId));
        uint32 counterparty = consent[j.consent].counterparty;
        require(counterparty == actor, NotConsentCounterparty(j.consent, actor, counterparty));
        require(j.completedAt == 0, JobClosed(jobId));
        require(result != 0 && proofHash != 0 && transcript != 0, ResultEmpty());
        job[jobId].completedAt = uint40(block.timestamp);
        job[jobId].outcome = keccak256(abi.encode(result, proofHash, transcript));
        emit JobCompleted(jobId, result, proofHash, transcript, msg.sender);
    }

    /* INTERNAL */

    function _known(uint64 id) internal view returns (Consent memory c) {
        c = consent[id];
        require(c.owner != 0, ConsentUnknown(id));
    }

    function _checkValid(bytes32 commitment) internal view {
        Attestations.AttestationStatus memory s = attestations.statusOf(commitment);
        require(s.exists && !s.revoked && !s.expired, AttestationInvalid(commitment));
    }
}

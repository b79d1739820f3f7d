// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Attestations} from "./Attestations.sol";
import {Participants} from "./Participants.sol";
import {Roles} from "./Roles.sol";

/// @title Joint computations: who allowed what, on which attested inputs, with which model, and the result.
/// @notice The owner of the inputs grants a consent with a budget that its counterparties share; each may
/// open jobs against it, every job spending one. A job is completed once by whoever opened it, with a
/// commitment to its result and the hash of its proof, or abandoned.
contract Computations {
    /* TYPES */

    /// @dev What is allowed, stored as its hash: purpose, protocol, the attested commitment of the model's
    /// version, and the attested commitments of the inputs. To open a job is to state the same again.
    struct Terms {
        bytes32 purpose;
        bytes32 protocol;
        bytes32 model;
        bytes32[] inputs;
    }

    /// @dev `counterparties` holds up to eight numbers of 32 bits in ascending order, the first in the lowest
    /// bits.
    struct Consent {
        uint32 owner;
        uint40 expiresAt;
        uint16 budget;
        uint16 spent;
        bool withdrawn;
        uint256 counterparties;
        bytes32 terms;
    }

    enum JobState {
        None,
        Open,
        Completed,
        Abandoned
    }

    struct Job {
        uint64 consent;
        uint32 opener;
        uint40 openedAt;
        uint40 closedAt;
        JobState state;
        bytes32 outcome;
    }

    /* CONSTANTS */

    uint256 public constant MAX_COUNTERPARTIES = 8;
    uint256 public constant MAX_INPUTS = 8;

    /* STORAGE */

    Participants public immutable participants;
    Attestations public immutable attestations;

    uint64 public consentCount;
    mapping(uint64 id => Consent) public consent;
    mapping(bytes32 id => Job) public job;

    /* EVENTS */

    /// @dev One for each input, before the consent they belong to.
    event InputAllowed(uint64 indexed consent, bytes32 indexed input);
    event ConsentGranted(
        uint64 indexed id,
        uint32 indexed owner,
        bytes32 indexed model,
        uint256 counterparties,
        bytes32 purpose,
        bytes32 protocol,
        bytes32 terms,
        uint16 budget,
        uint40 expiresAt,
        address actor
    );
    event ConsentWithdrawn(uint64 indexed id, uint32 indexed owner, address actor);
    event JobOpened(
        bytes32 indexed id,
        uint64 indexed consent,
        uint32 indexed opener,
        uint16 spent,
        address actor
    );
    event JobCompleted(
        bytes32 indexed id, bytes32 result, bytes32 proofHash, bytes32 transcript, address actor
    );
    event JobAbandoned(bytes32 indexed id, bytes32 reason, address actor);

    /* ERRORS */

    error AttestationInvalid(bytes32 commitment);
    error SameParty(uint32 number);
    error BadCounterparties(uint256 count);
    error CounterpartiesUnordered(uint32 number);
    error BadInputs(uint256 count);
    error BudgetEmpty();
    error BadExpiry(uint40 expiresAt);
    error ConsentUnknown(uint64 consent);
    error NotConsentOwner(uint64 consent, uint32 actor, uint32 owner);
    error NotConsentCounterparty(uint64 consent, uint32 actor);
    error ConsentEnded(uint64 consent);
    error ConsentExpired(uint64 consent, uint40 expiresAt);
    error BudgetSpent(uint64 consent, uint16 budget);
    error TermsChanged(uint64 consent, bytes32 expected, bytes32 given);
    error JobUnknown(bytes32 job);
    error JobClosed(bytes32 job);
    error NotJobOpener(bytes32 job, uint32 actor, uint32 opener);
    error ResultEmpty();

    constructor(Participants participants_, Attestations attestations_) {
        participants = participants_;
        attestations = attestations_;
    }

    /* CONSENTS */

    /// @param counterparties Participants of whom any may open jobs, in ascending order.
    /// @param budget How many computations are allowed to all of them together.
    /// @param expiresAt Jobs may be opened up to and including this time.
    function grant(
        uint32[] calldata counterparties,
        Terms calldata terms,
        uint16 budget,
        uint40 expiresAt
    ) external returns (uint64 id) {
        uint32 owner = participants.actorOf(msg.sender, Roles.ALL);
        uint256 packed = _packed(owner, counterparties);
        _checkTerms(terms);
        require(budget != 0, BudgetEmpty());
        require(expiresAt > block.timestamp, BadExpiry(expiresAt));
        id = ++consentCount;
        bytes32 hash = keccak256(abi.encode(terms));
        consent[id] = Consent({
            owner: owner,
            expiresAt: expiresAt,
            budget: budget,
            spent: 0,
            withdrawn: false,
            counterparties: packed,
            terms: hash
        });
        for (uint256 i; i < terms.inputs.length; ++i) {
            emit InputAllowed(id, terms.inputs[i]);
        }
        emit ConsentGranted(
            id,
            owner,
            terms.model,
            packed,
            terms.purpose,
            terms.protocol,
            hash,
            budget,
            expiresAt,
            msg.sender
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

    /// @param terms The very terms of the consent; its model and inputs must still be valid.
    /// @return jobId What the computation's proof is bound to; no two jobs of any ledger share it.
    function open(uint64 consentId, Terms calldata terms) external returns (bytes32 jobId) {
        uint32 actor = participants.actorOf(msg.sender, Roles.FINANCIER);
        Consent memory c = _known(consentId);
        require(_among(c.counterparties, actor), NotConsentCounterparty(consentId, actor));
        require(!c.withdrawn, ConsentEnded(consentId));
        require(block.timestamp <= c.expiresAt, ConsentExpired(consentId, c.expiresAt));
        require(c.spent < c.budget, BudgetSpent(consentId, c.budget));
        bytes32 hash = keccak256(abi.encode(terms));
        require(hash == c.terms, TermsChanged(consentId, c.terms, hash));
        participants.requireActive(c.owner, Roles.ALL);
        _checkTerms(terms);
        uint16 spent = c.spent + 1;
        consent[consentId].spent = spent;
        jobId = keccak256(abi.encode(block.chainid, address(this), consentId, spent));
        job[jobId] = Job(consentId, actor, uint40(block.timestamp), 0, JobState.Open, 0);
        emit JobOpened(jobId, consentId, actor, spent, msg.sender);
    }

    /// @notice The outcome stored is the hash of the consent's terms and of these three, so that a result stands
    /// with the inputs and the model it was computed from.
    /// @param result Commitment to the result.
    /// @param proofHash Hash of the owner's message with its proof.
    /// @param transcript Hash of all messages of the run.
    function complete(bytes32 jobId, bytes32 result, bytes32 proofHash, bytes32 transcript)
        external
    {
        uint64 consentId = _openJob(jobId);
        require(result != 0 && proofHash != 0 && transcript != 0, ResultEmpty());
        job[jobId].state = JobState.Completed;
        job[jobId].closedAt = uint40(block.timestamp);
        job[jobId].outcome =
            keccak256(abi.encode(consent[consentId].terms, result, proofHash, transcript));
        emit JobCompleted(jobId, result, proofHash, transcript, msg.sender);
    }

    /// @notice Ends a job that will have no result; what it spent stays spent.
    function abandon(bytes32 jobId, bytes32 reason) external {
        _openJob(jobId);
        job[jobId].state = JobState.Abandoned;
        job[jobId].closedAt = uint40(block.timestamp);
        emit JobAbandoned(jobId, reason, msg.sender);
    }

    /* INTERNAL */

    function _known(uint64 id) internal view returns (Consent memory c) {
        c = consent[id];
        require(c.owner != 0, ConsentUnknown(id));
    }

    function _openJob(bytes32 jobId) internal view returns (uint64) {
        uint32 actor = participants.actorOf(msg.sender, Roles.FINANCIER);
        Job memory j = job[jobId];
        require(j.state != JobState.None, JobUnknown(jobId));
        require(j.opener == actor, NotJobOpener(jobId, actor, j.opener));
        require(j.state == JobState.Open, JobClosed(jobId));
        return j.consent;
    }

    function _packed(uint32 owner, uint32[] calldata counterparties)
        internal
        view
        returns (uint256 packed)
    {
        uint256 count = counterparties.length;
        require(count != 0 && count <= MAX_COUNTERPARTIES, BadCounterparties(count));
        uint32 last;
        for (uint256 i; i < count; ++i) {
            uint32 number = counterparties[i];
            require(number > last, CounterpartiesUnordered(number));
            require(number != owner, SameParty(owner));
            participants.requireActive(number, Roles.FINANCIER);
            packed |= uint256(number) << 32 * i;
            last = number;
        }
    }

    function _among(uint256 packed, uint32 number) internal pure returns (bool) {
        for (; packed != 0; packed >>= 32) {
            if (uint32(packed) == number) return true;
        }
        return false;
    }

    function _checkTerms(Terms calldata terms) internal view {
        uint256 count = terms.inputs.length;
        require(count != 0 && count <= MAX_INPUTS, BadInputs(count));
        _checkValid(terms.model);
        for (uint256 i; i < count; ++i) {
            _checkValid(terms.inputs[i]);
        }
    }

    function _checkValid(bytes32 commitment) internal view {
        Attestations.AttestationStatus memory s = attestations.statusOf(commitment);
        require(s.exists && !s.revoked && !s.expired, AttestationInvalid(commitment));
    }
}

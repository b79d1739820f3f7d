// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Participants} from "./Participants.sol";
import {Roles} from "./Roles.sol";

/// @title Named attesters' statements about commitments to evidence.
/// @notice The ledger never sees the evidence: a commitment is a salted hash or a Merkle root of it. A
/// statement stands alone, or as one leaf of an anchored batch.
contract Attestations {
    /* TYPES */

    /// @dev `flows` is a bitmap: trade 1, logistics 2, invoice 4, funds 8; zero for other statements.
    struct Schema {
        uint8 flows;
        bool revocable;
        bytes32 definition;
    }

    /// @dev `expiresAt` zero means never; `revokedAt` zero means not revoked; `count` is zero for a single
    /// statement and the number of leaves for a batch.
    struct Attestation {
        uint32 attester;
        uint32 schema;
        uint40 attestedAt;
        uint40 expiresAt;
        uint40 revokedAt;
        uint8 level;
        uint32 count;
    }

    struct AttestationStatus {
        bool exists;
        bool revoked;
        bool expired;
        uint32 attester;
        uint32 schema;
        uint8 level;
        uint40 attestedAt;
    }

    /* CONSTANTS */

    /// @notice Levels are L0 self-declared to L4 four flows with cash confirmed.
    uint8 public constant MAX_LEVEL = 4;

    /* STORAGE */

    Participants public immutable participants;

    uint32 public schemaCount;
    mapping(uint32 id => Schema) public schema;
    /// @notice Statements by commitment, batches by root.
    mapping(bytes32 commitment => Attestation) public attestation;
    mapping(bytes32 root => mapping(uint256 word => uint256 bits)) public revokedLeaves;

    /* EVENTS */

    event SchemaRegistered(uint32 indexed id, uint8 flows, bool revocable, bytes32 definition);
    event Attested(
        bytes32 indexed commitment,
        uint32 indexed attester,
        bytes32 indexed subject,
        uint32 schema,
        uint8 level,
        uint40 expiresAt,
        address actor
    );
    event Anchored(
        bytes32 indexed root,
        uint32 indexed attester,
        uint32 schema,
        uint32 count,
        uint40 expiresAt,
        bytes32 manifest,
        address actor
    );
    event AttestationRevoked(
        bytes32 indexed commitment, uint32 indexed attester, bytes32 reason, address actor
    );
    event LeafRevoked(
        bytes32 indexed root, uint32 indexed attester, uint32 index, bytes32 reason, address actor
    );

    /* ERRORS */

    error NotGovernance(address caller);
    error BadFlows(uint8 flows);
    error DefinitionEmpty();
    error SchemaUnknown(uint32 schema);
    error CommitmentEmpty();
    error AlreadyAttested(bytes32 commitment);
    error BadLevel(uint8 level);
    error BadExpiry(uint40 expiresAt);
    error BatchEmpty();
    error AttestationUnknown(bytes32 commitment);
    error NotAttester(bytes32 commitment, uint32 actor, uint32 attester);
    error NotRevocable(uint32 schema);
    error AlreadyRevoked(bytes32 commitment);
    error LeafOutOfRange(bytes32 root, uint32 index, uint32 count);
    error LeafAlreadyRevoked(bytes32 root, uint32 index);

    constructor(Participants participants_) {
        participants = participants_;
    }

    /* SCHEMAS */

    /// @param definition Hash of the document that says what a statement of this schema means.
    function registerSchema(uint8 flows, bool revocable, bytes32 definition)
        external
        returns (uint32 id)
    {
        require(msg.sender == address(participants), NotGovernance(msg.sender));
        require(flows < 16, BadFlows(flows));
        require(definition != 0, DefinitionEmpty());
        id = ++schemaCount;
        schema[id] = Schema(flows, revocable, definition);
        emit SchemaRegistered(id, flows, revocable, definition);
    }

    /* STATEMENTS */

    /// @param subject What the statement is about; it ties the flows of one trade together.
    /// @param expiresAt Valid up to and including this time; zero for never expiring.
    function attest(
        bytes32 commitment,
        uint32 schemaId,
        bytes32 subject,
        uint8 level,
        uint40 expiresAt
    ) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.ATTESTER);
        _store(commitment, actor, schemaId, level, expiresAt, 0);
        emit Attested(commitment, actor, subject, schemaId, level, expiresAt, msg.sender);
    }

    /// @notice Anchors a batch: each leaf is a statement of level zero to `statusOfLeaf`.
    /// @param count Leaves in the tree, indexed from zero.
    /// @param manifest Hash of the list of leaves, for whoever is handed the list.
    function anchor(bytes32 root, uint32 schemaId, uint32 count, uint40 expiresAt, bytes32 manifest)
        external
    {
        uint32 actor = participants.actorOf(msg.sender, Roles.ATTESTER);
        require(count != 0, BatchEmpty());
        _store(root, actor, schemaId, 0, expiresAt, count);
        emit Anchored(root, actor, schemaId, count, expiresAt, manifest, msg.sender);
    }

    function revoke(bytes32 commitment, bytes32 reason) external {
        uint32 actor = _checkRevocable(commitment);
        attestation[commitment].revokedAt = uint40(block.timestamp);
        emit AttestationRevoked(commitment, actor, reason, msg.sender);
    }

    function revokeLeaf(bytes32 root, uint32 index, bytes32 reason) external {
        uint32 actor = _checkRevocable(root);
        uint32 count = attestation[root].count;
        require(index < count, LeafOutOfRange(root, index, count));
        uint256 bit = uint256(1) << (index & 255);
        uint256 bits = revokedLeaves[root][index >> 8];
        require(bits & bit == 0, LeafAlreadyRevoked(root, index));
        revokedLeaves[root][index >> 8] = bits | bit;
        emit LeafRevoked(root, actor, index, reason, msg.sender);
    }

    /* VIEWS */

    /// @notice Status of a statement that stands alone; the root of a batch is none.
    function statusOf(bytes32 commitment) external view returns (AttestationStatus memory status) {
        Attestation memory a = attestation[commitment];
        if (a.count == 0) status = _status(a);
    }

    /// @notice Status of one leaf of a batch; the leaf is made here from its fields, for a bare hash could be
    /// an inner node of the tree.
    function statusOfLeaf(
        bytes32 root,
        bytes32 commitment,
        bytes32 subject,
        uint32 index,
        bytes32[] calldata proof
    ) external view returns (AttestationStatus memory status) {
        Attestation memory a = attestation[root];
        bytes32 leaf = leafHash(a.schema, commitment, subject, index);
        if (index >= a.count || !MerkleProof.verifyCalldata(proof, root, leaf)) return status;
        status = _status(a);
        if (revokedLeaves[root][index >> 8] & (uint256(1) << (index & 255)) != 0) {
            status.revoked = true;
        }
    }

    function leafHash(uint32 schemaId, bytes32 commitment, bytes32 subject, uint32 index)
        public
        pure
        returns (bytes32)
    {
        return keccak256(bytes.concat(keccak256(abi.encode(schemaId, commitment, subject, index))));
    }

    /* INTERNAL */

    function _store(
        bytes32 commitment,
        uint32 actor,
        uint32 schemaId,
        uint8 level,
        uint40 expiresAt,
        uint32 count
    ) internal {
        require(commitment != 0, CommitmentEmpty());
        require(schemaId != 0 && schemaId <= schemaCount, SchemaUnknown(schemaId));
        require(attestation[commitment].attester == 0, AlreadyAttested(commitment));
        require(level <= MAX_LEVEL, BadLevel(level));
        require(expiresAt == 0 || expiresAt > block.timestamp, BadExpiry(expiresAt));
        attestation[commitment] = Attestation({
            attester: actor,
            schema: schemaId,
            attestedAt: uint40(block.timestamp),
            expiresAt: expiresAt,
            revokedAt: 0,
            level: level,
            count: count
        });
    }

    function _checkRevocable(bytes32 commitment) internal view returns (uint32 actor) {
        actor = participants.actorOf(msg.sender, Roles.ATTESTER);
        Attestation memory a = attestation[commitment];
        require(a.attester != 0, AttestationUnknown(commitment));
        require(a.attester == actor, NotAttester(commitment, actor, a.attester));
        require(schema[a.schema].revocable, NotRevocable(a.schema));
        require(a.revokedAt == 0, AlreadyRevoked(commitment));
    }

    function _status(Attestation memory a) internal view returns (AttestationStatus memory) {
        return AttestationStatus({
            exists: a.attester != 0,
            revoked: a.revokedAt != 0,
            expired: a.expiresAt != 0 && block.timestamp > a.expiresAt,
            attester: a.attester,
            schema: a.schema,
            level: a.level,
            attestedAt: a.attestedAt
        });
    }
}

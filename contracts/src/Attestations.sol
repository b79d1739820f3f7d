// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Participants} from "./Participants.sol";
import {Roles} from "./Roles.sol";

/// @title Named attesters' statements about commitments to evidence.
/// @notice The ledger never sees the evidence: a commitment is a salted hash or a Merkle root of it. A
/// statement stands alone, or as one leaf of an anchored batch. An attester sends it itself, or signs it and
/// lets anyone send it.
contract Attestations is EIP712 {
    /* TYPES */

    /// @dev `flows` is a bitmap: trade 1, logistics 2, invoice 4, funds 8; zero for other statements. Statements
    /// of a schema `bySubject` are found by their subject and cost one word more a flow.
    struct Schema {
        uint8 flows;
        bool revocable;
        bool bySubject;
        uint40 registeredAt;
        bytes32 definition;
    }

    /// @dev `subject` is what the statement is about; it ties the flows of one trade together. It is valid up to
    /// and including `expiresAt`; zero for never expiring.
    struct Statement {
        bytes32 commitment;
        uint32 schema;
        bytes32 subject;
        uint8 level;
        uint40 expiresAt;
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

    /// @dev What was superseded is revoked, and names its successor.
    struct AttestationStatus {
        bool exists;
        bool revoked;
        bool expired;
        uint32 attester;
        uint32 schema;
        uint8 level;
        uint40 attestedAt;
        bytes32 successor;
    }

    /* CONSTANTS */

    /// @notice Levels are L0 self-declared to L4 four flows with cash confirmed.
    uint8 public constant MAX_LEVEL = 4;

    /// @notice Trade, logistics, invoice, funds.
    uint8 public constant FLOWS = 4;

    bytes32 public constant ATTEST_TYPEHASH = keccak256(
        "Attest(bytes32 commitment,uint32 schema,bytes32 subject,uint8 level,uint40 expiresAt,uint40 deadline)"
    );
    bytes32 public constant REVOKE_TYPEHASH =
        keccak256("Revoke(bytes32 commitment,bytes32 reason,uint40 deadline)");

    /* STORAGE */

    Participants public immutable participants;

    uint32 public schemaCount;
    mapping(uint32 id => Schema) public schema;
    /// @notice Statements by commitment, batches by root.
    mapping(bytes32 commitment => Attestation) public attestation;
    mapping(bytes32 root => mapping(uint256 word => uint256 bits)) public revokedLeaves;
    /// @notice What took a superseded statement's place.
    mapping(bytes32 commitment => bytes32 successor) public successorOf;
    /// @notice The newest statement about a subject that covers a flow, of the schemas found by subject.
    mapping(bytes32 subject => mapping(uint8 flow => bytes32 commitment)) public newest;

    /* EVENTS */

    event SchemaRegistered(
        uint32 indexed id, uint8 flows, bool revocable, bool bySubject, bytes32 definition
    );
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
    event AttestationSuperseded(
        bytes32 indexed commitment,
        uint32 indexed attester,
        bytes32 indexed successor,
        address actor
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
    error SignatureExpired(uint40 deadline);
    error LeafOutOfRange(bytes32 root, uint32 index, uint32 count);
    error LeafAlreadyRevoked(bytes32 root, uint32 index);

    constructor(Participants participants_) EIP712("Counterfoil Attestations", "1") {
        participants = participants_;
    }

    /* SCHEMAS */

    /// @param definition Hash of the document that says what a statement of this schema means.
    /// @param bySubject Whether `flowsOf` counts its statements.
    function registerSchema(uint8 flows, bool revocable, bool bySubject, bytes32 definition)
        external
        returns (uint32 id)
    {
        require(msg.sender == address(participants), NotGovernance(msg.sender));
        require(flows < 1 << FLOWS && (flows != 0 || !bySubject), BadFlows(flows));
        require(definition != 0, DefinitionEmpty());
        id = ++schemaCount;
        schema[id] = Schema(flows, revocable, bySubject, uint40(block.timestamp), definition);
        emit SchemaRegistered(id, flows, revocable, bySubject, definition);
    }

    /* STATEMENTS */

    function attest(Statement calldata statement) external {
        _attest(statement, participants.actorOf(msg.sender, Roles.ATTESTER), msg.sender);
    }

    /// @notice Several statements at once: all are made or none.
    function attestMany(Statement[] calldata statements) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.ATTESTER);
        require(statements.length != 0, BatchEmpty());
        for (uint256 i; i < statements.length; ++i) {
            _attest(statements[i], actor, msg.sender);
        }
    }

    /// @notice A statement that its attester signed (EIP-712), sent by anyone up to and including the
    /// deadline. It cannot be sent twice, for a commitment is attested once.
    function attestBySignature(
        Statement calldata statement,
        uint40 deadline,
        bytes calldata signature
    ) external {
        bytes32 digest = attestDigest(statement, deadline);
        (uint32 actor, address signer) = _signer(digest, deadline, signature);
        _attest(statement, actor, signer);
    }

    /// @notice Makes a statement in the place of an older one by the same attester, which counts no more.
    function supersede(bytes32 commitment, Statement calldata statement) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.ATTESTER);
        require(attestation[commitment].count == 0, AttestationUnknown(commitment));
        _revoke(commitment, actor);
        successorOf[commitment] = statement.commitment;
        emit AttestationSuperseded(commitment, actor, statement.commitment, msg.sender);
        _attest(statement, actor, msg.sender);
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
        uint32 actor = participants.actorOf(msg.sender, Roles.ATTESTER);
        _revoke(commitment, actor);
        emit AttestationRevoked(commitment, actor, reason, msg.sender);
    }

    /// @notice A revocation that the attester signed (EIP-712), sent by anyone.
    function revokeBySignature(
        bytes32 commitment,
        bytes32 reason,
        uint40 deadline,
        bytes calldata signature
    ) external {
        bytes32 digest = revokeDigest(commitment, reason, deadline);
        (uint32 actor, address signer) = _signer(digest, deadline, signature);
        _revoke(commitment, actor);
        emit AttestationRevoked(commitment, actor, reason, signer);
    }

    function revokeLeaf(bytes32 root, uint32 index, bytes32 reason) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.ATTESTER);
        _checkRevocable(root, actor);
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
        if (status.revoked) status.successor = successorOf[commitment];
    }

    /// @notice The flows of a subject that are covered now, as a bitmap like a schema's. For each flow the
    /// newest statement about the subject speaks: when it is revoked or has expired the flow is open again
    /// until there is another, whatever older statements said. Batches are not counted.
    function flowsOf(bytes32 subject) external view returns (uint8 flows) {
        for (uint8 flow; flow < FLOWS; ++flow) {
            bytes32 commitment = newest[subject][flow];
            if (commitment == 0) continue;
            AttestationStatus memory s = _status(attestation[commitment]);
            if (!s.revoked && !s.expired) flows |= uint8(1) << flow;
        }
    }

    /// @notice What an attester signs to attest.
    function attestDigest(Statement calldata statement, uint40 deadline)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(ATTEST_TYPEHASH, statement, deadline)));
    }

    /// @notice What an attester signs to revoke.
    function revokeDigest(bytes32 commitment, bytes32 reason, uint40 deadline)
        public
        view
        returns (bytes32)
    {
        return
            _hashTypedDataV4(keccak256(abi.encode(REVOKE_TYPEHASH, commitment, reason, deadline)));
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

    function _signer(bytes32 digest, uint40 deadline, bytes calldata signature)
        internal
        view
        returns (uint32 actor, address signer)
    {
        require(block.timestamp <= deadline, SignatureExpired(deadline));
        signer = ECDSA.recover(digest, signature);
        actor = participants.signerOf(signer, Roles.ATTESTER);
    }

    function _attest(Statement calldata s, uint32 actor, address account) internal {
        uint8 flows = _store(s.commitment, actor, s.schema, s.level, s.expiresAt, 0);
        for (uint8 flow; flows >> flow != 0; ++flow) {
            if (flows >> flow & 1 != 0) newest[s.subject][flow] = s.commitment;
        }
        emit Attested(s.commitment, actor, s.subject, s.schema, s.level, s.expiresAt, account);
    }

    function _revoke(bytes32 commitment, uint32 actor) internal {
        _checkRevocable(commitment, actor);
        attestation[commitment].revokedAt = uint40(block.timestamp);
    }

    /// @return flows Those that the statement is found by.
    function _store(
        bytes32 commitment,
        uint32 actor,
        uint32 schemaId,
        uint8 level,
        uint40 expiresAt,
        uint32 count
    ) internal returns (uint8 flows) {
        require(commitment != 0, CommitmentEmpty());
        Schema storage kind = schema[schemaId];
        require(kind.registeredAt != 0, SchemaUnknown(schemaId));
        require(attestation[commitment].attester == 0, AlreadyAttested(commitment));
        require(level <= MAX_LEVEL, BadLevel(level));
        require(expiresAt == 0 || expiresAt > block.timestamp, BadExpiry(expiresAt));
        if (kind.bySubject) flows = kind.flows;
        // In one go, so that the compiler writes the word once.
        Attestation storage a = attestation[commitment];
        a.attester = actor;
        a.schema = schemaId;
        a.attestedAt = uint40(block.timestamp);
        a.expiresAt = expiresAt;
        a.level = level;
        a.count = count;
    }

    function _checkRevocable(bytes32 commitment, uint32 actor) internal view {
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
            attestedAt: a.attestedAt,
            successor: 0
        });
    }
}

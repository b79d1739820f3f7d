// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Roles} from "./Roles.sol";

/// @title Who may act on the ledger, and who decides that.
/// @notice A participant is an organisation known by a number; it acts through its accounts. Governors
/// decide together (m of n) on admission, roles and parameters: a proposal is a list of calls, which
/// anyone of them may execute once enough have approved it.
contract Participants {
    /* TYPES */

    enum Status {
        None,
        Active,
        Suspended
    }

    struct Participant {
        uint32 roles;
        Status status;
        uint40 validUntil;
        uint32 accounts;
    }

    struct Proposal {
        uint40 expiresAt;
        bool executed;
        uint128 approvals;
    }

    struct Call {
        address target;
        bytes data;
    }

    /* CONSTANTS */

    /// @notice How long governors may approve and execute a proposal.
    uint40 public constant PROPOSAL_PERIOD = 14 days;

    /// @notice Governors ever added: each is one bit of a proposal's approvals, never given twice.
    uint8 public constant MAX_GOVERNORS = 128;

    /* STORAGE */

    /// @notice The bit of each governor plus one; zero for everyone else.
    mapping(address account => uint8 bitPlusOne) public governor;
    /// @notice The bits of those who are governors now.
    uint128 public governors;
    uint8 public governorsEver;
    /// @notice How many approvals execute a proposal.
    uint8 public threshold;
    uint32 public participantCount;
    uint32 public proposalCount;

    mapping(uint32 number => Participant) public participant;
    mapping(uint32 number => bytes32 hash) public legalId;
    mapping(bytes32 legalIdHash => uint32 number) public numberOfLegalId;
    mapping(address account => uint32 number) public numberOf;
    mapping(uint32 id => Proposal) public proposal;
    mapping(uint32 id => bytes32 hash) public callsHash;

    /* EVENTS */

    event GovernorAdded(address indexed account);
    event GovernorRemoved(address indexed account);
    event ThresholdSet(uint8 threshold);
    event ProposalMade(
        uint32 indexed id, address indexed actor, bytes32 callsHash, uint40 expiresAt
    );
    event ProposalApproved(uint32 indexed id, address indexed actor);
    event ProposalExecuted(uint32 indexed id, address indexed actor);

    event Admitted(
        uint32 indexed number, bytes32 indexed legalIdHash, uint32 roles, uint40 validUntil
    );
    event RolesSet(uint32 indexed number, uint32 roles, uint40 validUntil);
    event Suspended(uint32 indexed number, bytes32 reason);
    event Reinstated(uint32 indexed number, bytes32 reason);
    event AccountAdded(uint32 indexed number, address indexed account, address actor);
    event AccountRemoved(uint32 indexed number, address indexed account, address actor);

    /* ERRORS */

    error NotGovernance(address caller);
    error NotGovernor(address caller);
    error BadThreshold(uint8 threshold, uint8 governors);
    error GovernorExists(address account);
    error GovernorUnknown(address account);
    error TooManyGovernors();
    error ProposalUnknown(uint32 id);
    error ProposalExpired(uint32 id, uint40 expiresAt);
    error ProposalDone(uint32 id);
    error ProposalChanged(uint32 id, bytes32 expected, bytes32 given);
    error AlreadyApproved(uint32 id, address governor);
    error ApprovalsMissing(uint32 id, uint8 approvals, uint8 threshold);
    error NoContract(address target);
    error CallFailed(uint256 index);

    error ParticipantUnknown(uint32 number);
    error ParticipantSuspended(uint32 number);
    error ParticipantExpired(uint32 number, uint40 validUntil);
    error NotSuspended(uint32 number);
    error NotParticipant(address account);
    error RoleMissing(uint32 number, uint32 roles, uint32 needed);
    error BadRoles(uint32 roles);
    error BadValidity(uint40 validUntil);
    error LegalIdTaken(bytes32 legalIdHash, uint32 number);
    error LegalIdEmpty();
    error AccountTaken(address account, uint32 number);
    error AccountEmpty();
    error LastAccount(uint32 number);

    /* CONSTRUCTOR */

    /// @param firstGovernors The accounts that govern from the start, all different.
    /// @param approvals How many of them execute a proposal: at least two, for no single key decides.
    constructor(address[] memory firstGovernors, uint8 approvals) {
        for (uint256 i; i < firstGovernors.length; ++i) {
            _addGovernor(firstGovernors[i]);
        }
        _setThreshold(approvals);
    }

    modifier onlyGovernance() {
        require(msg.sender == address(this), NotGovernance(msg.sender));
        _;
    }

    /* GOVERNANCE */

    /// @notice Proposes calls and approves them.
    function propose(Call[] calldata calls) external returns (uint32 id) {
        uint8 bitPlusOne = _governorBit();
        id = ++proposalCount;
        uint40 expiresAt = uint40(block.timestamp) + PROPOSAL_PERIOD;
        bytes32 hash = keccak256(abi.encode(calls));
        proposal[id] = Proposal({
            expiresAt: expiresAt, executed: false, approvals: uint128(1) << (bitPlusOne - 1)
        });
        callsHash[id] = hash;
        emit ProposalMade(id, msg.sender, hash, expiresAt);
    }

    function approve(uint32 id) external {
        uint8 bitPlusOne = _governorBit();
        Proposal memory p = _openProposal(id);
        uint128 bit = uint128(1) << (bitPlusOne - 1);
        require(p.approvals & bit == 0, AlreadyApproved(id, msg.sender));
        proposal[id].approvals = p.approvals | bit;
        emit ProposalApproved(id, msg.sender);
    }

    /// @notice Runs the calls of a proposal; all succeed or nothing happens.
    /// @param calls The very calls that were proposed.
    function execute(uint32 id, Call[] calldata calls) external {
        _governorBit();
        Proposal memory p = _openProposal(id);
        bytes32 hash = keccak256(abi.encode(calls));
        require(hash == callsHash[id], ProposalChanged(id, callsHash[id], hash));
        uint8 approvals = _count(p.approvals & governors);
        require(approvals >= threshold, ApprovalsMissing(id, approvals, threshold));
        proposal[id].executed = true;
        emit ProposalExecuted(id, msg.sender);
        for (uint256 i; i < calls.length; ++i) {
            require(calls[i].target.code.length != 0, NoContract(calls[i].target));
            (bool success, bytes memory returned) = calls[i].target.call(calls[i].data);
            if (!success) {
                if (returned.length == 0) revert CallFailed(i);
                assembly ("memory-safe") {
                    revert(add(returned, 32), mload(returned))
                }
            }
        }
    }

    function addGovernor(address account) external onlyGovernance {
        _addGovernor(account);
    }

    function removeGovernor(address account) external onlyGovernance {
        uint8 bitPlusOne = governor[account];
        require(bitPlusOne != 0, GovernorUnknown(account));
        governor[account] = 0;
        governors &= ~(uint128(1) << (bitPlusOne - 1));
        uint8 left = _count(governors);
        require(threshold <= left, BadThreshold(threshold, left));
        emit GovernorRemoved(account);
    }

    function setThreshold(uint8 approvals) external onlyGovernance {
        _setThreshold(approvals);
    }

    /* ADMISSION */

    /// @param legalIdHash Salted hash of the USCC or LEI, which stay off chain.
    /// @param validUntil The participant may act up to and including this time.
    function admit(bytes32 legalIdHash, uint32 roles, uint40 validUntil, address account)
        external
        onlyGovernance
        returns (uint32 number)
    {
        require(legalIdHash != 0, LegalIdEmpty());
        uint32 taken = numberOfLegalId[legalIdHash];
        require(taken == 0, LegalIdTaken(legalIdHash, taken));
        _checkRoles(roles, validUntil);
        number = ++participantCount;
        participant[number] = Participant(roles, Status.Active, validUntil, 0);
        legalId[number] = legalIdHash;
        numberOfLegalId[legalIdHash] = number;
        emit Admitted(number, legalIdHash, roles, validUntil);
        _addAccount(number, account);
    }

    function setRoles(uint32 number, uint32 roles, uint40 validUntil) external onlyGovernance {
        _known(number);
        _checkRoles(roles, validUntil);
        participant[number].roles = roles;
        participant[number].validUntil = validUntil;
        emit RolesSet(number, roles, validUntil);
    }

    /// @notice From this block on the participant's accounts are refused everywhere.
    function suspend(uint32 number, bytes32 reason) external onlyGovernance {
        _known(number);
        require(participant[number].status == Status.Active, ParticipantSuspended(number));
        participant[number].status = Status.Suspended;
        emit Suspended(number, reason);
    }

    function reinstate(uint32 number, bytes32 reason) external onlyGovernance {
        _known(number);
        require(participant[number].status == Status.Suspended, NotSuspended(number));
        participant[number].status = Status.Active;
        emit Reinstated(number, reason);
    }

    /* ACCOUNTS */

    /// @notice Adds an account to the caller's participant; by governance, to any (recovery).
    function addAccount(uint32 number, address account) external {
        _checkAccountRight(number);
        _addAccount(number, account);
    }

    /// @notice Removes an account, but never a participant's last one.
    function removeAccount(address account) external {
        uint32 number = numberOf[account];
        require(number != 0, NotParticipant(account));
        _checkAccountRight(number);
        require(participant[number].accounts > 1, LastAccount(number));
        numberOf[account] = 0;
        participant[number].accounts -= 1;
        emit AccountRemoved(number, account, msg.sender);
    }

    /* AUTHORISATION */

    /// @notice The participant that `account` acts for, if it may act in one of `roles` now.
    function actorOf(address account, uint32 roles) public view returns (uint32 number) {
        number = numberOf[account];
        require(number != 0, NotParticipant(account));
        requireActive(number, roles);
    }

    /// @notice `actorOf`, and the other side of the transaction may act too.
    function actorAndPeer(address account, uint32 roles, uint32 peer, uint32 peerRoles)
        external
        view
        returns (uint32 number)
    {
        number = actorOf(account, roles);
        requireActive(peer, peerRoles);
    }

    /// @notice Reverts unless the participant may act in one of `roles` now.
    function requireActive(uint32 number, uint32 roles) public view {
        Participant memory p = participant[number];
        require(p.status != Status.None, ParticipantUnknown(number));
        require(p.status == Status.Active, ParticipantSuspended(number));
        require(block.timestamp <= p.validUntil, ParticipantExpired(number, p.validUntil));
        require(p.roles & roles != 0, RoleMissing(number, p.roles, roles));
    }

    /* INTERNAL */

    function _governorBit() internal view returns (uint8 bitPlusOne) {
        bitPlusOne = governor[msg.sender];
        require(bitPlusOne != 0, NotGovernor(msg.sender));
    }

    function _openProposal(uint32 id) internal view returns (Proposal memory p) {
        p = proposal[id];
        require(p.expiresAt != 0, ProposalUnknown(id));
        require(!p.executed, ProposalDone(id));
        require(block.timestamp <= p.expiresAt, ProposalExpired(id, p.expiresAt));
    }

    function _addGovernor(address account) internal {
        require(account != address(0), AccountEmpty());
        require(governor[account] == 0, GovernorExists(account));
        uint8 ever = governorsEver;
        require(ever < MAX_GOVERNORS, TooManyGovernors());
        governor[account] = ever + 1;
        governors |= uint128(1) << ever;
        governorsEver = ever + 1;
        emit GovernorAdded(account);
    }

    function _setThreshold(uint8 approvals) internal {
        uint8 count = _count(governors);
        require(approvals >= 2 && approvals <= count, BadThreshold(approvals, count));
        threshold = approvals;
        emit ThresholdSet(approvals);
    }

    function _addAccount(uint32 number, address account) internal {
        require(account != address(0), AccountEmpty());
        uint32 taken = numberOf[account];
        require(taken == 0, AccountTaken(account, taken));
        numberOf[account] = number;
        participant[number].accounts += 1;
        emit AccountAdded(number, account, msg.sender);
    }

    function _checkAccountRight(uint32 number) internal view {
        _known(number);
        if (msg.sender == address(this)) return;
        require(numberOf[msg.sender] == number, NotParticipant(msg.sender));
        requireActive(number, Roles.ALL);
    }

    function _known(uint32 number) internal view {
        require(participant[number].status != Status.None, ParticipantUnknown(number));
    }

    function _checkRoles(uint32 roles, uint40 validUntil) internal view {
        require(roles != 0 && roles & ~Roles.ALL == 0, BadRoles(roles));
        require(validUntil > block.timestamp, BadValidity(validUntil));
    }

    function _count(uint128 bits) internal pure returns (uint8 count) {
        for (; bits != 0; bits &= bits - 1) {
            ++count;
        }
    }
}

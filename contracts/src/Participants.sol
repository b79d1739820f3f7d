// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Roles} from "./Roles.sol";

/// @title Who may act on the ledger, and who decides that.
/// @notice A participant is an organisation known by a number; it acts through its accounts, each of which
/// may do what its participant may and its own scope allows. Governors decide together (m of n) on
/// admission, roles and parameters: a proposal is a list of calls, which anyone of them may execute once
/// enough have approved it.
contract Participants {
    /* TYPES */

    enum Status {
        None,
        Active,
        Suspended
    }

    enum ProposalState {
        None,
        Open,
        Executed,
        Cancelled
    }

    struct Participant {
        uint32 roles;
        Status status;
        uint40 validUntil;
        uint32 accounts;
    }

    /// @dev An account holds what its participant may do now, so that acting reads one word. `roles` are the
    /// participant's within the account's scope, and the scope's capabilities; `validUntil` is the sooner of
    /// the participant's end and the account's own, `ownUntil`, which is zero for none.
    struct Account {
        uint32 number;
        uint32 scope;
        uint32 roles;
        Status status;
        uint40 validUntil;
        uint40 ownUntil;
    }

    /// @dev `proposer` is the proposer's bit plus one, as in `governor`.
    struct Proposal {
        uint40 expiresAt;
        ProposalState state;
        uint8 proposer;
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

    /// @notice Accounts of one participant: what changes for it is written to each of them.
    uint32 public constant MAX_ACCOUNTS = 16;

    /// @notice Scope of the account that a participant is admitted with.
    uint32 public constant FULL_SCOPE = Roles.ALL | Roles.ATTRIBUTES | Roles.ADMIN | Roles.SIGNER;

    /// @dev Where an account's word has its roles, its status and its end, in bits.
    uint256 internal constant ROLES_OF_ACCOUNT = 64;

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
    mapping(address account => Account) public accountOf;
    /// @notice The accounts of a participant, from zero on, in no lasting order.
    mapping(uint32 number => mapping(uint32 index => address account)) public accountAt;
    mapping(uint32 id => Proposal) public proposal;
    mapping(uint32 id => bytes32 hash) public callsHash;

    /* EVENTS */

    event GovernorAdded(address indexed account);
    event GovernorRemoved(address indexed account);
    event GovernorRotated(address indexed old, address indexed account);
    event ThresholdSet(uint8 threshold);
    event ProposalMade(
        uint32 indexed id, address indexed actor, bytes32 callsHash, uint40 expiresAt
    );
    event ProposalApproved(uint32 indexed id, address indexed actor);
    event ApprovalRevoked(uint32 indexed id, address indexed actor);
    event ProposalExecuted(uint32 indexed id, address indexed actor);
    event ProposalCancelled(uint32 indexed id, address indexed actor);

    event Admitted(
        uint32 indexed number, bytes32 indexed legalIdHash, uint32 roles, uint40 validUntil
    );
    event RolesSet(uint32 indexed number, uint32 roles, uint40 validUntil);
    event Suspended(uint32 indexed number, bytes32 reason);
    event Reinstated(uint32 indexed number, bytes32 reason);
    event AccountAdded(
        uint32 indexed number,
        address indexed account,
        uint32 scope,
        uint40 validUntil,
        address actor
    );
    event ScopeSet(
        uint32 indexed number,
        address indexed account,
        uint32 scope,
        uint40 validUntil,
        address actor
    );
    event AccountRotated(
        uint32 indexed number, address indexed old, address indexed account, address actor
    );
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
    error NotApproved(uint32 id, address governor);
    error NotOwnProposal(uint32 id, address governor);
    error ApprovalsMissing(uint32 id, uint8 approvals, uint8 threshold);
    error NoContract(address target);
    error CallFailed(uint256 index);

    error ParticipantUnknown(uint32 number);
    error ParticipantSuspended(uint32 number);
    error ParticipantExpired(uint32 number, uint40 validUntil);
    error NotSuspended(uint32 number);
    error NotParticipant(address account);
    error AccountExpired(address account, uint40 validUntil);
    error RoleMissing(uint32 number, uint32 roles, uint32 needed);
    error BadRoles(uint32 roles);
    error BadValidity(uint40 validUntil);
    error LegalIdTaken(bytes32 legalIdHash, uint32 number);
    error LegalIdEmpty();
    error AccountTaken(address account, uint32 number);
    error AccountEmpty();
    error BadScope(uint32 scope);
    error ScopeExceeded(address actor, uint32 scope, uint32 given);
    error ValidityExceeded(address actor, uint40 validUntil, uint40 given);
    error TooManyAccounts(uint32 number);
    error LastAdmin(uint32 number);

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
            expiresAt: expiresAt,
            state: ProposalState.Open,
            proposer: bitPlusOne,
            approvals: uint128(1) << (bitPlusOne - 1)
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

    function revokeApproval(uint32 id) external {
        uint8 bitPlusOne = _governorBit();
        Proposal memory p = _openProposal(id);
        uint128 bit = uint128(1) << (bitPlusOne - 1);
        require(p.approvals & bit != 0, NotApproved(id, msg.sender));
        proposal[id].approvals = p.approvals & ~bit;
        emit ApprovalRevoked(id, msg.sender);
    }

    function cancel(uint32 id) external {
        uint8 bitPlusOne = _governorBit();
        Proposal memory p = _openProposal(id);
        require(p.proposer == bitPlusOne, NotOwnProposal(id, msg.sender));
        proposal[id].state = ProposalState.Cancelled;
        emit ProposalCancelled(id, msg.sender);
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
        proposal[id].state = ProposalState.Executed;
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
        _dropGovernor(account);
        uint8 left = _count(governors);
        require(threshold <= left, BadThreshold(threshold, left));
        emit GovernorRemoved(account);
    }

    /// @notice Puts another account in a governor's place; what the old one approved counts no more.
    function rotateGovernor(address old, address account) external onlyGovernance {
        _dropGovernor(old);
        _giveGovernorBit(account);
        emit GovernorRotated(old, account);
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
        _addAccount(number, account, FULL_SCOPE, 0);
    }

    function setRoles(uint32 number, uint32 roles, uint40 validUntil) external onlyGovernance {
        _known(number);
        _checkRoles(roles, validUntil);
        participant[number].roles = roles;
        participant[number].validUntil = validUntil;
        _refreshAccounts(number);
        emit RolesSet(number, roles, validUntil);
    }

    /// @notice From this block on the participant's accounts are refused everywhere.
    function suspend(uint32 number, bytes32 reason) external onlyGovernance {
        _known(number);
        require(participant[number].status == Status.Active, ParticipantSuspended(number));
        participant[number].status = Status.Suspended;
        _refreshAccounts(number);
        emit Suspended(number, reason);
    }

    function reinstate(uint32 number, bytes32 reason) external onlyGovernance {
        _known(number);
        require(participant[number].status == Status.Suspended, NotSuspended(number));
        participant[number].status = Status.Active;
        _refreshAccounts(number);
        emit Reinstated(number, reason);
    }

    /* ACCOUNTS */

    /// @notice Adds an account to the caller's participant; by governance, to any (recovery).
    /// @param scope What the account may do of what its participant may, and its own capabilities.
    /// @param validUntil The account may act up to and including this time; zero for as long as its
    /// participant.
    function addAccount(uint32 number, address account, uint32 scope, uint40 validUntil) external {
        _checkScope(scope, validUntil);
        _checkGiver(number, scope, validUntil);
        _addAccount(number, account, scope, validUntil);
    }

    /// @notice Changes what an account may do and for how long.
    function setScope(address account, uint32 scope, uint40 validUntil) external {
        Account memory a = _accountKnown(account);
        _checkScope(scope, validUntil);
        _checkGiver(a.number, a.scope, a.ownUntil);
        _checkGiver(a.number, scope, validUntil);
        _writeAccount(account, a.number, scope, validUntil);
        _checkAdmin(a.number);
        emit ScopeSet(a.number, account, scope, validUntil, msg.sender);
    }

    /// @notice Puts another account in the place of an old one, with the same scope and end.
    function rotateAccount(address old, address account) external {
        Account memory a = _accountKnown(old);
        _checkGiver(a.number, a.scope, a.ownUntil);
        _checkFree(account);
        accountAt[a.number][_indexOf(a.number, old)] = account;
        delete accountOf[old];
        accountOf[account] = a;
        emit AccountRotated(a.number, old, account, msg.sender);
    }

    /// @notice Removes an account, but never the last that administers its participant without an end.
    function removeAccount(address account) external {
        Account memory a = _accountKnown(account);
        _checkGiver(a.number, a.scope, a.ownUntil);
        uint32 last = participant[a.number].accounts - 1;
        uint32 index = _indexOf(a.number, account);
        if (index != last) accountAt[a.number][index] = accountAt[a.number][last];
        accountAt[a.number][last] = address(0);
        delete accountOf[account];
        participant[a.number].accounts = last;
        _checkAdmin(a.number);
        emit AccountRemoved(a.number, account, msg.sender);
    }

    /* AUTHORISATION */

    /// @notice The participant that `account` acts for, if it may act in one of `roles` now.
    function actorOf(address account, uint32 roles) public view returns (uint32 number) {
        uint256 word = _accountWord(account);
        if (!_mayAct(word >> ROLES_OF_ACCOUNT, roles)) _refuseAccount(account, roles);
        return uint32(word);
    }

    /// @notice `actorOf` for an account whose signature stands in for its transaction.
    function signerOf(address account, uint32 roles) public view returns (uint32 number) {
        uint256 word = _accountWord(account);
        if (!_mayAct(word >> ROLES_OF_ACCOUNT, roles)) _refuseAccount(account, roles);
        uint32 given = uint32(word >> ROLES_OF_ACCOUNT);
        number = uint32(word);
        require(given & Roles.SIGNER != 0, RoleMissing(number, given, Roles.SIGNER));
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

    /// @notice `actorOf` of who sends, and `signerOf` of whose signature it carries.
    function actorAndSigner(address account, uint32 roles, address signer, uint32 signerRoles)
        external
        view
        returns (uint32 number, uint32 signerNumber)
    {
        return (actorOf(account, roles), signerOf(signer, signerRoles));
    }

    /// @notice Reverts unless the participant may act in one of `roles` now.
    function requireActive(uint32 number, uint32 roles) public view {
        Participant storage p = participant[number];
        uint256 word;
        assembly ("memory-safe") {
            word := sload(p.slot)
        }
        if (!_mayAct(word, roles)) _refuseParticipant(number, roles);
    }

    /// @notice Whether the participant has one of `roles`, whatever its status.
    function hasRole(uint32 number, uint32 roles) external view returns (bool) {
        return participant[number].roles & roles != 0;
    }

    /// @notice Whether the account's own scope has one of `roles`, whatever its status.
    function accountHasRole(address account, uint32 roles) external view returns (bool) {
        return accountOf[account].roles & roles != 0;
    }

    /// @notice The participant of an account, whatever its status; zero for nobody's.
    function numberOf(address account) external view returns (uint32) {
        return accountOf[account].number;
    }

    /* INTERNAL */

    /// @dev One read: the compiler's own copy of a packed struct costs one a field.
    function _accountWord(address account) internal view returns (uint256 word) {
        Account storage a = accountOf[account];
        assembly ("memory-safe") {
            word := sload(a.slot)
        }
    }

    /// @param word Roles, status and end, as participants and accounts pack them.
    function _mayAct(uint256 word, uint32 roles) internal view returns (bool) {
        return uint32(word) & roles != 0 && uint8(word >> 32) == uint8(Status.Active)
            && block.timestamp <= uint40(word >> 40);
    }

    function _refuseAccount(address account, uint32 roles) internal view {
        Account memory a = accountOf[account];
        require(a.number != 0, NotParticipant(account));
        require(a.status == Status.Active, ParticipantSuspended(a.number));
        if (block.timestamp > a.validUntil) _refuseExpired(account);
        revert RoleMissing(a.number, a.roles, roles);
    }

    function _refuseParticipant(uint32 number, uint32 roles) internal view {
        Participant memory p = participant[number];
        require(p.status != Status.None, ParticipantUnknown(number));
        require(p.status == Status.Active, ParticipantSuspended(number));
        require(block.timestamp <= p.validUntil, ParticipantExpired(number, p.validUntil));
        revert RoleMissing(number, p.roles, roles);
    }

    function _governorBit() internal view returns (uint8 bitPlusOne) {
        bitPlusOne = governor[msg.sender];
        require(bitPlusOne != 0, NotGovernor(msg.sender));
    }

    function _openProposal(uint32 id) internal view returns (Proposal memory p) {
        p = proposal[id];
        require(p.expiresAt != 0, ProposalUnknown(id));
        require(p.state == ProposalState.Open, ProposalDone(id));
        require(block.timestamp <= p.expiresAt, ProposalExpired(id, p.expiresAt));
    }

    function _addGovernor(address account) internal {
        _giveGovernorBit(account);
        emit GovernorAdded(account);
    }

    function _giveGovernorBit(address account) internal {
        require(account != address(0), AccountEmpty());
        require(governor[account] == 0, GovernorExists(account));
        uint8 ever = governorsEver;
        require(ever < MAX_GOVERNORS, TooManyGovernors());
        governor[account] = ever + 1;
        governors |= uint128(1) << ever;
        governorsEver = ever + 1;
    }

    function _dropGovernor(address account) internal {
        uint8 bitPlusOne = governor[account];
        require(bitPlusOne != 0, GovernorUnknown(account));
        governor[account] = 0;
        governors &= ~(uint128(1) << (bitPlusOne - 1));
    }

    function _setThreshold(uint8 approvals) internal {
        uint8 count = _count(governors);
        require(approvals >= 2 && approvals <= count, BadThreshold(approvals, count));
        threshold = approvals;
        emit ThresholdSet(approvals);
    }

    function _addAccount(uint32 number, address account, uint32 scope, uint40 ownUntil) internal {
        _checkFree(account);
        uint32 count = participant[number].accounts;
        require(count < MAX_ACCOUNTS, TooManyAccounts(number));
        accountAt[number][count] = account;
        participant[number].accounts = count + 1;
        _writeAccount(account, number, scope, ownUntil);
        emit AccountAdded(number, account, scope, ownUntil, msg.sender);
    }

    function _writeAccount(address account, uint32 number, uint32 scope, uint40 ownUntil) internal {
        Participant memory p = participant[number];
        uint40 validUntil = ownUntil != 0 && ownUntil < p.validUntil ? ownUntil : p.validUntil;
        // In one go, so that the compiler writes the word once.
        Account storage a = accountOf[account];
        a.number = number;
        a.scope = scope;
        a.roles = p.roles & scope | scope & Roles.CAPABILITIES;
        a.status = p.status;
        a.validUntil = validUntil;
        a.ownUntil = ownUntil;
    }

    /// @dev Every account of a participant that has changed.
    function _refreshAccounts(uint32 number) internal {
        uint32 count = participant[number].accounts;
        for (uint32 i; i < count; ++i) {
            address account = accountAt[number][i];
            Account memory a = accountOf[account];
            _writeAccount(account, number, a.scope, a.ownUntil);
        }
    }

    function _accountKnown(address account) internal view returns (Account memory a) {
        a = accountOf[account];
        require(a.number != 0, NotParticipant(account));
    }

    function _indexOf(uint32 number, address account) internal view returns (uint32 index) {
        while (accountAt[number][index] != account) ++index;
    }

    function _refuseExpired(address account) internal view {
        Account memory a = accountOf[account];
        if (a.validUntil == a.ownUntil) revert AccountExpired(account, a.validUntil);
        revert ParticipantExpired(a.number, a.validUntil);
    }

    function _checkFree(address account) internal view {
        require(account != address(0), AccountEmpty());
        uint32 taken = accountOf[account].number;
        require(taken == 0, AccountTaken(account, taken));
    }

    function _checkScope(uint32 scope, uint40 validUntil) internal view {
        require(
            scope != 0 && scope & ~(Roles.ALL | Roles.ATTRIBUTES | Roles.CAPABILITIES) == 0,
            BadScope(scope)
        );
        require(validUntil == 0 || validUntil > block.timestamp, BadValidity(validUntil));
    }

    /// @dev Governance may give anything. An administrator may give, or take from an account, what lies within
    /// its own scope and time; one with every role may also give the two sides of a desk, which can do no
    /// more than it.
    function _checkGiver(uint32 number, uint32 scope, uint40 validUntil) internal view {
        _known(number);
        if (msg.sender == address(this)) return;
        Account memory giver = accountOf[msg.sender];
        require(giver.number == number, NotParticipant(msg.sender));
        actorOf(msg.sender, Roles.ADMIN);
        uint32 given = giver.scope;
        if (given & Roles.ALL == Roles.ALL) given |= Roles.MAKER | Roles.CHECKER;
        require(scope & ~given == 0, ScopeExceeded(msg.sender, giver.scope, scope));
        require(
            giver.ownUntil == 0 || validUntil != 0 && validUntil <= giver.ownUntil,
            ValidityExceeded(msg.sender, giver.ownUntil, validUntil)
        );
    }

    function _checkAdmin(uint32 number) internal view {
        uint32 count = participant[number].accounts;
        for (uint32 i; i < count; ++i) {
            Account memory a = accountOf[accountAt[number][i]];
            if (a.scope & Roles.ADMIN != 0 && a.ownUntil == 0) return;
        }
        revert LastAdmin(number);
    }

    function _known(uint32 number) internal view {
        require(participant[number].status != Status.None, ParticipantUnknown(number));
    }

    function _checkRoles(uint32 roles, uint40 validUntil) internal view {
        require(
            roles & Roles.ALL != 0 && roles & ~(Roles.ALL | Roles.ATTRIBUTES) == 0, BadRoles(roles)
        );
        require(validUntil > block.timestamp, BadValidity(validUntil));
    }

    function _count(uint128 bits) internal pure returns (uint8 count) {
        for (; bits != 0; bits &= bits - 1) {
            ++count;
        }
    }
}

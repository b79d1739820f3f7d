// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "./Participants.sol";
import {Policies} from "./Policies.sol";
import {PolicyNames} from "./PolicyNames.sol";
import {Receivables} from "./Receivables.sol";
import {Roles} from "./Roles.sol";

/// @title How much a debtor may owe on the ledger, and when it may issue nothing.
/// @notice A proposal reserves of its debtor's limit and of its group's, confirmation commits, payment and
/// whatever ends the debt release. A lower limit blocks new issues and touches nothing outstanding.
contract Limits {
    /* TYPES */

    /// @dev One storage slot; amounts in minor units of one currency. `set` tells a limit of zero from none.
    struct Limit {
        uint64 amount;
        uint64 reserved;
        uint64 committed;
        bool set;
    }

    /* STORAGE */

    Participants public immutable participants;
    Policies public immutable policies;
    Receivables public immutable receivables;
    address public immutable issuance;

    mapping(uint32 debtor => mapping(uint16 currency => Limit)) public limit;
    mapping(uint32 group => mapping(uint16 currency => Limit)) public groupLimit;
    /// @notice The head of the group a debtor belongs to; zero for none.
    mapping(uint32 debtor => uint32 group) public groupOf;
    /// @notice Why a debtor may issue nothing, beside overdue receivables; zero for no cause.
    mapping(uint32 debtor => bytes32 cause) public stopCause;
    /// @notice How many overdue receivables stop a debtor's issues.
    mapping(uint32 debtor => uint32 count) public overdueCount;
    mapping(uint32 receivable => bool) public overdueStop;

    /* EVENTS */

    event LimitSet(uint32 indexed debtor, uint16 indexed currency, uint64 amount);
    event GroupLimitSet(uint32 indexed group, uint16 indexed currency, uint64 amount);
    event GroupSet(uint32 indexed debtor, uint32 indexed group);
    event IssueStopped(
        uint32 indexed debtor, uint32 indexed by, bytes32 cause, bytes32 document, address actor
    );
    event StopLifted(uint32 indexed debtor, bytes32 document);
    event OverdueStopped(uint32 indexed debtor, uint32 indexed receivable, address actor);
    event OverdueLifted(uint32 indexed debtor, uint32 indexed receivable, address actor);

    /* ERRORS */

    error NotGovernance(address caller);
    error NotLedger(address caller);
    error CurrencyEmpty();
    error LimitMissing(uint32 debtor, uint16 currency, bytes32 policy);
    error LimitExceeded(uint32 debtor, uint64 requested, uint64 available);
    error GroupLimitExceeded(uint32 group, uint64 requested, uint64 available);
    error DebtorStopped(uint32 debtor, bytes32 cause, uint32 overdue);
    error DebtorUnknown(uint32 number);
    error CauseEmpty();
    error DocumentEmpty();
    error AlreadyStopped(uint32 debtor, bytes32 cause);
    error NotStopped(uint32 debtor);
    error NotOverdue(uint32 receivable, uint40 overdueFrom, bytes32 policy);
    error AlreadyCounted(uint32 receivable);
    error NotCounted(uint32 receivable);
    error StillOwed(uint32 receivable);

    constructor(
        Participants participants_,
        Policies policies_,
        Receivables receivables_,
        address issuance_
    ) {
        participants = participants_;
        policies = policies_;
        receivables = receivables_;
        issuance = issuance_;
    }

    modifier onlyGovernance() {
        require(msg.sender == address(participants), NotGovernance(msg.sender));
        _;
    }

    modifier onlyIssuance() {
        require(msg.sender == issuance, NotLedger(msg.sender));
        _;
    }

    /* GOVERNANCE */

    /// @param currency ISO 4217 numeric code.
    /// @param amount What the debtor may owe in it at any time, in minor units.
    function setLimit(uint32 debtor, uint16 currency, uint64 amount) external onlyGovernance {
        _checkDebtor(debtor, currency);
        limit[debtor][currency].amount = amount;
        limit[debtor][currency].set = true;
        emit LimitSet(debtor, currency, amount);
    }

    /// @notice What the debtors of a group may owe together.
    function setGroupLimit(uint32 group, uint16 currency, uint64 amount) external onlyGovernance {
        _checkDebtor(group, currency);
        groupLimit[group][currency].amount = amount;
        groupLimit[group][currency].set = true;
        emit GroupLimitSet(group, currency, amount);
    }

    /// @notice For what is proposed from here on; what is outstanding stays with the group it was proposed in.
    /// @param group Number of the group's head, which is a debtor; zero takes the debtor out of its group.
    function setGroup(uint32 debtor, uint32 group) external onlyGovernance {
        participants.requireActive(debtor, Roles.DEBTOR);
        if (group != 0) participants.requireActive(group, Roles.DEBTOR);
        groupOf[debtor] = group;
        emit GroupSet(debtor, group);
    }

    /// @notice Lifts a stop, on evidence that its cause is over.
    function lift(uint32 debtor, bytes32 document) external onlyGovernance {
        require(stopCause[debtor] != 0, NotStopped(debtor));
        require(document != 0, DocumentEmpty());
        stopCause[debtor] = 0;
        emit StopLifted(debtor, document);
    }

    /* STOPPING */

    /// @notice Stops a debtor's issues at once: a bond default, bills persistently overdue, a court's order.
    /// @param document Commitment to the evidence of the cause.
    function stop(uint32 debtor, bytes32 cause, bytes32 document) external {
        uint32 actor = participants.actorOf(
            msg.sender, Roles.ATTESTER | Roles.SETTLEMENT_BANK | Roles.OPERATOR | Roles.REGULATOR
        );
        require(participants.hasRole(debtor, Roles.DEBTOR), DebtorUnknown(debtor));
        require(cause != 0, CauseEmpty());
        require(document != 0, DocumentEmpty());
        require(stopCause[debtor] == 0, AlreadyStopped(debtor, stopCause[debtor]));
        stopCause[debtor] = cause;
        emit IssueStopped(debtor, actor, cause, document, msg.sender);
    }

    /// @notice Anyone may count a receivable that is overdue against its debtor.
    function stopOverdue(uint32 receivable) external {
        (uint32 debtor, uint40 dueAt, bool owed) = receivables.debtOf(receivable);
        require(!overdueStop[receivable], AlreadyCounted(receivable));
        uint40 from = dueAt + uint40(policies.value(PolicyNames.OVERDUE_GRACE));
        require(
            owed && block.timestamp > from, NotOverdue(receivable, from, PolicyNames.OVERDUE_GRACE)
        );
        overdueStop[receivable] = true;
        overdueCount[debtor] += 1;
        emit OverdueStopped(debtor, receivable, msg.sender);
    }

    /// @notice Anyone may take it off again once it is paid.
    function liftOverdue(uint32 receivable) external {
        (uint32 debtor,, bool owed) = receivables.debtOf(receivable);
        require(overdueStop[receivable], NotCounted(receivable));
        require(!owed, StillOwed(receivable));
        overdueStop[receivable] = false;
        overdueCount[debtor] -= 1;
        emit OverdueLifted(debtor, receivable, msg.sender);
    }

    /* ISSUANCE AND PAYMENT */

    /// @return group The group that the amount counts for, until it is released.
    function reserve(uint32 debtor, uint16 currency, uint48 amount)
        external
        onlyIssuance
        returns (uint32 group)
    {
        _checkNotStopped(debtor);
        Limit memory own = limit[debtor][currency];
        require(
            own.set || policies.value(PolicyNames.LIMIT_NEEDED) == 0,
            LimitMissing(debtor, currency, PolicyNames.LIMIT_NEEDED)
        );
        uint64 available = _available(own);
        require(amount <= available, LimitExceeded(debtor, amount, available));
        limit[debtor][currency].reserved = own.reserved + amount;
        group = groupOf[debtor];
        if (group != 0) {
            Limit memory shared = groupLimit[group][currency];
            available = _available(shared);
            require(amount <= available, GroupLimitExceeded(group, amount, available));
            groupLimit[group][currency].reserved = shared.reserved + amount;
        }
    }

    function commit(uint32 debtor, uint32 group, uint16 currency, uint48 amount)
        external
        onlyIssuance
    {
        _checkNotStopped(debtor);
        Limit storage own = limit[debtor][currency];
        (own.reserved, own.committed) = (own.reserved - amount, own.committed + amount);
        if (group != 0) {
            Limit storage shared = groupLimit[group][currency];
            (shared.reserved, shared.committed) =
            (shared.reserved - amount, shared.committed + amount);
        }
    }

    /// @notice A proposal came to nothing.
    function unreserve(uint32 debtor, uint32 group, uint16 currency, uint48 amount)
        external
        onlyIssuance
    {
        limit[debtor][currency].reserved -= amount;
        if (group != 0) groupLimit[group][currency].reserved -= amount;
    }

    /// @notice A debt was paid, in part or whole, or is void.
    function release(uint32 debtor, uint32 group, uint16 currency, uint48 amount) external {
        require(msg.sender == address(receivables), NotLedger(msg.sender));
        limit[debtor][currency].committed -= amount;
        if (group != 0) groupLimit[group][currency].committed -= amount;
    }

    /* INTERNAL */

    function _checkDebtor(uint32 debtor, uint16 currency) internal view {
        participants.requireActive(debtor, Roles.DEBTOR);
        require(currency != 0, CurrencyEmpty());
    }

    function _checkNotStopped(uint32 debtor) internal view {
        bytes32 cause = stopCause[debtor];
        uint32 overdue = overdueCount[debtor];
        require(cause == 0 && overdue == 0, DebtorStopped(debtor, cause, overdue));
    }

    /// @dev A limit that is not set has no end; a reduced one may be used beyond its amount.
    function _available(Limit memory l) internal pure returns (uint64) {
        if (!l.set) return type(uint64).max;
        uint64 used = l.reserved + l.committed;
        return l.amount > used ? l.amount - used : 0;
    }
}

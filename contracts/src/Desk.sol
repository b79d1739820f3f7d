// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Hand} from "./Hand.sol";
import {Participants} from "./Participants.sol";
import {Roles} from "./Roles.sol";

/// @title Maker and checker (经办, 复核) for participants that ask for two people on everything.
/// @notice A participant's hand is an account without a key. One of its people makes a draft of a call,
/// another checks it, and the hand then calls. Accounts narrowed to one of the two can do nothing directly.
contract Desk {
    /* TYPES */

    enum DraftState {
        None,
        Open,
        Checked,
        Rejected,
        Cancelled
    }

    struct Draft {
        uint32 number;
        uint40 expiresAt;
        DraftState state;
        address maker;
        bytes32 callHash;
    }

    /* CONSTANTS */

    /// @notice How long a draft may be checked.
    uint40 public constant DRAFT_PERIOD = 14 days;

    /* STORAGE */

    Participants public immutable participants;

    uint64 public draftCount;
    mapping(uint64 id => Draft) public draft;

    /* EVENTS */

    event HandOpened(uint32 indexed number, address indexed hand, address actor);
    event DraftMade(
        uint64 indexed id,
        uint32 indexed number,
        address indexed target,
        bytes32 callHash,
        uint40 expiresAt,
        address actor
    );
    event DraftChecked(uint64 indexed id, uint32 indexed number, address actor);
    event DraftRejected(uint64 indexed id, uint32 indexed number, bytes32 reason, address actor);
    event DraftCancelled(uint64 indexed id, uint32 indexed number, address actor);

    /* ERRORS */

    error HandExists(uint32 number);
    error HandMissing(uint32 number);
    error DeskItself();
    error NoContract(address target);
    error DraftUnknown(uint64 id);
    error DraftDone(uint64 id);
    error DraftExpired(uint64 id, uint40 expiresAt);
    error DraftChanged(uint64 id, bytes32 expected, bytes32 given);
    error NotDraftOwner(uint64 id, uint32 actor, uint32 number);
    error NotMaker(uint64 id, address account);
    error SameAccount(uint64 id, address account);

    constructor(Participants participants_) {
        participants = participants_;
    }

    /* HANDS */

    /// @notice Makes the hand of the caller's participant, which then adds it as an account like any other.
    function open() external returns (address hand) {
        uint32 number = participants.actorOf(msg.sender, Roles.ADMIN);
        require(handOf(number).code.length == 0, HandExists(number));
        hand = address(new Hand{salt: bytes32(uint256(number))}());
        emit HandOpened(number, hand, msg.sender);
    }

    /// @notice The address of a participant's hand, whether made yet or not (EIP-1014).
    function handOf(uint32 number) public view returns (address) {
        bytes32 codeHash = keccak256(type(Hand).creationCode);
        return address(
            uint160(
                uint256(
                    keccak256(
                        abi.encodePacked(
                            bytes1(0xff), address(this), bytes32(uint256(number)), codeHash
                        )
                    )
                )
            )
        );
    }

    /* DRAFTS */

    /// @notice Drafts a call for the hand of the caller's participant.
    function make(address target, bytes calldata data) external returns (uint64 id) {
        uint32 number = participants.actorOf(msg.sender, Roles.MAKER);
        require(handOf(number).code.length != 0, HandMissing(number));
        // The desk must not check for itself, with the hand as one of the two.
        require(target != address(this), DeskItself());
        require(target.code.length != 0, NoContract(target));
        id = ++draftCount;
        uint40 expiresAt = uint40(block.timestamp) + DRAFT_PERIOD;
        bytes32 callHash = keccak256(abi.encode(target, data));
        draft[id] = Draft(number, expiresAt, DraftState.Open, msg.sender, callHash);
        emit DraftMade(id, number, target, callHash, expiresAt, msg.sender);
    }

    /// @notice Runs a draft through the hand: all of it succeeds or nothing happens.
    /// @param target The very target that was drafted, as its data.
    function check(uint64 id, address target, bytes calldata data)
        external
        returns (bytes memory returned)
    {
        Draft memory d = _checkable(id);
        bytes32 callHash = keccak256(abi.encode(target, data));
        require(callHash == d.callHash, DraftChanged(id, d.callHash, callHash));
        // A draft does not outlive its maker's right to make it.
        uint32 number = participants.actorOf(d.maker, Roles.MAKER);
        require(number == d.number, NotDraftOwner(id, number, d.number));
        draft[id].state = DraftState.Checked;
        emit DraftChecked(id, d.number, msg.sender);
        return Hand(handOf(d.number)).act(target, data);
    }

    function reject(uint64 id, bytes32 reason) external {
        Draft memory d = _checkable(id);
        draft[id].state = DraftState.Rejected;
        emit DraftRejected(id, d.number, reason, msg.sender);
    }

    function cancel(uint64 id) external {
        uint32 actor = participants.actorOf(msg.sender, Roles.MAKER);
        Draft memory d = _open(id, actor);
        require(d.maker == msg.sender, NotMaker(id, msg.sender));
        draft[id].state = DraftState.Cancelled;
        emit DraftCancelled(id, d.number, msg.sender);
    }

    /* INTERNAL */

    function _checkable(uint64 id) internal view returns (Draft memory d) {
        uint32 actor = participants.actorOf(msg.sender, Roles.CHECKER);
        d = _open(id, actor);
        require(d.maker != msg.sender, SameAccount(id, msg.sender));
    }

    function _open(uint64 id, uint32 actor) internal view returns (Draft memory d) {
        d = draft[id];
        require(d.number != 0, DraftUnknown(id));
        require(d.number == actor, NotDraftOwner(id, actor, d.number));
        require(d.state == DraftState.Open, DraftDone(id));
        require(block.timestamp <= d.expiresAt, DraftExpired(id, d.expiresAt));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "./Participants.sol";
import {PolicyNames} from "./PolicyNames.sol";

/// @title The ledger's parameters: named, with the day they take effect and the rule they rest on.
/// @notice Governors set a version of a parameter for now or for later; the past is never rewritten. A refusal
/// that rests on a parameter carries its name.
contract Policies {
    /* TYPES */

    /// @dev `citation` is the hash of issuer, document and article, which the event has in full.
    struct Version {
        uint64 value;
        uint40 effectiveFrom;
        bytes32 citation;
    }

    /* STORAGE */

    Participants public immutable participants;

    mapping(bytes32 name => uint32 count) public versions;
    /// @notice Versions of a parameter, numbered from one, each in effect from later than the one before.
    mapping(bytes32 name => mapping(uint32 number => Version)) public version;

    /* EVENTS */

    event PolicySet(
        bytes32 indexed name,
        uint32 indexed number,
        uint64 value,
        uint40 effectiveFrom,
        string issuer,
        string document,
        string article
    );
    event PolicyWithdrawn(bytes32 indexed name, uint32 indexed number);

    /* ERRORS */

    error NotGovernance(address caller);
    error PolicyUnknown(bytes32 name);
    error PolicyNotSet(bytes32 name);
    error BadPolicyValue(bytes32 name, uint64 value, uint64 least, uint64 most);
    error BadEffectiveDate(bytes32 name, uint40 effectiveFrom, uint256 earliest);
    error CitationEmpty(bytes32 name);
    error NothingPending(bytes32 name);

    constructor(Participants participants_) {
        participants = participants_;
    }

    modifier onlyGovernance() {
        require(msg.sender == address(participants), NotGovernance(msg.sender));
        _;
    }

    /* GOVERNANCE */

    /// @param effectiveFrom When the value takes effect: not before now, nor before what is set already; zero for
    /// the moment the governors' proposal is executed.
    /// @param issuer Who made the rule that the value rests on.
    /// @param document The rule's document, and `article` the place in it.
    function set(
        bytes32 name,
        uint64 value_,
        uint40 effectiveFrom,
        string calldata issuer,
        string calldata document,
        string calldata article
    ) external onlyGovernance {
        (uint64 least, uint64 most) = PolicyNames.range(name);
        require(most != 0, PolicyUnknown(name));
        require(value_ >= least && value_ <= most, BadPolicyValue(name, value_, least, most));
        uint32 number = versions[name];
        uint256 earliest = uint256(version[name][number].effectiveFrom) + 1;
        if (earliest < block.timestamp) earliest = block.timestamp;
        if (effectiveFrom == 0) effectiveFrom = uint40(block.timestamp);
        require(effectiveFrom >= earliest, BadEffectiveDate(name, effectiveFrom, earliest));
        require(
            bytes(issuer).length != 0 && bytes(document).length != 0 && bytes(article).length != 0,
            CitationEmpty(name)
        );
        versions[name] = ++number;
        version[name][number] =
            Version(value_, effectiveFrom, keccak256(abi.encode(issuer, document, article)));
        emit PolicySet(name, number, value_, effectiveFrom, issuer, document, article);
    }

    /// @notice Takes the last version back while it is not in effect.
    function withdraw(bytes32 name) external onlyGovernance {
        uint32 number = versions[name];
        require(version[name][number].effectiveFrom > block.timestamp, NothingPending(name));
        delete version[name][number];
        versions[name] = number - 1;
        emit PolicyWithdrawn(name, number);
    }

    /* VIEWS */

    /// @notice The value in effect now.
    function value(bytes32 name) external view returns (uint64) {
        return valueAt(name, uint40(block.timestamp));
    }

    /// @notice The value in effect at a time.
    function valueAt(bytes32 name, uint40 time) public view returns (uint64) {
        for (uint32 number = versions[name]; number != 0; --number) {
            Version storage v = version[name][number];
            if (v.effectiveFrom <= time) return v.value;
        }
        revert PolicyNotSet(name);
    }
}

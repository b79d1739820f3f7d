// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Participants} from "../../src/Participants.sol";
import {Policies} from "../../src/Policies.sol";
import {PolicyNames} from "../../src/PolicyNames.sol";
import {Fixture} from "../utils/Fixture.sol";

/// @dev Parameters: their names and ranges, their days, the rule they rest on.
contract PoliciesTest is Fixture {
    bytes32 internal constant NAME = PolicyNames.LONGEST_TERM;
    uint64 internal constant MOST_TERM = 3650 days;

    /// @dev A second later than all that is set already.
    uint40 internal constant LATER = NOW + 1;

    function setUp() public override {
        super.setUp();
        vm.warp(LATER);
    }

    function _set(bytes32 name, uint64 value, uint40 effectiveFrom)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(
            Policies.set, (name, value, effectiveFrom, "issuer", "document", "article")
        );
    }

    function _setRefused(bytes memory data, bytes memory refusal) internal {
        _governRefused(address(policies), data, refusal);
    }

    function _valueRefused(bytes32 name, uint40 time) internal {
        _refusedFrom(
            STRANGER,
            address(policies),
            abi.encodeCall(Policies.valueAt, (name, time)),
            abi.encodeWithSelector(Policies.PolicyNotSet.selector, name)
        );
    }

    /* SET */

    function testSetByNobodyElse(address caller) public {
        vm.assume(caller != address(participants));
        bytes memory refusal = abi.encodeWithSelector(Policies.NotGovernance.selector, caller);
        _refusedFrom(caller, address(policies), _set(NAME, 1 days, 0), refusal);
        _refusedFrom(caller, address(policies), abi.encodeCall(Policies.withdraw, (NAME)), refusal);
    }

    function testSetUnknown(bytes32 name) public {
        (, uint64 most) = PolicyNames.range(name);
        vm.assume(most == 0);
        _setRefused(_set(name, 1, 0), abi.encodeWithSelector(Policies.PolicyUnknown.selector, name));
    }

    /// @dev Each name, with the least and the greatest value it may have.
    function _ranges()
        internal
        pure
        returns (bytes32[15] memory names, uint64[15] memory least, uint64[15] memory most)
    {
        names = [
            bytes32("term.longest"),
            "term.review",
            "term.small-firm",
            "term.small-firm.refused",
            "evidence.level",
            "limit.needed",
            "issue.overdue-grace",
            "transfer.tiers",
            "transfer.legs",
            "transfer.least",
            "transfer.offer-period",
            "financing.disburse-period",
            "financing.registration",
            "financing.agreement",
            "financing.justification"
        ];
        least = [uint64(1), 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0];
        most = [
            MOST_TERM,
            MOST_TERM,
            MOST_TERM,
            1,
            4,
            1,
            MOST_TERM,
            254,
            255,
            MAX_FACE,
            MOST_TERM,
            MOST_TERM,
            1,
            1,
            1
        ];
    }

    function testSetOutsideOfItsRange() public {
        (bytes32[15] memory names, uint64[15] memory least, uint64[15] memory most) = _ranges();
        for (uint256 n; n < names.length; ++n) {
            bytes32 name = names[n];
            bytes4 selector = Policies.BadPolicyValue.selector;
            _setRefused(
                _set(name, most[n] + 1, 0),
                abi.encodeWithSelector(selector, name, most[n] + 1, least[n], most[n])
            );
            if (least[n] == 0) continue;
            _setRefused(
                _set(name, least[n] - 1, 0),
                abi.encodeWithSelector(selector, name, least[n] - 1, least[n], most[n])
            );
        }
    }

    function testSetAtTheEndsOfItsRange() public {
        (bytes32[15] memory names, uint64[15] memory least, uint64[15] memory most) = _ranges();
        for (uint256 n; n < names.length; ++n) {
            _govern(address(policies), _set(names[n], least[n], LATER));
            assertEq(policies.value(names[n]), least[n], "the least");
            _govern(address(policies), _set(names[n], most[n], LATER + 1));
            assertEq(policies.valueAt(names[n], LATER + 1), most[n], "the most");
        }
    }

    function testSetForThePast(uint40 effectiveFrom) public {
        effectiveFrom = uint40(bound(effectiveFrom, 1, LATER - 1));
        _setRefused(
            _set(NAME, 1 days, effectiveFrom),
            abi.encodeWithSelector(Policies.BadEffectiveDate.selector, NAME, effectiveFrom, LATER)
        );
    }

    /// @dev Versions follow each other: none takes effect before the one set last.
    function testSetBeforeWhatIsSetAlready(uint40 effectiveFrom) public {
        uint40 last = LATER + 100 days;
        _govern(address(policies), _set(NAME, 1 days, last));
        effectiveFrom = uint40(bound(effectiveFrom, LATER, last));
        _setRefused(
            _set(NAME, 2 days, effectiveFrom),
            abi.encodeWithSelector(
                Policies.BadEffectiveDate.selector, NAME, effectiveFrom, last + 1
            )
        );
        _setRefused(
            _set(NAME, 2 days, 0),
            abi.encodeWithSelector(Policies.BadEffectiveDate.selector, NAME, LATER, last + 1)
        );
    }

    function testSetWithoutCitation() public {
        string[3][3] memory citations =
            [["", "document", "article"], ["issuer", "", "article"], ["issuer", "document", ""]];
        for (uint256 n; n < citations.length; ++n) {
            string[3] memory c = citations[n];
            _setRefused(
                abi.encodeCall(Policies.set, (NAME, 1 days, 0, c[0], c[1], c[2])),
                abi.encodeWithSelector(Policies.CitationEmpty.selector, NAME)
            );
        }
    }

    function testSetAtOnce(uint64 value) public {
        value = uint64(bound(value, 1, MOST_TERM));
        Participants.Call[] memory calls = _call(address(policies), _set(NAME, value, 0));
        uint32 id = _approved(calls);
        vm.expectEmit(address(policies));
        emit Policies.PolicySet(NAME, 2, value, LATER, "issuer", "document", "article");
        _execute(id, calls);
        (uint64 stored, uint40 effectiveFrom, bytes32 citation) = policies.version(NAME, 2);
        assertEq(policies.versions(NAME), 2, "versions");
        assertEq(stored, value, "value");
        assertEq(effectiveFrom, LATER, "effective from");
        assertEq(citation, keccak256(abi.encode("issuer", "document", "article")), "citation");
        assertEq(policies.value(NAME), value, "in effect");
    }

    /// @dev A value holds from its day on; what held before it stays as it was.
    function testSetForLater(uint40 days_, uint40 time) public {
        uint40 from = LATER + uint40(bound(days_, 1, 1000 days));
        _govern(address(policies), _set(NAME, 7 days, from));
        assertEq(policies.value(NAME), LONGEST_TERM, "not yet");
        time = uint40(bound(time, NOW, from + 1000 days));
        vm.warp(time < LATER ? LATER : time);
        assertEq(policies.valueAt(NAME, time), time < from ? LONGEST_TERM : 7 days, "at a time");
        vm.warp(from);
        assertEq(policies.value(NAME), 7 days, "from its day on");
        assertEq(policies.valueAt(NAME, from - 1), LONGEST_TERM, "the day before");
        _valueRefused(NAME, NOW - 1);
    }

    /* WITHDRAW */

    function testWithdrawWhatIsInEffect() public {
        _setRefused(
            abi.encodeCall(Policies.withdraw, (NAME)),
            abi.encodeWithSelector(Policies.NothingPending.selector, NAME)
        );
        _govern(address(policies), _set(NAME, 1 days, LATER + 1));
        vm.warp(LATER + 1);
        _setRefused(
            abi.encodeCall(Policies.withdraw, (NAME)),
            abi.encodeWithSelector(Policies.NothingPending.selector, NAME)
        );
    }

    function testWithdrawUnknown(bytes32 name) public {
        (, uint64 most) = PolicyNames.range(name);
        vm.assume(most == 0);
        _setRefused(
            abi.encodeCall(Policies.withdraw, (name)),
            abi.encodeWithSelector(Policies.NothingPending.selector, name)
        );
    }

    function testWithdraw() public {
        _govern(address(policies), _set(NAME, 1 days, LATER + 1 days));
        _govern(address(policies), _set(NAME, 2 days, LATER + 2 days));
        Participants.Call[] memory calls =
            _call(address(policies), abi.encodeCall(Policies.withdraw, (NAME)));
        uint32 id = _approved(calls);
        vm.expectEmit(address(policies));
        emit Policies.PolicyWithdrawn(NAME, 3);
        _execute(id, calls);
        (uint64 value, uint40 from, bytes32 citation) = policies.version(NAME, 3);
        assertEq(abi.encode(value, from, citation), abi.encode(0, 0, 0), "nothing is left of it");
        vm.warp(LATER + 3 days);
        assertEq(policies.value(NAME), 1 days, "the one before");
        // Its number is free again.
        _govern(address(policies), _set(NAME, 4 days, LATER + 4 days));
        assertEq(policies.versions(NAME), 3, "versions");
    }

    /* NOT SET */

    function testNotSet() public {
        policies = new Policies(participants);
        (bytes32[15] memory names,,) = _ranges();
        for (uint256 n; n < names.length; ++n) {
            _valueRefused(names[n], LATER);
        }
    }
}

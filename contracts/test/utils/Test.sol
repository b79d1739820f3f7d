// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev The cheatcodes these tests use, and no more.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function accesses(address target)
        external
        returns (bytes32[] memory reads, bytes32[] memory writes);
    function addr(uint256 privateKey) external pure returns (address);
    function assume(bool condition) external pure;
    function chainId(uint256 newChainId) external;
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
    function expectEmit(address emitter) external;
    function expectRevert(bytes calldata revertData) external;
    function getNonce(address account) external view returns (uint64);
    function getRecordedLogs() external returns (Log[] memory);
    function load(address target, bytes32 slot) external view returns (bytes32);
    function prank(address sender) external;
    function record() external;
    function recordLogs() external;
    function revertToState(uint256 snapshot) external returns (bool);
    function sign(uint256 privateKey, bytes32 digest)
        external
        pure
        returns (uint8 v, bytes32 r, bytes32 s);
    function snapshotGasLastCall(string calldata group, string calldata name)
        external
        returns (uint256 gasUsed);
    function snapshotState() external returns (uint256);
    function warp(uint256 timestamp) external;

    function assertEq(uint256 left, uint256 right, string calldata label) external pure;
    function assertEq(address left, address right, string calldata label) external pure;
    function assertEq(bytes32 left, bytes32 right, string calldata label) external pure;
    function assertEq(bytes calldata left, bytes calldata right, string calldata label)
        external
        pure;
    function assertTrue(bool condition, string calldata label) external pure;
    function assertFalse(bool condition, string calldata label) external pure;
    function assertLe(uint256 left, uint256 right, string calldata label) external pure;
    function assertLt(uint256 left, uint256 right, string calldata label) external pure;
}

/// @dev What a test contract needs of the runner.
abstract contract Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    // forge-lint: disable-next-line(screaming-snake-case-const)
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    bool public constant IS_TEST = true;

    address[] private _targetContracts;
    FuzzSelector[] private _targetSelectors;

    function targetContracts() public view returns (address[] memory) {
        return _targetContracts;
    }

    function targetSelectors() public view returns (FuzzSelector[] memory) {
        return _targetSelectors;
    }

    function _target(address addr, bytes4[] memory selectors) internal {
        _targetContracts.push(addr);
        _targetSelectors.push(FuzzSelector(addr, selectors));
    }

    /// @dev `x` folded into `[min, max]`.
    function bound(uint256 x, uint256 min, uint256 max) internal pure returns (uint256) {
        require(min <= max, "bound: empty range");
        if (x >= min && x <= max) return x;
        uint256 size = max - min + 1;
        return size == 0 ? x : min + x % size;
    }

    /* The runner is asked only for its message, when an assertion fails: asking takes time. */

    function assertEq(uint256 left, uint256 right, string memory label) internal pure {
        if (left != right) vm.assertEq(left, right, label);
    }

    function assertEq(address left, address right, string memory label) internal pure {
        if (left != right) vm.assertEq(left, right, label);
    }

    function assertEq(bytes32 left, bytes32 right, string memory label) internal pure {
        if (left != right) vm.assertEq(left, right, label);
    }

    function assertEq(bytes memory left, bytes memory right, string memory label) internal pure {
        if (keccak256(left) != keccak256(right)) vm.assertEq(left, right, label);
    }

    function assertTrue(bool condition, string memory label) internal pure {
        if (!condition) vm.assertTrue(condition, label);
    }

    function assertFalse(bool condition, string memory label) internal pure {
        if (condition) vm.assertFalse(condition, label);
    }

    function assertLe(uint256 left, uint256 right, string memory label) internal pure {
        if (left > right) vm.assertLe(left, right, label);
    }

    function assertLt(uint256 left, uint256 right, string memory label) internal pure {
        if (left >= right) vm.assertLt(left, right, label);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev A Merkle tree of sorted pairs, made independently of the contracts; a node without a sibling moves up.
library Merkle {
    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        bytes32[] memory level = leaves;
        while (level.length > 1) {
            level = _above(level);
        }
        return level[0];
    }

    function proof(bytes32[] memory leaves, uint256 index)
        internal
        pure
        returns (bytes32[] memory siblings)
    {
        bytes32[] memory found = new bytes32[](32);
        uint256 depth;
        bytes32[] memory level = leaves;
        while (level.length > 1) {
            uint256 sibling = index ^ 1;
            if (sibling < level.length) found[depth++] = level[sibling];
            level = _above(level);
            index /= 2;
        }
        siblings = new bytes32[](depth);
        for (uint256 i; i < depth; ++i) {
            siblings[i] = found[i];
        }
    }

    function pair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function _above(bytes32[] memory level) private pure returns (bytes32[] memory above) {
        above = new bytes32[]((level.length + 1) / 2);
        for (uint256 i; i < above.length; ++i) {
            above[i] =
                2 * i + 1 < level.length ? pair(level[2 * i], level[2 * i + 1]) : level[2 * i];
        }
    }
}

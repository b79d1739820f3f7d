// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What a participant's desk acts with: an account that no key belongs to.
/// @notice It calls what the desk that made it tells it to, and nothing else.
contract Hand {
    address public immutable desk;

    error NotDesk(address caller);
    error TargetFailed(address target);

    constructor() {
        desk = msg.sender;
    }

    /// @notice Calls the target; what it refuses is refused here as it is.
    function act(address target, bytes calldata data) external returns (bytes memory returned) {
        require(msg.sender == desk, NotDesk(msg.sender));
        bool success;
        (success, returned) = target.call(data);
        if (!success) {
            require(returned.length != 0, TargetFailed(target));
            assembly ("memory-safe") {
                revert(add(returned, 32), mload(returned))
            }
        }
    }
}

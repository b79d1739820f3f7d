// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev What a participant may do, what kind of firm it is, and what an account may do for it, in one bitmap. A
/// role argument with several bits means any of them.
library Roles {
    uint32 internal constant DEBTOR = 1 << 0;
    uint32 internal constant SUPPLIER = 1 << 1;
    uint32 internal constant FINANCIER = 1 << 2;
    uint32 internal constant ATTESTER = 1 << 3;
    uint32 internal constant SETTLEMENT_BANK = 1 << 4;
    uint32 internal constant AUDITOR = 1 << 5;
    uint32 internal constant OPERATOR = 1 << 6;
    /// @dev A court or a supervisor: freezes and unfreezes.
    uint32 internal constant REGULATOR = 1 << 7;

    uint32 internal constant ALL = (1 << 8) - 1;
    uint32 internal constant HOLDER = SUPPLIER | FINANCIER;

    /// @dev Attributes of a firm, for rules that tell firms apart by size.
    uint32 internal constant SMALL_FIRM = 1 << 8;
    uint32 internal constant LARGE_FIRM = 1 << 9;
    uint32 internal constant ATTRIBUTES = SMALL_FIRM | LARGE_FIRM;

    /// @dev Capabilities of an account: its participant's accounts, signatures, and the two sides of a desk.
    uint32 internal constant ADMIN = 1 << 16;
    uint32 internal constant SIGNER = 1 << 17;
    uint32 internal constant MAKER = 1 << 18;
    uint32 internal constant CHECKER = 1 << 19;
    uint32 internal constant CAPABILITIES = ADMIN | SIGNER | MAKER | CHECKER;
}

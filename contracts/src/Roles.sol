// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev A participant's roles are a bitmap of these; a role argument with several bits means any of them.
library Roles {
    uint32 internal constant DEBTOR = 1 << 0;
    uint32 internal constant SUPPLIER = 1 << 1;
    uint32 internal constant FINANCIER = 1 << 2;
    uint32 internal constant ATTESTER = 1 << 3;
    uint32 internal constant SETTLEMENT_BANK = 1 << 4;
    uint32 internal constant AUDITOR = 1 << 5;
    uint32 internal constant OPERATOR = 1 << 6;

    uint32 internal constant ALL = (1 << 7) - 1;
    uint32 internal constant HOLDER = SUPPLIER | FINANCIER;
}

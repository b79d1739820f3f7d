// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev The parameters that governors set, by name, and the range of each. Periods are seconds, amounts minor
/// units, and a switch is 0 or 1.
library PolicyNames {
    /// @dev Longest time from proposal to due date.
    bytes32 internal constant LONGEST_TERM = "term.longest";
    /// @dev A longer term than this is extended: its financing needs a justification.
    bytes32 internal constant REVIEW_TERM = "term.review";
    /// @dev Longest time from delivery to due date that a large firm may take from a small one.
    bytes32 internal constant SMALL_FIRM_TERM = "term.small-firm";
    /// @dev Switch: a longer term for a small firm is refused, not only flagged.
    bytes32 internal constant SMALL_FIRM_REFUSED = "term.small-firm.refused";
    bytes32 internal constant EVIDENCE_LEVEL = "evidence.level";
    /// @dev Switch: a debtor without a limit issues nothing.
    bytes32 internal constant LIMIT_NEEDED = "limit.needed";
    /// @dev How long after the due date an unpaid receivable stops its debtor's issues.
    bytes32 internal constant OVERDUE_GRACE = "issue.overdue-grace";
    bytes32 internal constant MAX_TIER = "transfer.tiers";
    bytes32 internal constant MAX_LEGS = "transfer.legs";
    bytes32 internal constant MIN_LENGTH = "transfer.least";
    bytes32 internal constant OFFER_PERIOD = "transfer.offer-period";
    bytes32 internal constant DISBURSE_PERIOD = "financing.disburse-period";
    /// @dev Switches: what a financing needs before money is paid.
    bytes32 internal constant REGISTRATION_NEEDED = "financing.registration";
    bytes32 internal constant AGREEMENT_NEEDED = "financing.agreement";
    bytes32 internal constant JUSTIFICATION_NEEDED = "financing.justification";

    /// @return least The smallest value a parameter may have.
    /// @return most The greatest; zero for a name that is none.
    function range(bytes32 name) internal pure returns (uint64 least, uint64 most) {
        if (
            name == SMALL_FIRM_REFUSED || name == LIMIT_NEEDED || name == REGISTRATION_NEEDED
                || name == AGREEMENT_NEEDED || name == JUSTIFICATION_NEEDED
        ) return (0, 1);
        if (name == EVIDENCE_LEVEL) return (0, 4);
        if (name == MAX_TIER) return (1, 254);
        if (name == MAX_LEGS) return (1, 255);
        if (name == MIN_LENGTH) return (1, type(uint48).max);
        if (name == OVERDUE_GRACE) return (0, 3650 days);
        if (
            name == LONGEST_TERM || name == REVIEW_TERM || name == SMALL_FIRM_TERM
                || name == OFFER_PERIOD || name == DISBURSE_PERIOD
        ) return (1, 3650 days);
    }
}

"""The HTTP status of each refusal of the ledger."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from chain import errors
from chain.errors import LedgerRefusal

FORBIDDEN: Final = (
    errors.NotAttester,
    errors.NotConfirmer,
    errors.NotConsentCounterparty,
    errors.NotConsentOwner,
    errors.NotCounterparty,
    errors.NotGovernance,
    errors.NotGovernor,
    errors.NotHolder,
    errors.NotParticipant,
    errors.NotParty,
    errors.NotProposer,
    errors.ParticipantExpired,
    errors.ParticipantSuspended,
    errors.RoleMissing,
)
"""Not for this participant to do."""

UNKNOWN: Final = (
    errors.AttestationUnknown,
    errors.ConsentUnknown,
    errors.GovernorUnknown,
    errors.InvoiceUnknown,
    errors.JobUnknown,
    errors.ParticipantUnknown,
    errors.ProposalUnknown,
    errors.ReceivableUnknown,
    errors.SchemaUnknown,
    errors.VoucherUnknown,
)
"""There is no such thing, or none that this participant may see."""

CONFLICT: Final = (
    errors.AccountTaken,
    errors.AlreadyApproved,
    errors.AlreadyAttested,
    errors.AlreadyRevoked,
    errors.ApprovalsMissing,
    errors.AttestationInvalid,
    errors.BudgetSpent,
    errors.CallFailed,
    errors.ConsentEnded,
    errors.ConsentExpired,
    errors.Encumbered,
    errors.EvidenceInvalid,
    errors.EvidenceLevelTooLow,
    errors.GovernorExists,
    errors.InvoiceExists,
    errors.InvoiceOfAnother,
    errors.InvoiceUsedUp,
    errors.JobClosed,
    errors.LastAccount,
    errors.LeafAlreadyRevoked,
    errors.LegalIdTaken,
    errors.LockHeld,
    errors.NotLive,
    errors.NotLocked,
    errors.NotOffered,
    errors.NotRevocable,
    errors.NotSuspended,
    errors.NothingToRedeem,
    errors.OfferLapsed,
    errors.PastDue,
    errors.ProposalDone,
    errors.ProposalExpired,
    errors.QuoteExpired,
    errors.QuoteOfAnotherFace,
    errors.ReferenceUsed,
    errors.StaleVoucher,
    errors.TierTooDeep,
    errors.TooManyGovernors,
    errors.TooManyPayments,
    errors.UnredeemedPayments,
    errors.WrongReceivableState,
)
"""Right in itself, and the ledger's state does not allow it now."""

UNPROCESSABLE: Final = (
    errors.AccountEmpty,
    errors.AmountZero,
    errors.BadDueDate,
    errors.BadExpiry,
    errors.BadFlows,
    errors.BadLegCount,
    errors.BadLevel,
    errors.BadPolicy,
    errors.BadRoles,
    errors.BadThreshold,
    errors.BadValidity,
    errors.BatchEmpty,
    errors.BudgetEmpty,
    errors.CommitmentEmpty,
    errors.DefinitionEmpty,
    errors.ECDSAInvalidSignature,
    errors.ECDSAInvalidSignatureLength,
    errors.ECDSAInvalidSignatureS,
    errors.EvidenceEmpty,
    errors.ExceedsOutstanding,
    errors.LeafOutOfRange,
    errors.LegalIdEmpty,
    errors.NoContract,
    errors.ProceedsExceedFace,
    errors.ProposalChanged,
    errors.QuoteNotSigned,
    errors.ReferenceEmpty,
    errors.ResultEmpty,
    errors.SameParty,
    errors.SplitExceedsVoucher,
    errors.SplitTakesWhole,
    errors.WrongAmount,
)
"""The values cannot be right whenever they are sent."""

STATUS: Final[dict[type[LedgerRefusal], HTTPStatus]] = {
    **dict.fromkeys(FORBIDDEN, HTTPStatus.FORBIDDEN),
    **dict.fromkeys(UNKNOWN, HTTPStatus.NOT_FOUND),
    **dict.fromkeys(CONFLICT, HTTPStatus.CONFLICT),
    **dict.fromkeys(UNPROCESSABLE, HTTPStatus.UNPROCESSABLE_ENTITY),
}


def status_of(kind: type[LedgerRefusal]) -> int:
    """The HTTP status that a refusal of the ledger is answered with."""
    return int(STATUS.get(kind, HTTPStatus.CONFLICT))

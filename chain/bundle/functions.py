"""The rule of each function that the contracts have."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chain import errors
from chain import events as ev
from chain.rules import (
    attestations,
    computations,
    desk,
    financing,
    invoices,
    issuance,
    limits,
    participants,
    policies,
    red_letters,
    settlement,
    vouchers,
)
from chain.rules.state import Ledger, Moment

Rule = Callable[..., tuple[ev.Event, ...]]


def _only_within(refusal: Callable[[str], errors.LedgerRefusal]) -> Rule:
    """Of a function that the ledger's contracts call of each other: whoever else calls it is refused."""

    def refuse(_: Ledger, at: Moment, *__: object) -> tuple[ev.Event, ...]:
        raise refusal(at.sender)

    return refuse


_BY_ISSUANCE = _only_within(errors.NotIssuance)
_BY_FINANCING = _only_within(errors.NotFinancing)
_BY_LEDGER = _only_within(errors.NotLedger)

RULES: Mapping[tuple[str, str], Rule] = {
    ("Participants", "propose"): participants.propose,
    ("Participants", "approve"): participants.approve,
    ("Participants", "revokeApproval"): participants.revoke_approval,
    ("Participants", "cancel"): participants.cancel,
    ("Participants", "execute"): participants.execute,
    ("Participants", "addGovernor"): participants.add_governor,
    ("Participants", "removeGovernor"): participants.remove_governor,
    ("Participants", "rotateGovernor"): participants.rotate_governor,
    ("Participants", "setThreshold"): participants.set_threshold,
    ("Participants", "admit"): participants.admit,
    ("Participants", "setRoles"): participants.set_roles,
    ("Participants", "suspend"): participants.suspend,
    ("Participants", "reinstate"): participants.reinstate,
    ("Participants", "addAccount"): participants.add_account,
    ("Participants", "setScope"): participants.set_scope,
    ("Participants", "rotateAccount"): participants.rotate_account,
    ("Participants", "removeAccount"): participants.remove_account,
    ("Desk", "open"): desk.open_hand,
    ("Desk", "make"): desk.make,
    ("Desk", "check"): desk.check,
    ("Desk", "reject"): desk.reject,
    ("Desk", "cancel"): desk.cancel,
    ("Policies", "set"): policies.set_policy,
    ("Policies", "withdraw"): policies.withdraw_policy,
    ("Attestations", "registerSchema"): attestations.register_schema,
    ("Attestations", "attest"): attestations.attest,
    ("Attestations", "attestMany"): attestations.attest_many,
    ("Attestations", "attestBySignature"): attestations.attest_by_signature,
    ("Attestations", "supersede"): attestations.supersede,
    ("Attestations", "anchor"): attestations.anchor,
    ("Attestations", "revoke"): attestations.revoke,
    ("Attestations", "revokeBySignature"): attestations.revoke_by_signature,
    ("Attestations", "revokeLeaf"): attestations.revoke_leaf,
    ("Computations", "grant"): computations.grant,
    ("Computations", "withdraw"): computations.withdraw_consent,
    ("Computations", "open"): computations.open_job,
    ("Computations", "complete"): computations.complete_job,
    ("Computations", "abandon"): computations.abandon_job,
    ("Receivables", "split"): vouchers.split,
    ("Receivables", "offer"): vouchers.offer,
    ("Receivables", "transfer"): vouchers.transfer,
    ("Receivables", "accept"): vouchers.accept,
    ("Receivables", "acceptBySignature"): vouchers.accept_by_signature,
    ("Receivables", "refuse"): vouchers.refuse,
    ("Receivables", "withdraw"): vouchers.withdraw,
    ("Receivables", "freeze"): vouchers.freeze,
    ("Receivables", "unfreeze"): vouchers.unfreeze,
    ("Receivables", "dispute"): vouchers.dispute,
    ("Receivables", "endDispute"): vouchers.end_dispute,
    ("Receivables", "recordPayment"): settlement.record_payment,
    ("Receivables", "returnCredit"): settlement.return_credit,
    ("Receivables", "redeem"): settlement.redeem,
    ("Receivables", "writeOff"): vouchers.write_off,
    ("Receivables", "open"): _BY_ISSUANCE,
    ("Receivables", "voidUntouched"): _BY_ISSUANCE,
    ("Receivables", "setRedLetter"): _BY_ISSUANCE,
    ("Receivables", "lock"): _BY_FINANCING,
    ("Receivables", "free"): _BY_FINANCING,
    ("Receivables", "pledge"): _BY_FINANCING,
    ("Receivables", "assign"): _BY_FINANCING,
    ("Receivables", "setBound"): _BY_FINANCING,
    ("Receivables", "useReference"): _BY_FINANCING,
    ("Limits", "setLimit"): limits.set_limit,
    ("Limits", "setGroupLimit"): limits.set_group_limit,
    ("Limits", "setGroup"): limits.set_group,
    ("Limits", "lift"): limits.lift,
    ("Limits", "stop"): limits.stop,
    ("Limits", "stopOverdue"): limits.stop_overdue,
    ("Limits", "liftOverdue"): limits.lift_overdue,
    ("Limits", "reserve"): _BY_LEDGER,
    ("Limits", "commit"): _BY_LEDGER,
    ("Limits", "unreserve"): _BY_LEDGER,
    ("Limits", "release"): _BY_LEDGER,
    ("Invoices", "register"): invoices.register_invoice,
    ("Invoices", "credit"): red_letters.credit_invoice,
    ("Invoices", "correct"): invoices.correct_invoice,
    ("Invoices", "use"): _BY_ISSUANCE,
    ("Invoices", "release"): _BY_ISSUANCE,
    ("Issuance", "propose"): issuance.propose_receivable,
    ("Issuance", "proposeMany"): issuance.propose_many,
    ("Issuance", "confirm"): issuance.confirm,
    ("Issuance", "confirmMany"): issuance.confirm_many,
    ("Issuance", "reject"): issuance.reject,
    ("Issuance", "cancel"): issuance.cancel,
    ("Issuance", "voidIssue"): issuance.void_issue,
    ("Issuance", "flagRedLetter"): red_letters.flag_red_letter,
    ("Issuance", "reaffirm"): red_letters.reaffirm,
    ("Financing", "cancelQuote"): financing.cancel_quote,
    ("Financing", "acceptQuote"): financing.accept_quote,
    ("Financing", "file"): financing.file,
    ("Financing", "disburse"): financing.disburse,
    ("Financing", "releaseLock"): financing.release_lock,
    ("Financing", "repay"): financing.repay,
    ("Financing", "releasePledge"): financing.release_pledge,
    ("Financing", "closeLoan"): financing.close_loan,
    ("Financing", "enforcePledge"): financing.enforce_pledge,
    ("Financing", "demandRecourse"): financing.demand_recourse,
    ("Financing", "buyBack"): financing.buy_back,
    ("Financing", "waiveRecourse"): financing.waive_recourse,
    ("Financing", "assertClaim"): financing.assert_claim,
    ("Financing", "withdrawClaim"): financing.withdraw_claim,
}
"""The rule of each function that changes something."""

"""Cross-verification (交叉验真): a catalogue of small named rules over the documents of one trade.

documents = read_folder(folder)
require_coherent(documents)
checked = cross_check(documents)
checked.level, checked.result("X-02a").figures
"""

from flows.checks.coherence import require_coherent
from flows.checks.cross import CATALOGUE, CrossCheck, Level, cross_check
from flows.checks.rule import DEFAULT_POLICY, CheckResult, Outcome, Policy, Rule

__all__ = [
    "CATALOGUE",
    "DEFAULT_POLICY",
    "CheckResult",
    "CrossCheck",
    "Level",
    "Outcome",
    "Policy",
    "Rule",
    "cross_check",
    "require_coherent",
]

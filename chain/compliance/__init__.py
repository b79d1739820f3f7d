"""What a refusal rests on: the policy, its citation, and the sentence that says so, in Chinese and English.

`catalogue` has the policies and where each is written, `refusals` the policy and the Chinese sentence of
every refusal of the ledger, `explain` puts them together.
"""

from chain.compliance.catalogue import CATALOGUE, Policy, Source
from chain.compliance.explain import Explanation, explain

__all__ = ["CATALOGUE", "Explanation", "Policy", "Source", "explain"]

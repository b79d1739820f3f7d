"""Audit bundles: everything an auditor needs of a ledger in one file, verified with no network.

    export_bundle(engine, manifest, path)
    report = verify_bundle(path)
    proof = prove_voucher(path, voucher)

The file is gzip (one member) over lines of JSON, each written the one way that `file.line_of` writes it: keys
in the order below, no spaces, bytes as lower-case hex without prefix. Lines come in this order:

1. the opening: `format`, `version`, `engine`, `manifest` (as `chain.deployment` writes it), `artifacts`
   (keccak-256 of each contract's creation and runtime code), `first` and `last` block, `head` (hash of the
   last); of a BFT network also `consensus`: `engine` (`qbft` or `kaia`), `epoch`, `genesis` (its header);
   and then, of such a network, the headers between the genesis and the first block, a thousand a line:
   `headers`;
2. each block from the deployment on: `hash`, `header` (RLP), `transactions` and `receipts` (EIP-2718
   encodings, all of the block, in order; as the engine has them);
3. each contract's account at the last block: `account`, `code`, `proof` (nodes from the header's state root
   down, EIP-1186; null where the engine proves nothing);
4. on anvil only, the nodes of storage tries: `proofs`, `nodes` (see `state`);
5. every storage word that the derived state must have written: `storage`, `words` (slot and value), in the
   order of `chain.storage.expected_words`;
6. the end: `lines` before this one and the `sha256` of them. Nothing follows.

Everything is read a line at a time, so that memory holds the ledger's state and not its history.

What is verified, in this order: that each block is what its header says (RLP, transactions and receipts
roots, bloom filters, gas, signatures with low s and the ledger's chain id), that headers follow each other,
that calls in the transactions, executed by the rules (`chain.rules`), make exactly the events in the
receipts, that failed transactions are ones the rules refuse, that the events alone derive the same state,
that the invariants hold, and that code and storage at the last block are those of the artifacts and of the
state derived. Of a BFT network, before all that, that every block from the genesis on was sealed by a quorum
of the validators after its parent, who are followed through their votes (`chain.headers`). Of a development
node who sealed the blocks is not verified, nor the first header's past; the report says so.

A transaction that reaches the ledger through another contract cannot be derived from its calldata and is
reported as a divergence: participants act by transactions of their own accounts.
"""

from chain.bundle.divergence import Divergence as Divergence
from chain.bundle.divergence import Diverges as Diverges
from chain.bundle.export import export_bundle as export_bundle
from chain.bundle.html import report_page as report_page
from chain.bundle.report import BundleReport as BundleReport
from chain.bundle.sampling import VoucherProof as VoucherProof
from chain.bundle.sampling import prove_voucher as prove_voucher
from chain.bundle.sources import ExportFailed as ExportFailed
from chain.bundle.verification import verify_bundle as verify_bundle

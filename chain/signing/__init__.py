"""Keys: who signs transactions and typed data.

A signer is an account; where its key is kept is its own affair: in this process (`local`), in a token behind
PKCS#11 (`pkcs11`), or with a signing service (`web3signer`). `policy` says what may be signed at all.
"""

from chain.signing.local import LocalSigner, new_signer, read_keystore, write_keystore
from chain.signing.port import Signer, SigningFailed

__all__ = ["LocalSigner", "Signer", "SigningFailed", "new_signer", "read_keystore", "write_keystore"]

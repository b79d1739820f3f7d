"""RLP under the name the bundle's modules know it by: see `chain.headers.rlp`."""

from chain.headers.rlp import encode_bytes as encode_bytes
from chain.headers.rlp import encode_int as encode_int
from chain.headers.rlp import encode_list as encode_list

"""Finality: headers of every engine, their certificates, and the validators who may give them.

    trusted = kaia.genesis(raw)                     # or qbft.genesis(raw, Consensus("qbft", 30_000))
    for raw in headers:                             # 1, 2, 3, …
        header = CODECS["kaia"].read_header(raw)
        trusted = follow(trusted, header)           # BadHeader names block, field, expected and got

What is needed: the genesis header, from somewhere that is not the node. What is not: trust in any node, any
database or any network; nothing here opens a connection, except `check`, which is told where to ask.

`ethereum`, `qbft` and `kaia` are the codecs, one an engine, and `codecs` chooses among them. `validators` has
the rules of certificates, `equivocation` the evidence when they are broken. `rlp`, `trie`, `signatures`,
`transactions` and `receipts` are the encodings that the roots in a header commit to.
"""

from chain.headers.codecs import CODECS as CODECS
from chain.headers.codecs import Codec as Codec
from chain.headers.codecs import codec_name as codec_name
from chain.headers.codecs import follow as follow
from chain.headers.equivocation import Equivocation as Equivocation
from chain.headers.equivocation import equivocation as equivocation
from chain.headers.equivocation import first_equivocation as first_equivocation
from chain.headers.header import BadHeader as BadHeader
from chain.headers.header import Header as Header
from chain.headers.header import Vote as Vote
from chain.headers.validators import Certificate as Certificate
from chain.headers.validators import Consensus as Consensus
from chain.headers.validators import ValidatorSet as ValidatorSet
from chain.headers.validators import certify as certify

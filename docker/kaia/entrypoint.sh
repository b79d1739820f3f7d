#!/bin/sh
# Starts a member's node: the first block if there is no chain yet, the peers as they are now, then the node.
# FOLDER is the member's, writable; KEY its node key, GENESIS the first block; neither is ever written.
set -eu
: "${CHAIN_ID:?}" "${VALIDATOR:?}"
folder=${FOLDER:-/member}
key=${KEY:-/run/nodekey}
genesis=${GENESIS:-/genesis.json}
chain=$folder/kaia

if [ ! -d "$chain" ]; then
    # Under another name until it is whole: a node without a first block would join another network.
    rm -rf "$chain.new"
    kcn init --datadir "$chain.new" "$genesis"
    mv "$chain.new" "$chain"
fi
cp "$folder/static-nodes.json" "$chain/static-nodes.json"

# Memory is collected less often than Go does by default, up to a limit.
export GOGC="${GOGC:-400}" GOMEMLIMIT="${GOMEMLIMIT:-1GiB}"

# What others call is on loopback only: the member's gateway shares this network namespace. Votes and peers are
# for the owner, on the socket.
exec kcn \
    --datadir "$chain" --nodekey "$key" --networkid "$CHAIN_ID" --rewardbase "$VALIDATOR" \
    --port "${P2P_PORT:-32323}" --subport "${SUB_PORT:-32324}" --nodiscover --nat none \
    --netrestrict "${PEERS:-0.0.0.0/0}" --maxconnections 200 --ntp.disable \
    --rpc --rpcaddr 127.0.0.1 --rpcport "${RPC_PORT:-8551}" --rpcapi eth,net,web3,kaia,txpool \
    --ipcpath "$folder/node.sock" \
    --syncmode full --gcmode archive --state.block-interval 1 \
    --txpool.nolocals --targetgaslimit 999999999999 \
    --txpool.exec-slots.account 10000 --txpool.nonexec-slots.account 10000 \
    --txpool.exec-slots.all 50000 --txpool.nonexec-slots.all 50000 \
    --db.leveldb.cache-size 32 --statedb.cache.num-fetcher-prefetch-worker 0

#!/bin/sh
# Serves a member's gateway: its node, the ledger's manifest and the member's accounts are in the member's folder.
set -eu
: "${CHAIN_URL:?}"
folder=${FOLDER:-/gateway}
secret=${KEYSTORE_PASSWORD_FILE:-/run/secrets/keystore-password}

COUNTERFOIL_KEYSTORE_PASSWORD=$(cat "$secret")
export COUNTERFOIL_KEYSTORE_PASSWORD
if [ -n "${DATABASE_HOST:-}" ]; then
    # In the environment, not among the arguments: a command line can be read by everybody.
    password=$(cat "${DATABASE_PASSWORD_FILE:-/run/secrets/database-password}")
    export COUNTERFOIL_DATABASE="postgresql://counterfoil:$password@$DATABASE_HOST/counterfoil"
fi
exec counterfoil serve --host 0.0.0.0 --port "${PORT:-8000}" --chain "$CHAIN_URL" \
    --manifest "$folder/manifest.json" --accounts "$folder/accounts.json" ${GENESIS_HASH:+--genesis "$GENESIS_HASH"}

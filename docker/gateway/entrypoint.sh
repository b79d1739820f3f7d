#!/bin/sh
# Serves a member's gateway: its node, the ledger's manifest and the member's accounts are in the member's folder.
set -eu
: "${CHAIN_URL:?}"
folder=${FOLDER:-/gateway}
secret=${KEYSTORE_PASSWORD_FILE:-/run/secrets/keystore-password}

COUNTERFOIL_KEYSTORE_PASSWORD=$(cat "$secret")
export COUNTERFOIL_KEYSTORE_PASSWORD
exec counterfoil serve --host 0.0.0.0 --port "${PORT:-8000}" --chain "$CHAIN_URL" \
    --manifest "$folder/manifest.json" --accounts "$folder/accounts.json"

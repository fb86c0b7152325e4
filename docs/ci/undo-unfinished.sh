#!/usr/bin/env bash
# Finishes the teardown of every run in this clone that was killed, or that kept its scratch. Nothing to do is no error.
set -euo pipefail

status=0
while read -r run _; do
  node_modules/.bin/node bin/muster.js undo "$run" || status=$?
done < <(node_modules/.bin/node bin/muster.js list --kept | grep -E '^[0-9]{4}-[0-9]{2}-[0-9]{2}T' || true)
exit "$status"

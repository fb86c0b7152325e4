#!/usr/bin/env bash
# Runs the drill that $DRILL names, with $CONFIG, $REASON, $OPERATOR and $PARTICIPANTS (separated by commas).
# Ends with Muster's own exit code; a signal reaches Muster itself.
set -euo pipefail

arguments=(run "$DRILL" --config "$CONFIG" --reason "${REASON:-scheduled}" --operator "${OPERATOR:-CI}")
IFS=',' read -ra people <<<"${PARTICIPANTS:-}"
for person in "${people[@]}"; do
  arguments+=(--participant "$person")
done
# Not by npx, which would not pass a signal on.
exec node_modules/.bin/node bin/muster.js "${arguments[@]}"

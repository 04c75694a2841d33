#!/usr/bin/env bash
# One run of the small ablation of `clicks`: with simulated clicks, or the paper's row No-Hints.
#
#     bash scripts/ablate_clicks.sh PACK OUT true|false SEED [OPTION OF penumbra train ...]
#
# Size s, one stage of 900 steps at 160 pixels; nothing but the clicks differs between two runs of
# one seed.  `benchmarks/clicks.py ordering` compares what comes out of it.
set -euo pipefail
cd "$(dirname "$0")/.."
pack=$1 out=$2 hints=$3 seed=$4
shift 4

"${PYTHON:-python3}" -m penumbra train clicks --pack "$pack" --out "$out" --stages alpha \
    --set hints_train="$hints" --set seed="$seed" --set stages.0.steps=900 \
    --set stages.0.batch_size=16 "$@"
"${PYTHON:-python3}" -m penumbra export clicks "$out/checkpoint" --output "$out/weights"

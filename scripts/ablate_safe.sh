#!/usr/bin/env bash
# One run of the small ablation of `safe`: a row of the paper's Table 4.
#
#     bash scripts/ablate_safe.sh PACK OUT backbone|sam|zeros|safe SEED [OPTION OF penumbra train ...]
#
# Size s with three rounds, as many as are tested, one stage of 400 steps of 16 samples at 128
# pixels.  `benchmarks/safe.py orderings` compares what comes out of it.
set -euo pipefail
cd "$(dirname "$0")/.."
pack=$1 out=$2 row=$3 seed=$4
shift 4

case $row in
    backbone) switches=(--set sam=false --set fem=off) ;;
    sam) switches=(--set fem=off) ;;
    zeros) switches=(--set fem=zeros) ;;
    safe) switches=() ;;
    *) echo "the row must be backbone, sam, zeros or safe, got $row" >&2 && exit 2 ;;
esac
"${PYTHON:-python3}" -m penumbra train safe --pack "$pack" --out "$out" \
    --warm-start src/penumbra/weights/segment-s.safetensors "${switches[@]}" \
    --set train_iters=3 --set seed="$seed" --stages small --set stages.0.steps=400 \
    --set stages.0.batch_size=16 --set stages.0.size=128 --set validation.size=128 "$@"
"${PYTHON:-python3}" -m penumbra export safe "$out/checkpoint" --output "$out/weights"

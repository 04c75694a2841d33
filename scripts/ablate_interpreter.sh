#!/usr/bin/env bash
# One run of the small ablations of the interpreter; the sheet `smpmat`, section 9.
#
#     bash scripts/ablate_interpreter.sh PACK OUT ROW SEED [OPTION OF penumbra train ...]
#
# ROW is full; coarse (alpha is the mask of stride 8, enlarged); no-detail (the path to every pixel
# is given no fine maps); literal (no dice beside the alpha loss); or queries-N.  Size s behind
# plain pictures, one stage of 400 steps of 8 samples at 128 pixels.
# `benchmarks/interpreter.py --side 128` compares what comes out of it.
set -euo pipefail
cd "$(dirname "$0")/.."
pack=$1 out=$2 row=$3 seed=$4
shift 4

case $row in
    full) switches=() ;;
    coarse) switches=(--set alpha_head=coarse) ;;
    no-detail) switches=(--set has_detail=false) ;;
    literal) switches=(--set dice_weight=0) ;;
    queries-*) switches=(--set queries="${row#queries-}") ;;
    *) echo "there is no row $row" >&2 && exit 2 ;;
esac
at=stages.0
"${PYTHON:-python3}" -m penumbra train dfimat.synth.interpreter --pack "$pack" --out "$out" \
    --warm-start src/penumbra/weights/segment-s.safetensors \
    "${switches[@]}" --set seed="$seed" --stages small \
    --set "$at.steps=400" --set "$at.batch_size=8" --set "$at.size=128" \
    --set "$at.composition.scenes=400" --set "$at.objectives.0.schedule.warmup=40" \
    --set validation.size=128 --set validation.samples=16 --set validation.every=200 \
    --set validation.composition.scenes=16 "$@"

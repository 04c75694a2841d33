#!/usr/bin/env bash
# One run of the small ablation of `aim`: row UNI of the paper's Table 3, or row none.
#
#     bash scripts/ablate_aim.sh PACK OUT true|false SEED [OPTION OF penumbra train ...]
#
# Size s, one stage of 1,400 steps, on composites as the paper makes them: whole objects of every
# type, no photographs with masks, none empty, joined or painted; trimaps as wide as the paper's are
# on windows of 160 pixels.  WITHOUT="web glass" keeps families of drawn objects out of training.
# `benchmarks/aim.py ablation` compares what comes out of it.
set -euo pipefail
cd "$(dirname "$0")/.."
pack=$1 out=$2 unified=$3 seed=$4
shift 4

sets=()
for value in scenes=0 empty=0 join=0 paint=0 weights.procedural=1 weights.portrait_eg=0.35 \
    erosion=4,8 dilation=4,8 ${WITHOUT:+$(printf 'weights.%s=0 ' $WITHOUT)}; do
    sets+=(--set "stages.0.composition.$value" --set "validation.composition.$value")
done
"${PYTHON:-python3}" -m penumbra train aim --pack "$pack" --out "$out" \
    --warm-start src/penumbra/weights/segment-s.safetensors \
    --set uni="$unified" --set tl=false --set se=false --set sa=false --set seed="$seed" \
    --set stages.0.steps=1400 --set stages.0.size=160 --set validation.size=160 "${sets[@]}" "$@"
"${PYTHON:-python3}" -m penumbra export aim "$out/checkpoint" --output "$out/weights"

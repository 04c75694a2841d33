#!/usr/bin/env bash
# One run of the small ablations of `dfimat`: a row of the paper's Tables 3 to 6.
#
#     bash scripts/ablate_dfimat.sh PACK OUT ROW SEED [OPTION OF penumbra train ...]
#
# ROW is mixed, click, scribble, box or text (of whom a capture network learns); no-crm; no-reach
# (the paper's contrastive reasoning, without our addition); coupled-net or coupled-training; or
# hybrid, global or local: a refinement network behind the capture network of the run that CAPTURE
# names; or scene or random, the same from pictures in one layout alone (Table 7).  Size s, one stage of 300 steps of 16 samples at 128 pixels,
# episodes of three rounds.  `benchmarks/dfimat.py orderings` compares what comes out of it.
set -euo pipefail
cd "$(dirname "$0")/.."
pack=$1 out=$2 row=$3 seed=$4
shift 4

start=src/penumbra/weights/segment-s.safetensors
stage=small at=stages.0
case $row in
    mixed) switches=() ;;
    click | scribble | box | text) switches=(--set users="$row") ;;
    no-crm) switches=(--set crm=false) ;;
    no-reach) switches=(--set crm_reach=false) ;;
    coupled-net) switches=(--set decouple=none --set "$at.objectives.0.loss.side=128") ;;
    coupled-training) switches=(--set decouple=net --set "$at.objectives.0.loss.side=128") ;;
    hybrid | global | local | scene | random)
        stage=half at=stages.3 # in the recipe: small, capture, guided, half, refine
        switches=(--set "$at.objectives.0.loss.side=128")
        case $row in
            scene) switches+=(--set "$at.composition.scattered=0") ;;
            random) switches+=(--set "$at.composition.scattered=1") ;;
            *) switches+=(--set mrn_branch="$row") ;;
        esac
        start=$CAPTURE/checkpoint/weights.safetensors ;;
    *) echo "there is no row $row" >&2 && exit 2 ;;
esac
"${PYTHON:-python3}" -m penumbra train dfimat --pack "$pack" --out "$out" --warm-start "$start" \
    "${switches[@]}" --set rounds=3 --set seed="$seed" --stages "$stage" \
    --set "$at.steps=300" --set "$at.batch_size=16" --set "$at.size=128" \
    --set "$at.composition.scenes=400" --set "$at.objectives.0.schedule.warmup=30" \
    --set validation.size=128 --set validation.samples=16 --set validation.composition.scenes=16 "$@"
"${PYTHON:-python3}" -m penumbra export dfimat "$out/checkpoint" --output "$out/weights"

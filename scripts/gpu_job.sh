#!/usr/bin/env bash
# One job of the queue in docs/training.md on a machine with a graphics card and no network.
#
#     bash scripts/gpu_job.sh ROOM VARIANT PACK MINUTES [OPTION OF penumbra train ...]
#
# Trains for MINUTES, or goes on where the last call was stopped, exports what came of it and
# measures how fast samples are composed.  What is worth keeping goes into $OUT (by default out/).
# Wheels of packages that the machine lacks may lie in .whl/.
set -euo pipefail
cd "$(dirname "$0")/.."
room=$1 variant=$2 pack=$3 minutes=$4
shift 4
out=${OUT:-out}
run=${RUN:-runs/$room-$variant}
python=${PYTHON:-python3}
export PYTHONPATH=src PYTHONUNBUFFERED=1
mkdir -p "$out/weights" "$run"

if compgen -G ".whl/*.whl" >/dev/null; then
    "$python" -m pip install -q --no-index --no-deps --upgrade --target /tmp/site .whl/*.whl
    export PYTHONPATH=src:/tmp/site
fi

"$python" -m penumbra train "$room" --variant "$variant" --pack "$pack" --out "$run" \
    --minutes "$minutes" --resume "$@"
cp "$run/metrics.jsonl" "$run/checkpoint/run.json" "$run/checkpoint/recipe.json" "$out/"
cp "$run/checkpoint/weights.safetensors" "$out/weights/"
"$python" -m penumbra export "$room" "$run/checkpoint" --output "$out/weights"
device=$("$python" -c "import torch; print('cuda' if torch.cuda.is_available() else 'cpu')")
"$python" benchmarks/composition.py --device "$device" --seconds "${SECONDS_EACH:-20}" \
    --output "$out/composition.json"

#!/usr/bin/env bash
# One job of the queue in docs/training.md on a machine with a graphics card and no network.
#
#     bash scripts/gpu_job.sh ROOM VARIANT PACK MINUTES [OPTION OF penumbra train ...]
#
# Trains for MINUTES in all.  A call ends training after CALL_SECONDS with a checkpoint, and the next
# one goes on from it, also on a fresh machine if the pieces OUT/run.tar.* of the last call lie in runs/.
# The call that finishes also exports, and measures how fast samples are composed.  What is worth
# keeping goes into $OUT (by default out/).  Wheels of packages that the machine lacks may lie in
# .whl/.
set -euo pipefail
cd "$(dirname "$0")/.."
room=$1 variant=$2 pack=$3 minutes=$4
shift 4
out=${OUT:-out}
run=runs/$room-$variant
python=${PYTHON:-python3}
export PYTHONPATH=src PYTHONUNBUFFERED=1
mkdir -p "$out" "$run"

if compgen -G ".whl/*.whl" >/dev/null; then
    "$python" -m pip install -q --no-index --no-deps --upgrade --target /tmp/site .whl/*.whl
    export PYTHONPATH=src:/tmp/site
fi
if [ ! -d "$run/checkpoint" ] && compgen -G "runs/run.tar.*" >/dev/null; then
    cat runs/run.tar.* | tar -xf - -C "$run"
fi

keep() {
    newest=$(find "$run" -path '*/previews/*.png' | sort | tail -n 1)
    [ -z "$newest" ] || cp "$newest" "$out/preview.png"
    [ ! -f "$run/metrics.jsonl" ] || cp "$run/metrics.jsonl" "$out/"
    parts=(checkpoint metrics.jsonl)
    [ ! -d "$run/best" ] || parts+=(best)
    [ ! -d "$run/checkpoint" ] ||
        tar -cf - -C "$run" "${parts[@]}" | split -b 15000000 -d - "$out/run.tar."
}
trap keep EXIT

status=0
timeout --signal=TERM "${CALL_SECONDS:-480}" "$python" -m penumbra train "$room" \
    --variant "$variant" --pack "$pack" --out "$run" --minutes "$minutes" --resume "$@" || status=$?
if [ "$status" -eq 124 ] || [ "$status" -eq 3 ]; then
    echo "stopped; call again to go on"
    exit 0
fi
[ "$status" -eq 0 ] || exit "$status"

weights=$run/checkpoint
[ ! -d "$run/best" ] || weights=$run/best # measured on what is held aside
"$python" -m penumbra export "$room" "$weights" --output "$run/weights"
tar -cf "$out/weights.tar" -C "$run" weights # one file, however many graphs there are
device=$("$python" -c "import torch; print('cuda' if torch.cuda.is_available() else 'cpu')")
"$python" benchmarks/composition.py --device "$device" --seconds "${COMPOSITION_SECONDS:-15}" \
    --output "$out/composition.json"

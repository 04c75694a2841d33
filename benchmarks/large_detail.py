"""What a closer look brings to the matte of a large photograph, on pictures whose alpha is known.

    python benchmarks/large_detail.py --output docs/benchmarks/large/detail

Objects of `penumbra.data.procedural` of --side pixels, over drawn backgrounds, are seen by a room
at a quarter of that, as a photograph of 32 MP would be.  Compared are

    enlarged   the small matte, enlarged
    guided     that, along the colours of the large picture (guided filter)
    polished   that, by the refinement network of `clicks` at full size
    direct     what the room `dim` says at full size of what the small matte leaves open
    whole way  the small picture is looked at closely first: what `penumbra.large` does

SAD is the sum of absolute differences from the known alpha, divided by 1000; detail is that of the
Laplacians, which is large where strands are missing or smeared.
"""

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from reports import save

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.budget import Budget
from penumbra.core.composite import composite
from penumbra.core.hints import Click, Hints
from penumbra.core.matte import Matte
from penumbra.core.resample import resize
from penumbra.data.procedural.backgrounds import draw_background
from penumbra.data.procedural.families import FAMILIES
from penumbra.large.detail import TILING, Coarse, Look, detailed, looked_over
from penumbra.metrics.alpha import sad
from penumbra.session.session import Session
from penumbra.solvers.guided_filter import guided_filter
from penumbra.systems.registry import load_predictor

FAMILIES_DRAWN = ("hair", "fur", "leaves", "feathers")
SHRUNK = 4
CLICKS = 4  # on the object, and as many off it
COMMAND = "python benchmarks/large_detail.py --output docs/benchmarks/large/detail"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--side", type=int, default=1280)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    rows: list[dict[str, Any]] = []
    for number, family in enumerate(FAMILIES_DRAWN):
        rng = np.random.default_rng(number)
        drawn = FAMILIES[family].draw(rng, arguments.side, arguments.side)
        background = draw_background(rng, arguments.side, arguments.side)
        image = composite(drawn.foreground, background, drawn.alpha)
        image = (image + rng.normal(0, 0.01, image.shape)).clip(0, 1).astype(np.float32)
        for room in ("aim", "clicks"):
            for name, alpha in mattes(image, drawn.alpha, room, rng).items():
                row = {"family": family, "room": room, "how": name, **errors(alpha, drawn.alpha)}
                rows.append(row)
                print(row, flush=True)
    save(
        arguments.output, {"command": COMMAND}, {"side": arguments.side, "rows": rows}, table(rows)
    )


def mattes(image: RGB, truth: Alpha, room: str, rng: np.random.Generator) -> dict[str, Alpha]:
    """Return the matte of a picture by each of the ways."""
    height, width = truth.shape
    small = resize(image, height // SHRUNK, width // SHRUNK)
    model, closer = load_predictor(room), load_predictor("dim")
    hints = clicked(resize(truth, *small.shape[:2]), rng) if room == "clicks" else Hints()
    coarse = Session(model, small).apply(hints).alpha
    enlarged = resize(coarse, height, width)

    def look(window: RGB, trimap: Trimap) -> Alpha:
        return closer.decode(closer.encode(window), Hints(trimap=trimap)).alpha

    guided = guided_filter(image, enlarged, 4 * SHRUNK, 1e-5)
    is_open = Coarse.of(coarse).weights > 0
    guided = np.where(resize(is_open.astype(np.float32), height, width) > 0, guided, enlarged)
    found = {"enlarged": enlarged, "guided": guided.clip(0, 1).astype(np.float32)}
    if room == "clicks":
        matte = Matte(enlarged, uncertainty=enlarged * (1 - enlarged))
        found["polished"] = model.refine(model.encode(image), matte, Budget(1.0, "share")).alpha
    found["direct"] = close(image, coarse, look)
    found["whole way"] = close(image, looked_over(small, coarse, look), look)
    return found


def close(image: RGB, coarse: Alpha, look: Look) -> Alpha:
    """Return the matte after a closer look at the large picture."""
    size = image.shape[0], image.shape[1]
    bands = detailed(
        size,
        lambda region: np.ascontiguousarray(image[region]),
        Coarse.of(coarse),
        None,
        look,
        SHRUNK,
        TILING,
    )
    return np.concatenate([band for _, band in bands])


def clicked(truth: Alpha, rng: np.random.Generator) -> Hints:
    """Return clicks well inside the object, and well outside."""
    clicks = []
    for is_foreground, mask in ((True, truth > 0.95), (False, truth < 0.05)):
        rows, columns = np.nonzero(cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8)))
        for k in rng.choice(len(rows), CLICKS) if len(rows) else ():
            clicks.append(Click(float(columns[k]), float(rows[k]), is_foreground))
    return Hints(clicks=tuple(clicks))


def errors(alpha: Alpha, truth: Alpha) -> dict[str, float]:
    lines = np.abs(cv2.Laplacian(alpha, -1) - cv2.Laplacian(truth, -1)).sum()
    return {"sad": round(sad(alpha, truth) / 1e3, 2), "detail": round(float(lines) / 1e3, 2)}


def table(rows: list[dict[str, Any]]) -> str:
    """Return SAD and detail by family and room, a column for each way."""
    ways = list(dict.fromkeys(row["how"] for row in rows if row["room"] == "clicks"))
    lines = ["| | " + " | ".join(ways) + " |", "|---" * (len(ways) + 1) + "|"]
    for family, room in dict.fromkeys((row["family"], row["room"]) for row in rows):
        found = {r["how"]: r for r in rows if (r["family"], r["room"]) == (family, room)}
        cells = [f"{found[w]['sad']} / {found[w]['detail']}" if w in found else "" for w in ways]
        lines.append(f"| {family}, {room} | " + " | ".join(cells) + " |")
    return "SAD / detail.\n\n" + "\n".join(lines)


if __name__ == "__main__":
    main()

"""Memory, time and seams of large photographs.

    python benchmarks/large.py --data ../shared/data --output docs/benchmarks/large

DATA holds alphamatting_dev/, of which one photograph is enlarged, with a little noise so that it is
no smoother than a photograph of that size.  Measured are

    memory     files of --megapixels cut out as `penumbra cut` does, each in a process of its own:
               the largest resident memory of the process (VmHWM), and seconds from the file to the
               file; `before` is what is done without the extra `large`, of sizes up to --whole
    foreground the colours alone, for the photograph's own matte
    seams      the photograph of --seams megapixels: the largest difference of alpha, in levels of
               255, between tiles and one look at everything, and between tiles and tiles that begin
               elsewhere; and of the colours between windows and the whole

Writes memory.json, memory.md, memory.svg, seams.json and seams.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from reports import save

from penumbra.core.resample import resize
from penumbra.io import load_alpha, load_image, load_trimap, write_atomically

PICTURE = "GT23.png"
MODELS = ("dim", "aim", "clicks")
FOREGROUND = "foreground"
CLICK = 0.5, 0.55  # of width and height
NOISE = 3.0  # standard deviation, levels of 255
COMMAND = " ".join(["python benchmarks/large.py", *sys.argv[1:]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder of the reports")
    parser.add_argument("--megapixels", type=int, nargs="+", default=[12, 25, 50, 100])
    parser.add_argument("--whole", type=int, default=25, help="largest size that is held whole")
    parser.add_argument("--seams", type=int, default=12, help="megapixels; 0 leaves them out")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        folder, what, how = arguments.child
        print(json.dumps(measured(Path(folder), what, how)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = []
        for megapixels in arguments.megapixels:
            child(arguments, folder, "draw", str(megapixels))
            for what in (*MODELS, FOREGROUND):
                is_compared = what != FOREGROUND and megapixels <= arguments.whole
                for how in ("pieces", "whole") if is_compared else ("pieces",):
                    rows.append(child(arguments, folder, what, how))
                    print(json.dumps(rows[-1]), flush=True)
            write_memory(arguments.output, rows)
        if arguments.seams:
            child(arguments, folder, "draw", str(arguments.seams))
            found = [
                child(arguments, folder, f"seams-{what}", "") for what in (*MODELS, FOREGROUND)
            ]
            write_seams(arguments.output, arguments.seams, found)


def child(arguments: argparse.Namespace, folder: Path, what: str, how: str) -> dict[str, Any]:
    """Do one thing in a process of its own, and return what it measured."""
    command = [sys.executable, __file__, "--data", str(arguments.data), "--output", "-"]
    done = subprocess.run(
        [*command, "--child", str(folder), what, how], stdout=subprocess.PIPE, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measured(folder: Path, what: str, how: str) -> dict[str, Any]:
    cv2.setNumThreads(1)
    if what == "draw":
        data = Path(sys.argv[sys.argv.index("--data") + 1]) / "alphamatting_dev"
        draw(data, folder, 1e6 * int(how))
        return {}
    if what.startswith("seams-"):
        import large_seams

        return large_seams.measured(folder, what.removeprefix("seams-"), CLICK)
    began = time.perf_counter()
    if what == FOREGROUND:
        colours(folder)
    else:
        cut(folder, what, how == "whole")
    seconds = time.perf_counter() - began
    header = cv2.imread(str(folder / "photo.jpg"), cv2.IMREAD_REDUCED_GRAYSCALE_8).size * 64 / 1e6
    return {
        "what": what,
        "how": how,
        "megapixels": round(header),
        "peak_gb": round(peak(), 3),
        "seconds": round(seconds, 1),
        "seconds_per_megapixel": round(seconds / header, 3),
    }


def draw(data: Path, folder: Path, pixels: float) -> None:
    """Write the photograph, its trimap and its matte, enlarged."""
    image = load_image(data / "images" / PICTURE)
    scale = (pixels / (image.shape[0] * image.shape[1])) ** 0.5
    height, width = (round(side * scale) for side in image.shape[:2])
    large = cv2.resize(image, (width, height), interpolation=cv2.INTER_LANCZOS4)
    rng = np.random.default_rng(1)
    for row in large:
        row += rng.normal(0, NOISE / 255, (width, 1)).astype(np.float32)
    samples = np.rint(255 * np.clip(large, 0, 1)[:, :, ::-1]).astype(np.uint8)
    cv2.imwrite(str(folder / "photo.jpg"), samples, [cv2.IMWRITE_JPEG_QUALITY, 95])
    trimap = np.rint(255 * load_trimap(data / "trimap1" / PICTURE)).astype(np.uint8)
    enlarged = cv2.resize(trimap, (width, height), interpolation=cv2.INTER_NEAREST)
    cv2.imwrite(str(folder / "trimap.png"), enlarged)
    alpha = resize(load_alpha(data / "alpha" / PICTURE), height, width)
    cv2.imwrite(str(folder / "alpha.png"), np.rint(255 * alpha).astype(np.uint8))


def cut(folder: Path, model: str, is_whole: bool) -> None:
    """Cut the photograph out as `penumbra cut` does."""
    from penumbra.batch import large_job
    from penumbra.batch.cut_job import Wish, run_job
    from penumbra.batch.hint_files import hint_files
    from penumbra.batch.inputs import Job
    from penumbra.core.hints import Click, Hints
    from penumbra.large.header import read_header
    from penumbra.systems.registry import load_predictor

    large_job.LARGE = 10**12 if is_whole else 0
    photo = folder / "photo.jpg"
    header = read_header(photo)
    assert header is not None
    clicks = (Click(CLICK[0] * header.width, CLICK[1] * header.height),)
    hints = Hints(clicks=clicks if model == "clicks" else ())
    files = hint_files("trimap", folder / "trimap.png", False) if model == "dim" else None
    wish = Wish(hints, files, model, "any", None)
    entry = run_job(Job(photo, Path("photo.jpg"), output=folder / "out.png"), wish, load_predictor)
    if entry.reason is not None:
        raise SystemExit(entry.reason)


def colours(folder: Path) -> None:
    """Estimate the colours of the photograph for its own matte, and write the cut-out."""
    from penumbra.core.matte import Matte
    from penumbra.large.cut import LargeMatte, Targets, open_large
    from penumbra.large.reading import read_picture
    from penumbra.large.scratch import Raster
    from penumbra.large.windows import strips

    with open_large(folder / "photo.jpg", "photo") as large:
        grey = read_picture(folder / "alpha.png", large.folder / "grey.raw", "alpha").raster
        alpha = Raster(large.folder / "alpha.raw", *grey.size, 1, np.dtype(np.uint16)).create()
        for region in strips(grey.size, 128):
            alpha.write(region, grey.read(region)[:, :, :1].astype(np.uint16) * 257)
        matte = LargeMatte(Matte(np.zeros((1, 1), np.float32)), alpha)
        large.write(matte, Targets(output=folder / "out.png"))


def peak() -> float:
    """Largest resident memory of this process so far, in GB."""
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) * 1024 / 1e9


def write_memory(output: Path, rows: list[dict[str, Any]]) -> None:
    """Write memory.json, .md and .svg."""
    sizes = sorted({row["megapixels"] for row in rows})
    lines = ["| | " + " | ".join(f"{size} MP" for size in sizes) + " |"]
    lines.append("|---" * (len(sizes) + 1) + "|")
    names = dict.fromkeys((row["what"], row["how"]) for row in rows)
    panels: dict[str, dict[str, list[float]]] = {
        "peak memory, GB": {},
        "seconds per megapixel": {},
    }
    for what, how in names:
        found = {r["megapixels"]: r for r in rows if (r["what"], r["how"]) == (what, how)}
        name = what if how == "pieces" else f"{what}, held whole"
        cells = [
            f"{found[s]['peak_gb']:.2f} GB, {found[s]['seconds_per_megapixel']:.2f} s/MP"
            if s in found
            else ""
            for s in sizes
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
        if how == "pieces":
            panels["peak memory, GB"][name] = [found[s]["peak_gb"] for s in sizes]
            panels["seconds per megapixel"][name] = [
                found[s]["seconds_per_megapixel"] for s in sizes
            ]
    save(output / "memory", {"command": COMMAND}, {"rows": rows}, "\n".join(lines))
    from penumbra.evaluation.plot import panels_svg

    write_atomically(output / "memory.svg", panels_svg(sizes, panels, "megapixels"))


def write_seams(output: Path, megapixels: int, rows: list[dict[str, Any]]) -> None:
    """Write seams.json and .md."""
    lines = ["| | against one look at everything | against tiles that begin elsewhere |"]
    lines.append("|---|---|---|")
    for row in rows:
        lines.append(f"| {row['what']} | {row['whole']:.3f} | {row['shifted']:.3f} |")
    text = f"Largest difference at {megapixels} MP, in levels of 255.\n\n" + "\n".join(lines)
    save(output / "seams", {"command": COMMAND}, {"megapixels": megapixels, "rows": rows}, text)


if __name__ == "__main__":
    main()

"""Bad files and bad machines, met by `penumbra cut` as a user would meet them.

Whatever comes, the command ends with one line and its exit status, writes a file whole or not
at all, and leaves nothing else behind.
"""

import io
import os
import resource
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner, Result
from PIL import Image, ImageCms

import penumbra as package
from penumbra.cli.main import main
from penumbra.io import read_photograph

pytestmark = pytest.mark.hostile

WIDTH, HEIGHT = 12, 8


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def penumbra(line: str) -> Result:
    """Run a command line and check what holds for every end."""
    result = CliRunner().invoke(main, line.split())
    assert not list(Path().rglob("*.part")), "half a file was left behind"
    assert "Traceback" not in result.output
    return result


def picture(mode: str = "RGB", size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """Warm on the left, cold on the right."""
    width, height = size
    rows = np.empty((height, width, 3), np.uint8)
    rows[:, : width // 2], rows[:, width // 2 :] = (230, 90, 40), (20, 60, 190)
    return Image.fromarray(rows).convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def trimap(size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    """White on the left, black on the right, unknown between."""
    width, height = size
    rows = np.full((height, width), 128, np.uint8)
    rows[:, : width // 3], rows[:, width - width // 3 :] = 255, 0
    Image.fromarray(rows).save("trimap.png")


def bomb() -> bytes:
    """A PNG of 3.6 billion pixels in a few hundred bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b"")]
    )


def floats(value: float) -> bytes:
    file = io.BytesIO()
    rows = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)
    rows[2, 3, 1] = value
    tifffile.imwrite(file, rows, photometric="rgb")
    return file.getvalue()


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "truncated JPEG": (lambda: encoded(picture(), "JPEG")[:300], "a.img must be a whole JPEG file"),
    "truncated PNG": (lambda: encoded(picture(), "PNG")[:60], "a.img must be a whole PNG file"),
    "truncated TIFF": (lambda: encoded(picture(), "TIFF")[:200], "a.img must be a whole TIFF file"),
    "wrong magic": (lambda: b"%PDF-1.7 and so on", "a.img must be a JPEG, PNG"),
    "zero bytes": (lambda: b"", "a.img must be a JPEG, PNG"),
    "PNG bomb": (bomb, "a.img must have at most 200,000,000 pixels, got 60000x60000"),
    "NaN": (lambda: floats(float("nan")), "a.img must be finite"),
    "infinity": (lambda: floats(float("inf")), "a.img must be finite"),
    "animation": (
        lambda: encoded(
            picture(), "PNG", save_all=True, append_images=[picture().rotate(180)], duration=50
        ),
        "a.img must be a single picture, got an animation of 2 frames",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_photograph_is_refused(case: str) -> None:
    """Alone it is the end with status 2; among others they are cut out, and the status is 3."""
    make, message = REFUSED[case]
    Path("a.img").write_bytes(make())
    picture().save("b.png")

    alone = penumbra("cut a.img -o out.png --box 1 1 6 7")
    among = penumbra("cut a.img b.png -o out --box 1 1 6 7")

    assert alone.exit_code == 2
    assert alone.stderr.startswith(f"Error: {message}")
    assert alone.stderr.count("\n") == 1
    assert not Path("out.png").exists()
    assert among.exit_code == 3
    assert f"failed: {message}" in among.stderr
    assert [path.name for path in Path("out").iterdir()] == ["b.png"]


def cmyk() -> bytes:
    return encoded(picture("CMYK"), "JPEG", quality=95)


def deep() -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, np.asarray(picture()).astype(np.uint16) * 257, photometric="rgb")
    return file.getvalue()


def palette() -> bytes:
    image = picture().quantize(8)
    return encoded(image, "PNG", transparency=image.getpixel((WIDTH - 1, 0)))


UNUSUAL: dict[str, Callable[[], bytes]] = {
    "CMYK": cmyk,
    "16 bits": deep,
    "palette with transparency": palette,
    "grey": lambda: encoded(picture("L"), "PNG"),
    "grey with alpha": lambda: encoded(picture("LA"), "PNG"),
    "one bit": lambda: encoded(picture("1"), "PNG"),
    "profile": lambda: encoded(
        picture(),
        "JPEG",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    ),
    "profile that is none": lambda: encoded(picture(), "PNG", icc_profile=b"not a profile"),
}


@pytest.mark.parametrize("case", UNUSUAL)
def test_an_unusual_photograph_is_cut_out(case: str) -> None:
    """The left is the object, the right is not."""
    Path("a.img").write_bytes(UNUSUAL[case]())
    trimap()

    result = penumbra("cut a.img -o out.png --trimap trimap.png")

    assert result.exit_code == 0, result.output
    cutout = read_photograph(Path("out.png"))
    assert cutout.bits == (16 if case == "16 bits" else 8)
    assert cutout.alpha is not None
    assert cutout.alpha.shape == (HEIGHT, WIDTH)
    assert cutout.alpha[:, 0].min() == 1
    assert cutout.alpha[:, -1].max() == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_hints_are_in_pixels_of_the_upright_photograph(orientation: int) -> None:
    """However the camera was held, the box is where the viewer shows it."""
    upright = picture()
    stored = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Path("a.jpg").write_bytes(encoded(stored, "JPEG", exif=exif, quality=95))
    trimap()

    result = penumbra("cut a.jpg -o out.png --trimap trimap.png")

    assert result.exit_code == 0, result.output
    with Image.open("out.png") as out:
        assert out.size == (WIDTH, HEIGHT)
        assert out.getexif().get(0x0112, 1) == 1
        samples = np.asarray(out).astype(int)
    assert samples[:, 0, 3].min() == 255
    assert samples[:, -1, 3].max() == 0
    assert samples[:, 0, 0].min() > samples[:, 0, 2].max()


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 2)])
@pytest.mark.parametrize("hint", ["--trimap trimap.png", "--mask trimap.png", "--on 0.5 0.5"])
def test_the_smallest_photographs_are_cut_out(size: tuple[int, int], hint: str) -> None:
    """No window fits, nothing is known or nothing unknown; the answer is still defined."""
    picture(size=size).save("a.png")
    Image.new("L", size, 255).save("trimap.png")

    result = penumbra(f"cut a.png -o out.png {hint}")

    assert result.exit_code == 0, result.output
    with Image.open("out.png") as out:
        assert (out.mode, out.size) == ("RGBA", size)


@pytest.mark.parametrize(
    ("hint", "message"),
    [
        ("--trimap trimap.png", "trimap must be as large as the 20x20 image, got 12x8"),
        ("--mask trimap.png", "mask must be as large as the 20x20 image, got 12x8"),
        ("--scribbles trimap.png", "trimap.png must be as large as the 20x20 image, got 12x8"),
        ("--box 10 10 21 20", "box must lie inside the 20x20 image, got (10, 10, 21, 20)"),
        ("--box -1 0 5 5", "box must lie inside the 20x20 image, got (-1, 0, 5, 5)"),
        ("--on 20 3", "click must lie inside the 20x20 image, got (20, 3)"),
        ("--off -0.5 3", "click must lie inside the 20x20 image, got (-0.5, 3)"),
        ("--on inf 3", "click must be finite, got (inf, 3.0)"),
        ("--trimap gone.png", "trimap must be a file or a folder, got gone.png"),
    ],
)
def test_a_hint_that_does_not_fit_is_refused(hint: str, message: str) -> None:
    """Never moved or cropped in silence."""
    picture(size=(20, 20)).save("a.png")
    trimap()

    result = penumbra(f"cut a.png -o out.png {hint}")

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {message}")
    assert not Path("out.png").exists()


def test_a_folder_that_may_not_be_written_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated: whoever runs the tests may be allowed everything."""
    picture().save("a.png")

    def forbidden(self: Path, *args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", forbidden)
    folder = penumbra("cut a.png -o out/b.png --box 1 1 6 7")
    monkeypatch.undo()

    assert folder.exit_code == 2
    assert "out" in folder.stderr
    assert "Permission denied" in folder.stderr


@pytest.mark.parametrize("place", ["input", "output", "trimap", "background", "report", "alpha"])
def test_a_name_that_is_too_long_is_no_bug(place: str) -> None:
    """The system refuses even to ask whether such a file is there."""
    picture().save("a.png")
    long = "x" * 5000 + ".png"
    source, output = (
        ("a.png", "out.png")
        if place not in ("input", "output")
        else ((long, "out.png") if place == "input" else ("a.png", long))
    )
    option = "" if place in ("input", "output") else f"--{place} {long}"

    result = penumbra(f"cut {source} -o {output} --box 1 1 6 7 {option}")

    assert result.exit_code in (2, 3)
    assert not Path("out.png").exists()


def test_a_file_where_a_folder_must_be_is_refused() -> None:
    """And the file stays what it is."""
    picture().save("a.png")
    Path("note").write_text("mine")

    result = penumbra("cut a.png -o note/b.png --box 1 1 6 7")

    assert result.exit_code == 2
    assert Path("note").read_text() == "mine"


@contextmanager
def full_disk(free: int) -> Iterator[None]:
    """Let every file end after so many bytes, as on a disk without more room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("place", ["out.png", "out.webp", "out.tif"])
def test_a_disk_that_fills_up_leaves_the_old_file(place: str) -> None:
    """The write fails half-way; what stood there before still does."""
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    Image.fromarray(noise).save("a.png")
    Image.new("L", (WIDTH, HEIGHT), 255).save("trimap.png")
    Path(place).write_bytes(b"the old one")

    with full_disk(free=32):
        result = penumbra(f"cut a.png -o {place} --trimap trimap.png")

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {place} must be writable")
    assert Path(place).read_bytes() == b"the old one"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is a thing of Linux")
def test_a_pipe_that_takes_nothing_is_no_bug() -> None:
    """Such as a reader that has gone, or a full disk behind a redirection."""
    picture().save("a.png")
    trimap()
    program = "from penumbra.cli.main import main; main()"
    line = "cut a.png -o - --trimap trimap.png"

    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", program, *line.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path(package.__file__).parents[1])},
            check=False,
        )

    assert done.returncode == 2
    assert done.stderr.startswith(b"Error: standard output must take the picture, got 'No space")


def test_no_input_is_ever_written_over() -> None:
    """Even if it is asked for by another name."""
    picture().save("a.png")
    before = Path("a.png").read_bytes()
    Path("link.png").symlink_to("a.png")

    for output in ("a.png", "./a.png", "link.png"):
        result = penumbra(f"cut a.png -o {output} --box 1 1 6 7")
        assert result.exit_code == 2
        assert "output must not be a file that is read" in result.stderr

    assert Path("a.png").read_bytes() == before

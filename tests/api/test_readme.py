"""The lines of curl that the README shows, run as they stand there against a real server."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.scenes import photograph, soft_disk
from tests.server_process import Process

README = Path(__file__).parents[2] / "README.md"


def test_the_curl_lines_of_the_readme_run(
    tmp_path: Path, start_process: Callable[[], Process]
) -> None:
    """All of them, and each leaves the picture that it names."""
    (lines,) = re.findall(r"```sh\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert len(lines.splitlines()) == 5
    server = start_process()
    scene = photograph(soft_disk(180, radius=50))
    Image.fromarray(np.rint(scene.image * 255).astype(np.uint8)).save(tmp_path / "cat.jpg")

    program = lines.replace("http://127.0.0.1:8700", server.address)
    subprocess.run(["bash", "-euo", "pipefail", "-c", program], cwd=tmp_path, check=True)

    for name in ("cat.png", "clicked.webp"):
        with Image.open(tmp_path / name) as image:
            assert image.mode == "RGBA"
            assert image.size == (180, 180)

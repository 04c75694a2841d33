"""Cut a picture out with an installed `penumbra`, as somebody would who has just installed it.

Run by `.ci/run` in an empty folder, with the environment's programs first in PATH.
"""

import subprocess
import sys
import time

HEAVY = ("cv2", "PIL", "scipy", "torch", "numba", "rich")

SLOWEST_HELP = 0.4  # seconds, the best of five

START = f"""
import sys
from click.testing import CliRunner
import penumbra
from penumbra.cli.main import main
result = CliRunner().invoke(main, ["--help"])
assert result.exit_code == 0 and "cut" in result.output, result.output
sys.exit(" ".join(name for name in {HEAVY} if name in sys.modules) or 0)
"""


def main() -> None:
    """Run the checks; the first that fails ends with its exit status."""
    run(sys.executable, "-I", "-c", START)
    run("penumbra", "--help")
    seconds = min(timed("penumbra", "--help") for _ in range(5))
    print(f"penumbra --help: {seconds:.2f} s")
    assert seconds < SLOWEST_HELP, seconds
    run("penumbra", "doctor")
    draw_picture()
    run("penumbra", "cut", "ball.png", "-o", "cut.png", "--box", "30", "20", "110", "100")
    look_at_result()
    # The shipped network runs, and datasets are listed, without torch.
    run("penumbra", "cut", "ball.png", "-o", "found.png")
    run("penumbra", "models")
    run("penumbra", "data", "list")


def run(*command: str) -> None:
    """Run a command that has to succeed."""
    print("$", *(word if "\n" not in word else "..." for word in command), flush=True)
    subprocess.run(command, check=True)


def timed(*command: str) -> float:
    """Return how long a command takes, in seconds."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def draw_picture() -> None:
    """Draw a red ball of radius 32 around (70, 60) before a blue wall that is not quite even."""
    import numpy as np
    from PIL import Image

    y, x = np.indices((120, 160)) + 0.5
    wall = np.stack([20 + x / 8, 40 + y / 8, 200 + x / 8], axis=2)
    opacity = np.clip(32 - np.hypot(x - 70, y - 60) + 0.5, 0, 1)[:, :, None]
    picture = opacity * np.array([220, 30, 30]) + (1 - opacity) * wall
    Image.fromarray(np.rint(picture).astype(np.uint8)).save("ball.png")


def look_at_result() -> None:
    """Check the cut-out: the ball is there, the wall is not, the colours are the ball's."""
    import numpy as np
    from PIL import Image

    with Image.open("cut.png") as picture:
        assert picture.mode == "RGBA", picture.mode
        samples = np.asarray(picture).astype(int)
    alpha = samples[:, :, 3]
    assert alpha.shape == (120, 160), alpha.shape
    assert alpha[60, 70] > 250, alpha[60, 70]
    assert alpha[5, 5] < 5, alpha[5, 5]
    colours = samples[:, :, :3][alpha > 25]
    assert abs(colours - [220, 30, 30]).max() < 60, abs(colours - [220, 30, 30]).max()
    print("the ball is cut out, with its own colour up to the edge")


if __name__ == "__main__":
    main()

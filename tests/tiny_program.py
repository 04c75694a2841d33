"""The tiny run as a program that can be killed.

    python -m tests.tiny_program OUT SECONDS    seconds that every batch takes

With PLAIN in its environment, the network has neither running means nor random numbers.
"""

import os
import sys
import time
from pathlib import Path

from accelerate import Accelerator

from penumbra.training.loop import train
from penumbra.training.run import Run
from tests.tiny_run import TinySource, recipe

if __name__ == "__main__":
    pause = float(sys.argv[2])
    slow = TinySource(lambda first: time.sleep(pause))
    run = Run(device="cpu", is_resumed=True, checkpoint_seconds=0.1, log_every=1, preview_every=0)
    steady = recipe(has_noise="PLAIN" not in os.environ)
    print(train(steady, slow, Path(sys.argv[1]), run))
    Accelerator().end_training()

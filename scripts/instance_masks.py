"""One picture and one mask for every large instance of a dataset: for `penumbra data mattes`.

    python scripts/instance_masks.py coco_train ../shared/data/coco_train instances
    penumbra data mattes instances/images instances/masks mattes/coco_train --edge coarse

Of the split that training may see.  Files are named NAME-K, K counting the instances from 1, as
`penumbra data pack --foregrounds coco_train=DIR --mattes coco_train=mattes/coco_train` looks for
them.
"""

import argparse
from pathlib import Path

import numpy as np

from penumbra.core.arrays import Mask
from penumbra.data.packing import instances_of
from penumbra.data.readers import read
from penumbra.data.sample import Sample
from penumbra.io import save_alpha

LEAST, MOST = 0.02, 0.6  # of the picture's area


def main() -> None:
    """Write them, and say how many."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset")
    parser.add_argument("folder", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--split", default="train")
    arguments = parser.parse_args()
    images, masks = arguments.output / "images", arguments.output / "masks"
    for folder in (images, masks):
        folder.mkdir(parents=True, exist_ok=True)
    samples = read(arguments.dataset, arguments.folder, arguments.split)
    written = sum(write(sample, images, masks) for sample in samples)
    print(f"{written} instances of {len(samples)} pictures in {arguments.output}")


def write(sample: Sample, images: Path, masks: Path) -> int:
    """Write those that are neither small nor nearly the whole picture; return how many."""
    assert sample.image is not None
    written = 0
    for number, mask in enumerate(instances_of(sample), start=1):
        if is_usable(mask):
            name = f"{sample.name}-{number}"
            (images / f"{name}{sample.image.suffix}").write_bytes(sample.image.read_bytes())
            save_alpha(masks / f"{name}.png", mask.astype(np.float32))
            written += 1
    return written


def is_usable(mask: Mask) -> bool:
    """Return whether an instance is neither small nor nearly the whole picture."""
    return LEAST <= float(mask.mean()) <= MOST


if __name__ == "__main__":
    main()

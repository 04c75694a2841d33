"""HIM2K: photographs of several people with a matte of each.

Sun et al., "Human Instance Matting via Mutual Guidance and Multi-Instance Refinement", CVPR 2022.
"""

from pathlib import Path

from penumbra.data.layouts.found import Found, absent_folders, entries, found, pictures
from penumbra.data.sample import Sample


def him2k(root: Path, split: str) -> Found:
    """Find `images/SPLIT/NAME.jpg` with `alphas/SPLIT/NAME/NN.png`; splits: natural and comp."""
    image_place, alpha_place = f"images/{split}", f"alphas/{split}"
    if absent := absent_folders(root, [image_place, alpha_place]):
        return Found((), absent)
    images = pictures(root / image_place)
    folders = {it.name: it for it in entries(root / alpha_place) if it.is_dir()}
    mattes = {name: tuple(pictures(folder).values()) for name, folder in folders.items()}
    missing = [f"{alpha_place}/{name}/00.png" for name in images if not mattes.get(name)]
    missing += [f"{image_place}/{name}.*" for name in mattes if name not in images]
    samples = (
        Sample(name, image=image, instances=mattes[name], kind="SO", category="person")
        for name, image in images.items()
        if mattes.get(name)
    )
    return found(samples, sorted(missing), image_place)

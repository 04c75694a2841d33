"""SMPMat: made pictures of several people, with a matte of each and sentences that name each.

Jiao et al., "DFIMat: Decoupled Flexible Interactive Matting in Multi-Person Scenarios", ACCV 2024,
section 4.  The set is not public.  The sheet `smpmat`, section 7, says how one lies on a disk: as
HIM2K does, with a file `meta.json` for each picture, here beside its mattes.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from penumbra.core.errors import DatasetError
from penumbra.data.layouts.found import Found, read_json
from penumbra.data.layouts.him import him2k
from penumbra.data.sample import Sample

META = "meta.json"
"""What is known of a picture.

Read are `n`, the number of people; `caption`; `order`, their numbers from the farthest to the
nearest; and `texts`, a list for each person of `text` and `unique`.  All but `n` may be absent.
"""


def smpmat(root: Path, split: str) -> Found:
    """Find `images/SPLIT/NAME.*` with `alphas/SPLIT/NAME/NN.png` and `meta.json` beside these.

    Splits: train and val.
    """
    people = him2k(root, split)
    samples, missing = [], [*people.missing]
    for sample in people.samples:
        path = sample.instances[0].with_name(META)
        if not path.is_file():
            missing.append(path.relative_to(root).as_posix())
            continue
        told = _object(path)
        lost = _lost(sample, _count(told, path), path)
        missing += [file.relative_to(root).as_posix() for file in lost]
        if not lost:
            samples.append(_told(sample, told, path))
    return Found(tuple(samples), tuple(missing))


def _object(path: Path) -> dict[str, Any]:
    told = read_json(path)
    if not isinstance(told, dict):
        raise DatasetError(f"{path} must be an object, got a {type(told).__name__}")
    return told


def _count(told: dict[str, Any], path: Path) -> int:
    count = told.get("n")
    if not isinstance(count, int) or count < 1:
        raise DatasetError(f"{path} must give n, the number of people, got {count!r}")
    return count


def _lost(sample: Sample, count: int, path: Path) -> list[Path]:
    """Return the mattes that should be there, and are not."""
    stems = {file.stem for file in sample.instances}
    names = [f"{number:02}" for number in range(count)]
    if more := sorted(stems - set(names)):
        raise DatasetError(f"{path} must count all people, got n={count} beside {more[0]}.png")
    return [path.with_name(f"{name}.png") for name in names if name not in stems]


def _told(sample: Sample, told: dict[str, Any], path: Path) -> Sample:
    """Return a sample with what is known of it."""
    count, caption = len(sample.instances), told.get("caption")
    try:
        order = tuple(told.get("order", ()))
        texts = told.get("texts", ())
        sentences = tuple(tuple(it["text"] for it in each if it["unique"]) for each in texts)
        words = [text for each in sentences for text in each]
        is_ordered = not order or sorted(order) == list(range(count))
        is_said = all(text.strip() for text in words)
    except (AttributeError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{path} must give texts as text and unique, and order as numbers, got {error!r}"
        ) from error
    if not is_ordered:
        raise DatasetError(f"{path} must order 0 to {count - 1}, got {list(order)}")
    if sentences and len(sentences) != count:
        raise DatasetError(f"{path} must give texts of {count} people, got {len(sentences)}")
    if not is_said:
        raise DatasetError(f"{path} must give words as text, got a blank one")
    captions = (caption,) if isinstance(caption, str) else ()
    return replace(sample, captions=captions, sentences=sentences, order=order)

"""Scenes with instances: MS COCO as published, and a part of it with maps of ids.

Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014.  Regions stay polygons and
runs; `penumbra.data.outlines.mask_of` draws them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from penumbra.core.errors import DatasetError
from penumbra.data.layouts.found import Found, absent_folders, found, pictures, read_json
from penumbra.data.layouts.matched import Folders, match
from penumbra.data.outlines import Outline
from penumbra.data.sample import Sample


def coco(root: Path, split: str) -> Found:
    """Find the pictures of `SPLIT/` that `annotations/instances_SPLIT.json` lists."""
    annotations = f"annotations/instances_{split}.json"
    lists = () if (root / annotations).is_file() else (annotations,)
    if absent := lists + absent_folders(root, [split]):
        return Found((), absent)
    files = {file.name: file for file in pictures(root / split).values()}
    content = read_json(root / annotations)
    try:
        samples = list(_samples(content, files))
        names = {entry["file_name"] for entry in content["images"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise DatasetError(
            f"{root / annotations} must hold images, annotations, categories and licenses as COCO "
            f"defines them, got an error: {error!r}"
        ) from error
    missing = [f"{split}/{name}" for name in sorted(names - files.keys())]
    missing += [f"{annotations}: {name}" for name in sorted(files.keys() - names)]
    return found(samples, missing, split)


def coco_with_maps(root: Path, split: str) -> Found:
    """Find `images/` with `instances/`, maps of ids, and `instances.json`, their names."""
    pairs = match(root, Folders({"image": "images", "mask": "instances"}))
    if not (root / "instances.json").is_file():
        return Found(pairs.samples, (*pairs.missing, "instances.json"))
    scenes = read_json(root / "instances.json")
    samples, missing = [], list(pairs.missing)
    for sample in pairs.samples:
        if sample.name not in scenes:
            missing.append(f"instances.json: {sample.name}")
            continue
        try:
            samples.append(_mapped(sample, scenes[sample.name]))
        except (KeyError, TypeError) as error:
            raise DatasetError(
                f"{root / 'instances.json'} must give {sample.name} instances and a license, "
                f"got an error: {error!r}"
            ) from error
    return Found(tuple(samples), tuple(missing))


def _samples(content: dict[str, Any], files: dict[str, Path]) -> Iterable[Sample]:
    names = {it["id"]: it["name"] for it in content["categories"]}
    terms = {it["id"]: f"{it['name']} ({it['url']})" for it in content["licenses"]}
    regions = defaultdict(list)
    for annotation in content["annotations"]:
        regions[annotation["image_id"]].append(annotation)
    for entry in sorted(content["images"], key=lambda it: it["file_name"]):
        if entry["file_name"] not in files:
            continue
        parts = regions[entry["id"]]
        size = entry["height"], entry["width"]
        yield Sample(
            Path(entry["file_name"]).stem,
            image=files[entry["file_name"]],
            outlines=tuple(Outline(*size, it["segmentation"], bool(it["iscrowd"])) for it in parts),
            labels=tuple(names[it["category_id"]] for it in parts),
            licence=terms[entry["license"]],
        )


def _mapped(sample: Sample, scene: dict[str, Any]) -> Sample:
    assert sample.mask is not None
    labels = tuple(it["cat"] for it in sorted(scene["instances"], key=lambda it: it["id"]))
    licence = f"{scene['license']} ({scene['license_url']})"
    return replace(sample, mask=None, instances=(sample.mask,), labels=labels, licence=licence)

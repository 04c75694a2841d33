"""Photographs collected for development: folders of ../shared/data, for internal use only.

Each has a part that is never trained on, "held"; see `penumbra.data.layouts.held`.
"""

from dataclasses import replace
from pathlib import Path

from penumbra.data.dataset import Dataset
from penumbra.data.layouts.backgrounds import collected_backgrounds
from penumbra.data.layouts.coco import coco_with_maps
from penumbra.data.layouts.found import Found
from penumbra.data.layouts.held import everything, first_by_hash, named, with_held
from penumbra.data.layouts.matched import Folders, matched, singles

_HERE = "collected for development; not given away"
_MASKED = Folders({"image": "images", "mask": "mask"})


def _frames(root: Path, split: str) -> Found:
    """Pairs whose names are SCENE_FRAME; a scene is a group."""
    pairs = matched({"all": _MASKED})(root, split)
    samples = (replace(it, group=it.name.rpartition("_")[0]) for it in pairs.samples)
    return replace(pairs, samples=tuple(samples))


COLLECTED = (
    Dataset(
        name="alphamatting_dev",
        title="Photographs with measured alpha, 800 px, a part",
        citation=(
            'Rhemann et al.: "A Perceptually Motivated Online Benchmark for Image Matting", '
            "CVPR 2009"
        ),
        licence="research",
        track="research",
        where=_HERE,
        splits={"train": 10, "held": 5, "all": 15},
        read=with_held(
            matched({"all": Folders({"image": "images", "alpha": "alpha", "trimap": "trimap1"})}),
            named("GT02", "GT11", "GT14", "GT20", "GT25"),
        ),
        pictures=15,
        notes="Held aside are GT02, GT11, GT14, GT20 and GT25.",
    ),
    Dataset(
        name="alphamatting8_nogt",
        title="The benchmark's test photographs",
        citation=(
            'Rhemann et al.: "A Perceptually Motivated Online Benchmark for Image Matting", '
            "CVPR 2009"
        ),
        licence="research",
        track="research",
        where=_HERE,
        splits=dict.fromkeys(["trimap1", "trimap2", "trimap3"], 8),
        read=matched(
            {
                split: Folders({"image": "images", "trimap": split})
                for split in ("trimap1", "trimap2", "trimap3")
            }
        ),
        pictures=8,
        notes="No truth is public. The folder pred_gca_trimap3 is a network's answer; not read.",
    ),
    Dataset(
        name="pseudo_mattes",
        title="Photographs with networks' mattes",
        citation="networks GFM, P3M-Net, AIM-Net and FBA; see am-2k, p3m-10k, aim-500",
        licence="MIT as stated by the repositories",
        track="research",
        where=_HERE,
        splits={"held": 20, "all": 20},
        read=with_held(
            matched({"all": Folders({"image": "images", "alpha": "alpha_pred"})}), everything
        ),
        pictures=20,
        notes="Soft, but no truth: all of it is held aside.",
    ),
    Dataset(
        name="portrait_eg",
        title="Portraits with person masks, 480 px",
        citation=(
            'Shen et al.: "Automatic Portrait Segmentation for Image Stylization", '
            "Eurographics 2016"
        ),
        licence="research; photographs belong to their owners",
        track="research",
        where=_HERE,
        splits={"train": 1182, "held": 100, "all": 1282},
        read=with_held(matched({"all": _MASKED}, kind="SO", category="person"), first_by_hash(100)),
        pictures=1282,
    ),
    Dataset(
        name="ccp",
        title="People in the street with masks, 512 px",
        citation=(
            'Yang, Luo, Lin: "Clothing Co-Parsing by Joint Image Segmentation and Labeling", '
            "CVPR 2014"
        ),
        licence="Apache-2.0 file; rights of the photographs unclear",
        track="research",
        where=_HERE,
        splits={"train": 533, "held": 70, "all": 603},
        read=with_held(matched({"all": _MASKED}, kind="SO", category="person"), first_by_hash(70)),
        pictures=603,
        notes="Edges are jagged by superpixels; bags count as person.",
    ),
    Dataset(
        name="feral_cats",
        title="Cats with coarse masks, 384 px",
        citation="unstated",
        licence="MIT or public domain as stated, doubtful",
        track="research",
        where=_HERE,
        splits={"train": 170, "held": 30, "all": 200},
        read=with_held(matched({"all": _MASKED}, kind="SO", category="cat"), first_by_hash(30)),
        pictures=200,
        notes="`segment` was trained when only the first 20 of these were held aside.",
    ),
    Dataset(
        name="davis_train",
        title="Moving objects with masks, 30 scenes, 512 px",
        citation=(
            'Perazzi et al.: "A Benchmark Dataset and Evaluation Methodology for Video Object '
            'Segmentation", CVPR 2016'
        ),
        licence="research, non-commercial",
        track="research",
        where=_HERE,
        splits={"train": 190, "held": 47, "all": 237},
        read=with_held(_frames, first_by_hash(6)),
        pictures=237,
        notes="Held aside are the frames of 6 scenes.",
    ),
    Dataset(
        name="hair",
        title="Heads from all sides with masks of the hair, 420 px",
        citation="unstated",
        licence="unstated",
        track="research",
        where=_HERE,
        splits={"train": 380, "held": 40, "all": 420},
        read=with_held(matched({"all": _MASKED}, category="hair"), first_by_hash(40)),
        pictures=420,
        notes="The mask is the hair, not the person.",
    ),
    Dataset(
        name="coco_train",
        title="Scenes with maps of instances, a part of COCO",
        citation='Lin et al.: "Microsoft COCO: Common Objects in Context", ECCV 2014',
        licence="each picture's own, in its sample",
        track="research",
        where=_HERE,
        splits={"train": 80, "held": 20, "all": 100},
        read=with_held(coco_with_maps, first_by_hash(20)),
        pictures=100,
        notes="Instance k of the map has the k-th label.",
    ),
    Dataset(
        name="rgba_fg",
        title="Cut-outs of people",
        citation="unstated",
        licence="unstated",
        track="research",
        where=_HERE,
        splits={"all": 3},
        read=singles({"all": "."}, ("foreground", "alpha")),
        pictures=3,
        notes="They look generated. Foreground and alpha are one file.",
    ),
    Dataset(
        name="bg",
        title="Photographs for backgrounds",
        citation=(
            'Arbelaez et al.: "Contour Detection and Hierarchical Image Segmentation", PAMI 2011 '
            "(bsds_); Kodak (kodak24_); others unstated"
        ),
        licence="kodak24_ free; bsds_ and in_ research; others each author's",
        track="research",
        where=_HERE,
        splits={"train": 734, "held": 40, "free": 24, "all": 774},
        read=collected_backgrounds,
        pictures=774,
        notes=(
            "Many contain objects. Held aside are forty that contain none. The split free may be "
            "used on the open track."
        ),
        free=frozenset({"free"}),
    ),
)
"""In the order in which they are listed."""

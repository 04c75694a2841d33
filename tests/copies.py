"""Tiny copies of every dataset in the layout in which it is published.

Pictures are 8x6 pixels.  What a reader must find in them is written out by hand, as the published
descriptions say; nothing here calls the code under test.
"""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

SIZE = (8, 6)  # width, height


@dataclass(frozen=True)
class Copy:
    """One tiny copy.

    Attributes:
        pictures: Files, relative to the copy.
        texts: Other files and what stands in them.
        samples: Split to the samples in order, each as the fields that are set; files as text.
        silent: Files whose loss no reader can notice, because nothing else speaks of them.
    """

    pictures: tuple[str, ...]
    samples: dict[str, list[dict[str, Any]]]
    texts: dict[str, str] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()

    def write(self, root: Path) -> Path:
        """Make the files in `root` and return it."""
        for name in self.pictures:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_PICTURES[path.suffix])
        for name, text in self.texts.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return root


def _encoded(suffix: str) -> bytes:
    stream = io.BytesIO()
    image = Image.new("RGBA", SIZE, (80, 80, 80, 200))
    if suffix == ".jpg":
        image.convert("RGB").save(stream, "JPEG")
    else:
        image.save(stream, "PNG")
    return stream.getvalue()


_PICTURES = {suffix: _encoded(suffix) for suffix in (".jpg", ".png")}


def _rows(*names: str, **places: str) -> list[dict[str, Any]]:
    """Samples whose files are `PLACE` with the name put in for `*`."""
    return [
        {"name": name} | {role: place.replace("*", name) for role, place in places.items()}
        for name in names
    ]


def _files(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    roles = ("image", "alpha", "mask", "trimap", "foreground", "background")
    return tuple(row[role] for row in rows for role in roles if role in row)


def _simple(
    splits: dict[str, list[dict[str, Any]]],
    extra: dict[str, Any] | None = None,
    is_silent: bool = False,
) -> Copy:
    files = tuple(dict.fromkeys(file for rows in splits.values() for file in _files(rows)))
    samples = {split: [row | (extra or {}) for row in rows] for split, rows in splits.items()}
    return Copy(files, samples, silent=frozenset(files if is_silent else ()))


_PERSON = {"kind": "SO", "category": "person"}

_LICENSED, _OTHER = "Training_set/Adobe-licensed images", "Training_set/Other"
_TEST = "Test_set/Adobe-licensed images"
_COMPOSITION_TRAIN = [
    {"name": "zebra", "foreground": f"{_OTHER}/fg/zebra.jpg", "alpha": f"{_OTHER}/alpha/zebra.png"},
    {"name": "1.a", "foreground": f"{_LICENSED}/fg/1.a.png", "alpha": f"{_LICENSED}/alpha/1.a.png"},
]
_COMPOSITION_TEST = [
    {
        "name": f"dog_{k}",
        "foreground": f"{_TEST}/fg/dog.png",
        "alpha": f"{_TEST}/alpha/dog.png",
        "trimap": f"{_TEST}/trimaps/dog_{k}.png",
        "group": "dog",
    }
    for k in range(20)
]

_LICENCE = "Attribution (http://example.org/by)"
_SQUARE = [[1, 1, 4, 1, 4, 3, 1, 3]]
_RUNS = {"counts": [6, 6, 36], "size": [6, 8]}
_INSTANCES = {
    "licenses": [{"id": 4, "name": "Attribution", "url": "http://example.org/by"}],
    "categories": [{"id": 17, "name": "cat"}, {"id": 3, "name": "car"}],
    "images": [
        {"id": 9, "file_name": "000000000009.jpg", "height": 6, "width": 8, "license": 4},
        {"id": 5, "file_name": "000000000005.jpg", "height": 6, "width": 8, "license": 4},
    ],
    "annotations": [
        {"image_id": 9, "category_id": 17, "segmentation": _SQUARE, "iscrowd": 0},
        {"image_id": 9, "category_id": 3, "segmentation": _RUNS, "iscrowd": 1},
    ],
}
_MAPS = {
    "7": {
        "instances": [{"id": 2, "cat": "dog"}, {"id": 1, "cat": "cat"}],
        "license": "Attribution",
        "license_url": "http://example.org/by",
    }
}

_PEOPLE: list[dict[str, Any]] = [
    {
        "name": name,
        "image": f"images/{split}/{name}.jpg",
        "instances": tuple(f"alphas/{split}/{name}/{k:02}.png" for k in range(people)),
        **_PERSON,
    }
    for split, name, people in (
        ("natural", "zzz", 2), ("comp", "xxx", 1), ("train", "yyy", 2), ("val", "yyy", 2),
    )
]  # fmt: skip
_SAID = {"captions": ("friends",), "sentences": (("the tallest person",), ()), "order": (1, 0)}
_HIM, _SMPMAT = _PEOPLE[:2], [row | _SAID for row in _PEOPLE[2:]]
_META = {
    "n": 2,
    "caption": "friends",
    "texts": [[{"text": "the tallest person", "unique": True}], [{"text": "x", "unique": False}]],
    "order": [1, 0],
}

_MASKED = {"image": "images/*.jpg", "mask": "mask/*.png"}


def _masked(name: str, **extra: Any) -> Copy:  # noqa: ANN401
    """A folder of which a part is held aside: so few pictures that it is all of them."""
    rows = _rows(name, **_MASKED)
    return _simple({"all": rows, "held": rows, "train": []}, extra=extra)


_BACKGROUNDS = _rows("bsds_1", "bsds_2092", "kodak24_01", "misc_b", background="*.png")
_OF_BACKGROUNDS: tuple[dict[str, str], ...] = (
    {"licence": "research"},
    {"licence": "research", "category": "scenery"},
    {"licence": "free to use", "category": "scenery"},
    {"licence": "each author's own, unchecked"},
)
_BACKGROUND_SAMPLES = [row | more for row, more in zip(_BACKGROUNDS, _OF_BACKGROUNDS, strict=True)]

COPIES: dict[str, Copy] = {
    "composition-1k": Copy(
        tuple(dict.fromkeys(_files(_COMPOSITION_TRAIN) + _files(_COMPOSITION_TEST))),
        {
            "train": [row | {"group": row["name"]} for row in _COMPOSITION_TRAIN],
            "test": _COMPOSITION_TEST,
        },
        {
            "Training_set/training_fg_names.txt": "zebra.jpg\r\n1.a.png\r\n\r\n",
            "Test_set/test_fg_names.txt": "dog.png\n",
        },
    ),
    "distinctions-646": _simple(
        {
            "train": _rows("a", "b", foreground="Train/FG/*.jpg", alpha="Train/GT/*.png"),
            "test": _rows("c", foreground="Test/FG/*.png", alpha="Test/GT/*.png"),
        }
    ),
    "am-2k": _simple(
        {
            "train": _rows("m_1", image="train/original/*.jpg", alpha="train/mask/*.png"),
            "validation": _rows(
                "m_2",
                image="validation/original/*.jpg",
                alpha="validation/mask/*.png",
                trimap="validation/trimap/*.png",
            ),
        },
        extra={"kind": "SO", "category": "animal"},
    ),
    "p3m-10k": _simple(
        {
            "train": _rows("p_1", image="train/blurred_image/*.jpg", alpha="train/mask/*.png"),
            "p3m-500-p": _rows(
                "p_2",
                image="validation/P3M-500-P/blurred_image/*.jpg",
                alpha="validation/P3M-500-P/mask/*.png",
                trimap="validation/P3M-500-P/trimap/*.png",
            ),
            "p3m-500-np": _rows(
                "p_3",
                image="validation/P3M-500-NP/original_image/*.jpg",
                alpha="validation/P3M-500-NP/mask/*.png",
                trimap="validation/P3M-500-NP/trimap/*.png",
            ),
        },
        extra=_PERSON,
    ),
    "ppm-100": _simple(
        {"all": _rows("1_a", image="image/*.jpg", alpha="matte/*.jpg")}, extra=_PERSON
    ),
    "aim-500": Copy(
        ("original/o_1.jpg", "mask/o_1.png", "trimap/o_1.png"),
        {
            "all": [
                {
                    "name": "o_1",
                    "image": "original/o_1.jpg",
                    "alpha": "mask/o_1.png",
                    "trimap": "trimap/o_1.png",
                    "kind": "STM",
                    "category": "transparent",
                }
            ]
        },
        {"aim_category_type.json": '{"o_1": {"type": "STM", "category": "transparent"}}'},
    ),
    "duts": _simple(
        {
            "train": _rows(
                "d", image="DUTS-TR/DUTS-TR-Image/*.jpg", mask="DUTS-TR/DUTS-TR-Mask/*.png"
            ),
            "test": _rows(
                "e", image="DUTS-TE/DUTS-TE-Image/*.jpg", mask="DUTS-TE/DUTS-TE-Mask/*.png"
            ),
        }
    ),
    "aisegment": Copy(
        (
            "clip_img/1803/clip_00/1803-0001.jpg",
            "matting/1803/matting_00/1803-0001.png",
            "clip_img/1803/clip_01/1803-0001.jpg",
            "matting/1803/matting_01/1803-0001.png",
        ),
        {
            "all": [
                {
                    "name": f"1803/{part}/1803-0001",
                    "image": f"clip_img/1803/clip_{part}/1803-0001.jpg",
                    "alpha": f"matting/1803/matting_{part}/1803-0001.png",
                    "group": "1803",
                    **_PERSON,
                }
                for part in ("00", "01")
            ]
        },
        {"clip_img/.DS_Store": "", "clip_img/1803/clip_00/._1803-0002.jpg": ""},
        frozenset({"clip_img/.DS_Store", "clip_img/1803/clip_00/._1803-0002.jpg"}),
    ),
    "alphamatting": _simple(
        {
            **{
                split: _rows(
                    "GT01",
                    image="input_training_lowres/*.png",
                    alpha="gt_training_lowres/*.png",
                    trimap=f"trimap_training_lowres/Trimap{number}/*.png",
                )
                for number, split in ((1, "train"), (2, "train-trimap2"))
            },
            **{
                f"test-trimap{number}": _rows(
                    "doll", image="input_lowres/*.png", trimap=f"trimap_lowres/Trimap{number}/*.png"
                )
                for number in (1, 2, 3)
            },
        }
    ),
    "him2k": Copy(
        tuple(file for row in _HIM for file in (row["image"], *row["instances"])),
        {"natural": _HIM[:1], "comp": _HIM[1:]},
        silent=frozenset(_HIM[0]["instances"]),
    ),
    "smpmat": Copy(
        tuple(file for row in _SMPMAT for file in (row["image"], *row["instances"])),
        {"train": _SMPMAT[:1], "val": _SMPMAT[1:]},
        {f"alphas/{split}/yyy/meta.json": json.dumps(_META) for split in ("train", "val")},
    ),
    "coco": Copy(
        tuple(f"{part}2017/00000000000{k}.jpg" for part in ("train", "val") for k in (5, 9)),
        {
            split: [
                {
                    "name": "000000000005",
                    "image": f"{split}/000000000005.jpg",
                    "licence": _LICENCE,
                },
                {
                    "name": "000000000009",
                    "image": f"{split}/000000000009.jpg",
                    "outlines": ((6, 8, _SQUARE, False), (6, 8, _RUNS, True)),
                    "labels": ("cat", "car"),
                    "licence": _LICENCE,
                },
            ]
            for split in ("train2017", "val2017")
        },
        {
            f"annotations/instances_{split}.json": json.dumps(_INSTANCES)
            for split in ("train2017", "val2017")
        },
    ),
    "bg-20k": _simple(
        {
            "train": _rows("h_1", "h_2", background="train/*.jpg"),
            "testval": _rows("h_3", "h_4", background="testval/*.jpg"),
        },
        is_silent=True,
    ),
    "pairs": _simple(
        {
            "all": _rows(
                "cat",
                "dog",
                image="images/*.jpg",
                alpha="alphas/*.png",
                mask="masks/*.png",
                trimap="trimaps/*.png",
                foreground="foregrounds/*.png",
            )
        }
    ),
    "alphamatting_dev": _simple(
        {
            "all": (
                rows := _rows(
                    "GT01",
                    "GT02",
                    image="images/*.png",
                    alpha="alpha/*.png",
                    trimap="trimap1/*.png",
                )
            ),
            "train": rows[:1],
            "held": rows[1:],
        }
    ),
    "alphamatting8_nogt": _simple(
        {
            **{
                f"trimap{number}": _rows(
                    "doll", image="images/*.png", trimap=f"trimap{number}/*.png"
                )
                for number in (1, 2, 3)
            }
        }
    ),
    "pseudo_mattes": _simple(
        {
            "all": (rows := _rows("lemur", image="images/*.jpg", alpha="alpha_pred/*.png")),
            "held": rows,
        }
    ),
    "portrait_eg": _masked("00001", **_PERSON),
    "ccp": _masked("0001", **_PERSON),
    "feral_cats": _masked("group0005_jpeg", kind="SO", category="cat"),
    "davis_train": _masked("dance-jump_00017", group="dance-jump"),
    "hair": _masked("0003", category="hair"),
    "coco_train": Copy(
        ("images/7.jpg", "instances/7.png"),
        {
            split: [
                {
                    "name": "7",
                    "image": "images/7.jpg",
                    "instances": ("instances/7.png",),
                    "labels": ("cat", "dog"),
                    "licence": _LICENCE,
                }
            ][: split != "train"]
            for split in ("train", "held", "all")
        },
        {"instances.json": json.dumps(_MAPS)},
    ),
    "rgba_fg": _simple({"all": _rows("x", "y", foreground="*.png", alpha="*.png")}, is_silent=True),
    "bg": Copy(
        _files(_BACKGROUNDS),
        {
            "all": _BACKGROUND_SAMPLES,
            "free": _BACKGROUND_SAMPLES[2:3],
            "held": _BACKGROUND_SAMPLES[1:2],
            "train": [_BACKGROUND_SAMPLES[0], *_BACKGROUND_SAMPLES[2:]],
        },
        silent=frozenset(_files(_BACKGROUNDS)),
    ),
}
"""By the name in the catalogue."""

"""The collected backgrounds: one folder, whose files say by their prefix where they are from.

Many of them show objects; those listed here, chosen by looking, show nothing that one would cut
out.  Of skies, waters, walls and landscapes forty, none of them free, are held aside; streets,
houses and rooms are all for training.
"""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from penumbra.data.layouts.found import Found
from penumbra.data.layouts.held import first_by_hash, with_held
from penumbra.data.layouts.matched import singles

HELD = 40
"""Photographs without any object that are held aside."""

SCENERY = "scenery"
"""Category of a photograph without any object."""

_EMPTY = frozenset(
    [
        "bsds_117025",
        "bsds_117054",
        "bsds_140055",
        "bsds_14037",
        "bsds_143090",
        "bsds_144067",
        "bsds_145079",
        "bsds_167083",
        "bsds_176019",
        "bsds_176035",
        "bsds_176039",
        "bsds_176051",
        "bsds_178054",
        "bsds_187071",
        "bsds_20008",
        "bsds_2092",
        "bsds_216066",
        "bsds_227046",
        "bsds_231015",
        "bsds_232038",
        "bsds_238011",
        "bsds_241004",
        "bsds_241048",
        "bsds_249061",
        "bsds_254033",
        "bsds_260058",
        "bsds_27059",
        "bsds_28083",
        "bsds_295087",
        "bsds_311081",
        "bsds_33066",
        "bsds_36046",
        "bsds_374020",
        "bsds_374067",
        "bsds_5096",
        "bsds_55067",
        "bsds_65010",
        "elementary_bg_Ashim_DSilva",
        "elementary_bg_Snow-Capped_Mountain",
        "elementary_bg_Sunset_by_the_Pier",
        "in_n03717622_manhole_cover",
        "in_n04523525_vault",
        "in_n04548280_wall_clock",
        "in_n04592741_wing",
        "in_n09246464_cliff",
        "in_n09399592_promontory",
        "in_n09472597_volcano",
        "in_n11879895_rapeseed",
        "kodak24_01",
        "kodak24_02",
        "kodak24_13",
        "kodak24_16",
        "misc_bg_canvas_background03",
        "misc_bg_rw_01",
        "misc_bg_rw_03",
        "misc_bg_rw_05",
        "misc_bg_saxon-switzerland-539418_1280",
        "misc_bg_sengupta_back",
        "misc_bg_shibuyasky-4768679_1280",
    ]
)

_PLACES = frozenset(
    [
        "bsds_118072",
        "bsds_148026",
        "bsds_166081",
        "bsds_207038",
        "bsds_207049",
        "bsds_22013",
        "bsds_223061",
        "bsds_249087",
        "bsds_277095",
        "bsds_385028",
        "bsds_48017",
        "bsds_59078",
        "bsds_61034",
        "bsds_69007",
        "bsds_76002",
        "bsds_76053",
        "bsds_78098",
        "bsds_79073",
        "bsds_92014",
        "bsds_97010",
        "bsds_97033",
        "elementary_bg_Viktor_Forgacs",
        "kodak24_08",
        "kodak24_22",
        "kodak24_24",
        "misc_bg_architecture-5082700_1280",
        "misc_bg_canvas_background01",
        "misc_bg_porch-691330_1280",
        "misc_bg_rw_02",
        "misc_bg_rw_04",
    ]
)

_TERMS = {"kodak24": "free to use", "bsds": "research", "in": "research"}
_UNCHECKED = "each author's own, unchecked"
_ALL = singles({"all": "."}, ("background",))


def collected_backgrounds(root: Path, split: str) -> Found:
    """Find "all" with the terms of each, those that are "free", or "train" and "held"."""
    if split == "free":
        whole = _described(root, "all")
        free = (it for it in whole.samples if it.licence == _TERMS["kodak24"])
        return Found(tuple(free), whole.missing)
    return _divided(root, split)


def _described(root: Path, split: str) -> Found:
    whole = _ALL(root, split)
    samples = (
        replace(
            sample,
            licence=_TERMS.get(sample.name.partition("_")[0], _UNCHECKED),
            category=SCENERY if sample.name in _EMPTY | _PLACES else None,
        )
        for sample in whole.samples
    )
    return Found(tuple(samples), whole.missing)


def _held(names: Collection[str]) -> Collection[str]:
    eligible = [name for name in names if name in _EMPTY and not name.startswith("kodak24_")]
    return first_by_hash(HELD)(eligible)


_divided = with_held(_described, _held)

"""Sizes and parts of both networks, and how far they are apart.

The sheet `dfimat`, sections 8.3 and 10.
"""

from dataclasses import dataclass, field
from typing import Literal, get_args

from penumbra.core.errors import require
from penumbra.systems.dfimat.iscn.config import SHIPPED as ISCN_S
from penumbra.systems.dfimat.iscn.config import B as ISCN_B
from penumbra.systems.dfimat.iscn.config import IscnConfig
from penumbra.systems.dfimat.mrn.config import Config as MrnConfig
from penumbra.systems.dfimat.mrn.config import M as MRN_M
from penumbra.systems.dfimat.mrn.config import S as MRN_S

Decouple = Literal["net+train", "net", "none"]


@dataclass(frozen=True)
class Config:
    """Of the whole.

    Attributes:
        iscn: Of the network that finds the person.
        mrn: Of the one that finds opacity.
        decouple: "net+train" trains the second when the first is done; "net" trains both at once;
            "none" has no second network, but a head on the first.
    """

    iscn: IscnConfig = field(default_factory=IscnConfig)
    mrn: MrnConfig = field(default_factory=MrnConfig)
    decouple: Decouple = "net+train"

    def __post_init__(self) -> None:
        words = get_args(Decouple)
        require(self.decouple in words, "decouple", f"one of {', '.join(words)}", self.decouple)


S = Config(ISCN_S, MRN_S)
"""The variant that ships."""

B = Config(ISCN_B, MRN_M)
"""The one to reproduce the paper with."""

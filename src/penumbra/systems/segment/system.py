"""The segmenter by name."""

from penumbra.core.card import Wanted
from penumbra.core.predictor import Predictor
from penumbra.systems.room import System
from penumbra.systems.segment.card import SEGMENT
from penumbra.systems.segment.predictor import Encoded, SegmentPredictor
from penumbra.weights import Entry, entry, load_graph

WEIGHTS = "segment-s"


def _load(licence: Wanted) -> Predictor[Encoded]:
    return SegmentPredictor(SEGMENT, load_graph(WEIGHTS, licence))


def _weights() -> tuple[Entry, ...]:
    return (entry(WEIGHTS),)


SYSTEMS = {SEGMENT.name: System(SEGMENT, _load, weights=_weights)}

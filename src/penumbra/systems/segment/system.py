"""The segmenter by name."""

from penumbra.core.card import Wanted
from penumbra.core.predictor import Predictor
from penumbra.systems.room import System
from penumbra.systems.segment.card import SEGMENT
from penumbra.systems.segment.predictor import Encoded, SegmentPredictor
from penumbra.weights import load_graph


def _load(licence: Wanted) -> Predictor[Encoded]:
    return SegmentPredictor(SEGMENT, load_graph("segment-s", licence))


SYSTEMS = {SEGMENT.name: System(SEGMENT, _load)}

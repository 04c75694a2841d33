"""Reports as text and as JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

from penumbra.evaluation.benchmark import Benchmark, Score
from penumbra.evaluation.presets import preset
from penumbra.evaluation.protocol import Printed
from penumbra.evaluation.run import Failure, Report, Sample, evaluate_pairs
from penumbra.evaluation.table import as_json, as_text
from penumbra.metrics.alpha import sad
from tests.unit.metrics.reference import ALPHA, TRIMAP, TRUTH

REFERENCE = Sample("reference", ALPHA, TRUTH, TRIMAP)
KNOWN = Sample("known", ALPHA, TRUTH, np.zeros((8, 8), np.float32))


@pytest.fixture
def report() -> Report:
    scores = (
        Score("SAD", sad, scale=1e-3),
        Score("MAD", sad, is_mean=True),
        Score("MAD unknown", sad, "unknown", is_mean=True, scale=100),
    )
    return evaluate_pairs([REFERENCE, KNOWN], Benchmark("ours", "any", scores, "Ours."))


def test_text_is_a_table_with_units_sizes_and_the_mean(report: Report) -> None:
    """Read by people, so compared as a whole."""
    assert as_text(report) == (
        "ours: any\n"
        "\n"
        "| image     |      MP | SAD /1000 |     MAD | MAD unknown x100 |\n"
        "| :-------- | ------: | --------: | ------: | ---------------: |\n"
        "| reference | 6.4e-05 |  0.003153 | 0.04926 |            7.988 |\n"
        "| known     | 6.4e-05 |  0.003153 | 0.04926 |                - |\n"
        "| mean      | 6.4e-05 |  0.003153 | 0.04926 |            7.988 |\n"
        "\n"
        "Ours.\n"
        "MAD unknown: undefined in 1 images, left out of the mean.\n"
    )


def test_text_names_whatever_a_reader_could_overlook() -> None:
    """Missing columns, clipped values, estimates nobody asked for."""
    over = Sample("over", np.array([[1.5, 0.0]]), np.array([[1.0, 0.0]]))
    with pytest.warns(UserWarning, match="clipped"):
        report = evaluate_pairs([over], preset("generic"))

    text = as_text(replace(report, extra=("stray", "other")))

    assert "No trimaps: 5 columns left out." in text
    assert "1 estimated values outside [0, 1] were clipped." in text
    assert "Without a truth, not measured: stray, other." in text


def test_rows_of_a_paper_stand_below_the_mean(report: Report) -> None:
    """What it does not print is a dash; where it was read is said once."""
    printed = [Printed(label, {"SAD": 50.4}, "A readme.") for label in ("one", "two")]

    lines = as_text(report, printed).splitlines()

    assert lines[7:9] == [
        "| one       |       - |      50.4 |       - |                - |",
        "| two       |       - |      50.4 |       - |                - |",
    ]
    assert lines.count("A readme.") == 1


def test_images_that_failed_are_named_with_their_reason(report: Report) -> None:
    """A mean over fewer images is another number."""
    failed = (Failure("torn", "torn.png must be whole"),)

    text = as_text(replace(report, failed=failed))

    assert (
        "1 of 3 images could not be measured and are left out:\n- torn: torn.png must be whole\n"
    ) in text
    assert as_json(replace(report, failed=failed))["failed"] == {"torn": "torn.png must be whole"}
    assert "left out:" not in as_text(report)


def test_json_holds_raw_and_scaled_numbers_of_every_image(report: Report) -> None:
    """The text is rounded; the file is for those who compute on."""
    values = json.loads(json.dumps(as_json(report), allow_nan=False))

    reference, known = values["rows"]
    assert values["benchmark"] == "ours"
    assert values["images"] == 2
    assert reference["raw"]["SAD"] == report.rows[0].raw["SAD"]
    assert reference["scaled"]["SAD"] == report.rows[0].raw["SAD"] * 1e-3
    assert reference["pixels"] == {"unknown": 38, "foreground": 3, "background": 23}
    assert (reference["height"], reference["width"], reference["megapixels"]) == (8, 8, 64e-6)
    assert known["raw"]["MAD unknown"] is None
    assert known["scaled"]["MAD unknown"] is None


def test_json_says_how_each_mean_was_made(report: Report) -> None:
    """Region, unit and the number of images are part of a number."""
    score = as_json(report)["scores"]["MAD unknown"]

    assert (score["region"], score["is_mean"], score["scale"]) == ("unknown", True, 100)
    assert (score["images"], score["undefined"]) == (1, 1)
    assert score["scaled"] == 100 * score["raw"]


def test_json_of_an_undefined_mean_is_null() -> None:
    """NaN is no JSON."""
    scores = (Score("MAD", sad, "unknown", is_mean=True),)
    report = evaluate_pairs([KNOWN], Benchmark("ours", "any", scores, "Ours."))

    assert as_json(report)["scores"]["MAD"]["raw"] is None
    assert as_json(report)["scores"]["MAD"]["scaled"] is None

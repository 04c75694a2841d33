"""Rows, means, and the rules a benchmark sets before anything is measured."""

import math
from dataclasses import replace

import numpy as np
import pytest

from penumbra.core.errors import DatasetError, ImageError, TrimapError
from penumbra.evaluation.benchmark import Benchmark, Quantise, Region, Score
from penumbra.evaluation.presets import preset
from penumbra.evaluation.run import Sample, evaluate_pairs
from penumbra.metrics.alpha import sad, sse
from tests.unit.metrics.reference import ALPHA, GOLDEN, HALF_A_DIGIT, TRIMAP, TRUTH

REFERENCE = Sample("reference", ALPHA, TRUTH, TRIMAP)
PERFECT = Sample("perfect", TRUTH, TRUTH, TRIMAP)
KNOWN = Sample("known", ALPHA, TRUTH, np.zeros((8, 8), np.float32))


def benchmark_of(*scores: Score) -> Benchmark:
    return Benchmark("ours", "any", scores, "Ours.")


PLAIN = benchmark_of(Score("SAD", sad))


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("image", GOLDEN["whole"]["sad"]),
        ("unknown", GOLDEN["unknown"]["sad"]),
        ("foreground", GOLDEN["sad_foreground"]),
        ("background", GOLDEN["sad_background"]),
        ("tran", GOLDEN["sad_tran"]),
    ],
)
def test_every_region_agrees_with_the_reference(region: Region, expected: float) -> None:
    """The five region rules in circulation."""
    report = evaluate_pairs([REFERENCE], benchmark_of(Score("SAD", sad, region)))

    assert report.rows[0].raw["SAD"] == pytest.approx(expected, abs=HALF_A_DIGIT)


def test_a_mean_divides_by_the_pixels_of_its_region() -> None:
    """AIM's tran: the sum runs over the image, the mean is one over the unknown pixels."""
    scores = [
        Score("image", sse, is_mean=True),
        Score("unknown", sse, "unknown", is_mean=True),
        Score("tran", sad, "tran", is_mean=True),
    ]

    raw = evaluate_pairs([REFERENCE], benchmark_of(*scores)).rows[0].raw

    assert raw["image"] == pytest.approx(GOLDEN["whole"]["mse"], abs=HALF_A_DIGIT)
    assert raw["unknown"] == pytest.approx(GOLDEN["unknown"]["mse"], abs=HALF_A_DIGIT)
    assert raw["tran"] == pytest.approx(GOLDEN["sad_tran"] / 38, abs=HALF_A_DIGIT)


def test_tran_counts_what_the_truth_loses_to_the_trimap() -> None:
    """Where the trimap is wrong, tran charges it to the estimate and "unknown" does not."""
    trimap = np.array([[1.0, 0.5]], np.float32)
    sample = Sample("wrong trimap", np.array([[0.0, 0.5]]), np.array([[0.25, 0.5]]), trimap)
    scores = Score("unknown", sad, "unknown"), Score("tran", sad, "tran")

    assert evaluate_pairs([sample], benchmark_of(*scores)).rows[0].raw == {
        "unknown": 0,
        "tran": 0.75,
    }


def test_a_row_says_what_was_compared() -> None:
    """A sum without the size it was taken over means nothing."""
    (row,) = evaluate_pairs([REFERENCE], PLAIN).rows

    assert (row.name, row.height, row.width) == ("reference", 8, 8)
    assert row.megapixels == 64e-6
    assert row.pixels == GOLDEN["pixels"]


def test_images_weigh_the_same_whatever_their_size() -> None:
    """The mean is over images, not over pixels."""
    small = Sample("small", np.ones((1, 1)), np.zeros((1, 1)))
    large = Sample("large", np.zeros((9, 9)), np.zeros((9, 9)))
    score = Score("MAD", sad, is_mean=True, scale=100)

    mean = evaluate_pairs([small, large], benchmark_of(score)).mean(score)

    assert (mean.raw, mean.scaled, mean.images, mean.undefined) == (0.5, 50, 2, 0)


def test_undefined_values_are_left_out_of_the_mean_and_counted() -> None:
    """Without unknown pixels a SAD is 0 and an MSE is nothing."""
    mse = Score("MSE", sse, "unknown", is_mean=True)
    sum_of_errors = Score("SAD", sad, "unknown")
    report = evaluate_pairs([REFERENCE, KNOWN], benchmark_of(mse, sum_of_errors))

    assert report.mean(mse).raw == pytest.approx(GOLDEN["unknown"]["mse"], abs=HALF_A_DIGIT)
    assert (report.mean(mse).images, report.mean(mse).undefined) == (1, 1)
    assert report.rows[1].raw["SAD"] == 0
    assert (report.mean(sum_of_errors).images, report.mean(sum_of_errors).undefined) == (2, 0)


def test_a_mean_over_no_defined_value_is_undefined() -> None:
    """Not zero, which would be the best there is."""
    mse = Score("MSE", sse, "unknown", is_mean=True)

    mean = evaluate_pairs([KNOWN], benchmark_of(mse)).mean(mse)

    assert math.isnan(mean.raw)
    assert math.isnan(mean.scaled)
    assert (mean.images, mean.undefined) == (0, 1)


def test_a_fixed_trimap_overwrites_the_known_part() -> None:
    """Composition-1k's rule, against the reference."""
    fixed = replace(benchmark_of(Score("MSE", sse, is_mean=True)), is_trimap_fixed=True)

    raw = evaluate_pairs([REFERENCE], fixed).rows[0].raw

    assert raw["MSE"] == pytest.approx(GOLDEN["fixed_whole"]["mse"], abs=HALF_A_DIGIT)


def test_an_estimate_is_rounded_or_floored_to_eight_bits_on_demand() -> None:
    """0.5 lies between 127 and 128 of 255."""
    half = Sample("half", np.array([[0.5]]), np.array([[0.0]]))
    levels = {
        how: evaluate_pairs([half], replace(PLAIN, quantise=how)).rows[0].raw["SAD"] * 255
        for how in ("none", "round", "floor")
    }

    assert levels == pytest.approx({"none": 127.5, "round": 128, "floor": 127})


@pytest.mark.parametrize("how", ["round", "floor"])
@pytest.mark.parametrize("read_as", [np.float32, np.float64])
@pytest.mark.parametrize("handed_in_as", [np.float32, np.float64])
def test_what_was_read_from_eight_bits_stays_itself(
    how: Quantise, read_as: type[np.floating], handed_in_as: type[np.floating]
) -> None:
    """A floor that loses a level to the last bit of a float would shift whole tables."""
    grey = (np.arange(256) / 255).astype(read_as).astype(handed_in_as)[None]
    sample = Sample("grey", grey, grey)

    raw = evaluate_pairs([sample], replace(PLAIN, quantise=how)).rows[0].raw

    assert raw["SAD"] == pytest.approx(0, abs=1e-4)


def test_a_benchmark_of_a_size_resizes_both_mattes() -> None:
    """SAFE-Net's rule: the sum is over 512 x 512 pixels, whatever came."""
    truth = np.zeros((30, 40), np.float32)
    trimap = np.repeat(np.array([0, 0.5, 1, 1], np.float32), 10) * np.ones((30, 1), np.float32)
    sample = Sample("quarter", truth + np.float32(0.25), truth, trimap)

    (row,) = evaluate_pairs([sample], preset("safe")).rows

    assert (row.height, row.width) == (512, 512)
    assert row.pixels == {
        "unknown": 512 * 128,
        "foreground": 512 * 256,
        "background": 512 * 128,
    }
    assert row.raw["SAD"] == 512 * 512 / 4


def test_values_outside_the_range_are_clipped_counted_and_said_once() -> None:
    """One warning for a run, not one for each image and metric."""
    over = Sample("over", np.array([[1.5, -0.5, 0.5]]), np.array([[0.0, 0.0, 0.5]]))

    with pytest.warns(UserWarning, match="clipped 4 pixels") as warned:
        report = evaluate_pairs([over, over], preset("generic"))

    assert len(warned) == 1
    assert [row.clipped for row in report.rows] == [2, 2]
    assert report.rows[0].raw["SAD"] == 1


def test_columns_that_need_a_trimap_are_left_out_without_one() -> None:
    """The rest of the generic table still stands."""
    report = evaluate_pairs([replace(REFERENCE, trimap=None)], preset("generic"))

    assert [score.label for score in report.scores] == ["SAD", "MSE", "MAD", "Grad", "Conn"]
    assert report.rows[0].pixels == {}


@pytest.mark.parametrize("name", ["comp1k", "aim500", "clicks-table2"])
def test_a_table_of_the_unknown_region_needs_trimaps(name: str) -> None:
    """A number over another region under the same name would be a lie."""
    with pytest.raises(TrimapError, match=f"perfect: {name} must be given a trimap"):
        evaluate_pairs([replace(PERFECT, trimap=None)], preset(name))


def test_trimaps_for_some_images_only_are_refused() -> None:
    """The columns would be means over different images."""
    with pytest.raises(DatasetError, match="for all images or for none"):
        evaluate_pairs([REFERENCE, replace(PERFECT, trimap=None)], preset("generic"))


@pytest.mark.parametrize(
    ("sample", "error", "rule"),
    [
        (replace(REFERENCE, alpha=ALPHA[:7]), ImageError, "reference: alpha must have shape"),
        (replace(REFERENCE, alpha=ALPHA * np.nan), ImageError, "reference: alpha must be finite"),
        (replace(REFERENCE, trimap=TRIMAP[:7]), TrimapError, "reference: trimap must have shape"),
        (
            replace(REFERENCE, trimap=TRIMAP**2),
            TrimapError,
            "reference: trimap must hold only",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(
    sample: Sample, error: type[Exception], rule: str
) -> None:
    """Nothing is resized in silence, and among a thousand images the name is what helps."""
    with pytest.raises(error, match=rule):
        evaluate_pairs([PERFECT, sample], preset("generic"))


def test_a_run_over_nothing_is_refused() -> None:
    """It is a wrong folder more often than a result."""
    with pytest.raises(DatasetError, match="at least one image"):
        evaluate_pairs([], PLAIN)


def test_samples_are_not_changed() -> None:
    """Fixing, clipping and rounding work on copies."""
    alpha, truth, trimap = ALPHA.copy(), TRUTH.copy(), TRIMAP.copy()

    evaluate_pairs([Sample("copy", alpha, truth, trimap)], preset("comp1k"))

    np.testing.assert_array_equal(alpha, ALPHA)
    np.testing.assert_array_equal(truth, TRUTH)
    np.testing.assert_array_equal(trimap, TRIMAP)

"""From a matte to an object lifted off its background."""

from dataclasses import replace
from typing import Any

from penumbra.core.arrays import RGB, as_rgb
from penumbra.core.cutout import Cutout
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.people import FoundPerson, PersonCutout
from penumbra.core.predictor import Predictor
from penumbra.io import Photograph
from penumbra.session.session import Session
from penumbra.solvers.foreground import estimate_foreground


def cut_out(image: RGB, hints: Hints, predictor: Predictor[Any]) -> Cutout:
    """Image and hints in, object out: encode, decode, estimate the foreground.

    Args:
        image: (H, W, 3) floats in [0, 1].
        hints: What is known about the object.
        predictor: Any model of the kit.

    Raises:
        ImageError: The image is not one.
        HintError: The model cannot use these hints, or they lie outside the image.
        ConvergenceError: A solver found no answer it can stand behind.
    """
    image = as_rgb(image)
    return lift(image, Session(predictor, image).apply(hints))


def cut_out_each(image: RGB, predictor: Predictor[Any]) -> list[PersonCutout]:
    """Image in, each person out, without a word said; nobody is an empty list.

    Args:
        image: (H, W, 3) floats in [0, 1].
        predictor: A model that finds people, such as dfimat.

    Returns:
        People from the left to the right.  Their opacities add up to at most 1, and the colours
        of each are estimated against everything else in the image, the others included.

    Raises:
        ImageError: The image is not one.
        InputError: The model does not find people.
        ConvergenceError: The model found no answer it can stand behind.
    """
    image = as_rgb(image)
    return [
        PersonCutout(lift(image, matte_of(person)), person.box, person.score)
        for person in Session(predictor, image).people()
    ]


def matte_of(person: FoundPerson) -> Matte:
    """Return the matte of a person that was found."""
    return Matte(person.alpha, confidence=person.score)


def lift(image: RGB, matte: Matte) -> Cutout:
    """Give the object of a finished matte its own colours."""
    foreground, background = estimate_foreground(image, matte.alpha)
    return Cutout(foreground, matte.alpha, background, matte)


def lift_off(photograph: Photograph, matte: Matte) -> Cutout:
    """As `lift`; what the photograph's file itself left transparent stays so."""
    cutout = lift(photograph.rgb, matte)
    if photograph.alpha is None:
        return cutout
    return replace(cutout, alpha=cutout.alpha * photograph.alpha)

"""Everything the kit can refuse, as one tree.

    MatteError
    ├── InputError              what was handed in cannot be used
    │   ├── ImageError          a photograph, a matte, or the file that should hold one
    │   │   └── SizeError       it has more pixels than is allowed
    │   ├── TrimapError
    │   └── HintError           clicks, scribbles, boxes, text, coarse masks
    ├── OutputError             a result could not be written
    ├── WeightsError            a model's file is missing, damaged or refused
    │   └── LicenceError        it is not free as asked for
    ├── DatasetError            a folder does not follow its published layout
    └── ConvergenceError        a solver or a training run found no answer to stand behind

Every message reads: *name* must be *rule*, got *value*.  Foreign exceptions are translated
where they occur; whatever is not a `MatteError` is a bug.
"""


class MatteError(Exception):
    """Root of everything the kit raises on purpose."""


class InputError(MatteError):
    """What was handed in cannot be used."""


class ImageError(InputError):
    """A photograph or a matte, or the file that should hold one, cannot be used."""


class SizeError(ImageError):
    """A picture has more pixels than is allowed."""


class TrimapError(InputError):
    """A trimap cannot be used."""


class HintError(InputError):
    """A click, scribble, box, text or coarse mask cannot be used."""


class OutputError(MatteError):
    """A result could not be written; whatever stood there before is untouched."""


class WeightsError(MatteError):
    """A model's file is missing, damaged, or not allowed."""


class LicenceError(WeightsError):
    """A model's weights are not free as asked for."""


class DatasetError(MatteError):
    """A folder does not follow the published layout of its dataset."""


class ConvergenceError(MatteError):
    """A solver, or a training run, found no answer it can stand behind."""


def require(is_right: bool, name: str, rule: str, value: object) -> None:
    """Raise `InputError` in the words above unless a value is as it must be.

    Example:
        >>> require(True, "steps", "at least 1", 8)
    """
    if not is_right:
        raise InputError(f"{name} must be {rule}, got {value!r}")

"""What the interpreter learns from: composed pictures of people, and what may be said of them.

The sheet `smpmat`, sections 3.1 and 8: where there are no photographs whose people all have
mattes, composites are their substitute, with captions from a template.
"""

from penumbra.systems.dfimat.gathering import SceneBatch

COUNTS = ("nobody", "one person", "two people", "three people", "four people", "five people",
          "six people", "seven people")  # fmt: skip


def caption_of(people: int) -> str:
    """Return a caption of a picture with so many people.

    Example:
        >>> caption_of(3)
        'a photo of three people'
    """
    return f"a photo of {COUNTS[people] if people < len(COUNTS) else 'several people'}"


def captions_of(batch: SceneBatch) -> tuple[str, ...]:
    """Return a caption of each picture of a batch."""
    return tuple(caption_of(count) for count in batch.is_person.sum(dim=1).tolist())

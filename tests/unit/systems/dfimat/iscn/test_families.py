"""Who reads whom."""

import torch

from penumbra.systems.dfimat.iscn.families import FAMILIES, READS, Block, allowed_attention

# Section 4.4: rows read columns, in the order object, text, visual, memory, word, point.
SHEET = """
x.....
xxxxxx
xxxxxx
..xx.x
.x..x.
..x..x
"""


def there(*flags: int) -> torch.Tensor:
    """Presence in one image, (1, tokens)."""
    return torch.tensor([flags], dtype=torch.bool)


def test_the_table_is_the_sheet_s() -> None:
    """Row by row."""
    rows = ["".join("x" if other in READS[one] else "." for other in FAMILIES) for one in FAMILIES]

    assert rows == SHEET.split()


def test_tokens_read_what_the_table_allows_and_what_is_there() -> None:
    """Two objects, a visual query, and three points, the last of which is padding."""
    visual = Block("visual", there(1))
    columns = [Block("object", there(1, 1)), visual, Block("point", there(1, 1, 0))]

    allowed = allowed_attention([visual, columns[2]], columns, is_full=False)

    assert allowed[0].int().tolist() == [
        [1, 1, 1, 1, 1, 0],
        [0, 0, 1, 1, 1, 0],
        [0, 0, 1, 1, 1, 0],
        [0, 0, 1, 1, 1, 1],  # padding reads itself, so that it reads anything
    ]


def test_a_family_that_is_absent_is_read_by_none_but_itself() -> None:
    """In each image by itself."""
    text = Block("text", torch.tensor([[True], [False]]))
    visual = Block("visual", torch.tensor([[False], [True]]))

    allowed = allowed_attention([text, visual], [text, visual], is_full=False)

    assert allowed.int().tolist() == [[[1, 0], [1, 1]], [[1, 1], [0, 1]]]


def test_without_the_table_everything_that_is_there_is_read() -> None:
    """`joint_full`."""
    blocks = [Block("object", there(1, 1)), Block("memory", there(1)), Block("word", there(1, 0))]

    allowed = allowed_attention(blocks, blocks, is_full=True)

    assert allowed[0].int().tolist() == [[1, 1, 1, 1, 0]] * 4 + [[1, 1, 1, 1, 1]]

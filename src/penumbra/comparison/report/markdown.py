"""A report as Markdown."""

import re
from collections.abc import Iterable

from penumbra.comparison.report.document import (
    Block,
    Cell,
    Code,
    Heading,
    Items,
    Paragraph,
    Picture,
    Table,
)
from penumbra.evaluation.table import aligned

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def as_markdown(blocks: Iterable[Block]) -> str:
    """Lay blocks out one below the other; pictures become links to their files."""
    return "\n\n".join(_block(block) for block in blocks) + "\n"


def escaped(text: str) -> str:
    r"""Return plain words so that none of their letters is taken for a sign of Markdown.

    Example:
        >>> print(escaped("a_b | <c>"))
        a\_b \| \<c\>
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {escaped(block.text)}"
        case Paragraph():
            link = f" [{escaped(block.link_text)}]({block.link})" if block.link else ""
            return escaped(block.text) + link
        case Code():
            return f"```\n{block.text}\n```"
        case Items():
            return "\n".join(f"- {escaped(text)}" for text in block.texts)
        case Table():
            head = [escaped(text) for text in block.head]
            body = [[_cell(cell) for cell in row] for row in block.rows]
            return "\n".join([escaped(block.caption), "", *aligned(head, body)])
        case Picture():
            return f"![{escaped(block.alt)}]({block.file})\n\n{escaped(block.caption)}"


def _cell(cell: Cell) -> str:
    text = escaped(cell.text)
    return f"**{text}**" if cell.is_best and text else text

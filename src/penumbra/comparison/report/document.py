"""What a report is made of, before it is Markdown or HTML."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """A heading.

    Attributes:
        text: Plain words.
        level: 1 of the whole report, 2 of a section, 3 and 4 below.
    """

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Plain words, and perhaps a link at their end.

    Attributes:
        text: Plain words.
        link: Address that `link_text` leads to; "" for none.
        link_text: Plain words.
    """

    text: str
    link: str = ""
    link_text: str = ""


@dataclass(frozen=True)
class Code:
    """A line to be typed."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list of plain words."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table.

    Attributes:
        text: Plain words or a number.
        is_best: Whether it is to be set off from the rest of its column.
    """

    text: str
    is_best: bool = False


@dataclass(frozen=True)
class Table:
    """A table whose first column names the rows.

    Attributes:
        caption: What it shows, in a sentence.
        head: One for each column.
        rows: As many cells each as `head`.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, eq=False)
class Picture:
    """A plot or a picture, which becomes a file beside the Markdown.

    Attributes:
        file: Address from the report, such as "plots/time-none.svg".
        data: The whole file.
        alt: What it shows, for who cannot see it.
        caption: Plain words below it.
    """

    file: str
    data: bytes
    alt: str
    caption: str


Block = Heading | Paragraph | Code | Items | Table | Picture

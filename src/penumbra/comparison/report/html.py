"""A report as one HTML file: style and plots inside it, small pictures beside it."""

import base64
from collections.abc import Iterable, Sequence
from html import escape

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
from penumbra.comparison.report.wording import stem

WORDY = 40
"""Letters of a cell from which on its column is set as prose: to the left, in several lines."""

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
  max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1, h2, h3, h4 { line-height: 1.2; margin: 2rem 0 .5rem; }
h2 { border-top: 1px solid #bbb; padding-top: 1.5rem; }
a { color: #0645ad; }
.wide { overflow-x: auto; margin: 1rem 0; }
.wide:focus-visible { outline: 2px solid #0645ad; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .4rem; }
caption span { display: inline-block; position: sticky; left: 0; max-width: calc(100vw - 2rem); }
th, td { border-bottom: 1px solid #ddd; padding: .25rem .6rem; text-align: right;
  white-space: nowrap; }
tbody th { font-weight: normal; }
.words { text-align: left; white-space: normal; min-width: 20rem; }
thead th { border-bottom: 2px solid #555; }
th:first-child { text-align: left; position: sticky; left: 0; background: #fff; }
figure { margin: 1rem 0; }
figcaption { font-size: .875rem; color: #444; }
figure img { max-width: 100%; height: auto; }
.plot img { min-width: 40rem; }
pre { background: #f3f3f3; padding: .6rem; overflow-x: auto; }
"""


def as_html(blocks: Sequence[Block]) -> str:
    """Lay blocks out as a page with an outline at its top."""
    headings = [it for it in blocks if isinstance(it, Heading)]
    title = next((it.text for it in headings if it.level == 1), "Report")
    names = _names(headings)
    body = []
    for place, block in enumerate(blocks):
        body.append(_block(block, names))
        if place == 0:
            body.append(_outline(headings, names))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _block(block: Block, names: dict[int, str]) -> str:
    match block:
        case Heading():
            tag = f"h{block.level}"
            return f'<{tag} id="{names[id(block)]}">{escape(block.text)}</{tag}>'
        case Paragraph():
            link = f' <a href="{escape(block.link)}">{escape(block.link_text)}</a>'
            return f"<p>{escape(block.text)}{link if block.link else ''}</p>"
        case Code():
            return f"<pre><code>{escape(block.text)}</code></pre>"
        case Items():
            items = "".join(f"<li>{escape(text)}</li>" for text in block.texts)
            return f"<ul>{items}</ul>"
        case Table():
            return _table(block)
        case Picture():
            return _picture(block)


def _table(table: Table) -> str:
    is_prose = [
        place > 0 and any(len(row[place].text) > WORDY for row in table.rows)
        for place in range(len(table.head))
    ]
    head = "".join(
        f'<th scope="col"{_class(is_wordy)}>{escape(text)}</th>'
        for text, is_wordy in zip(table.head, is_prose, strict=True)
    )
    rows = "\n".join(f"<tr>{''.join(_cells(row, is_prose))}</tr>" for row in table.rows)
    label = escape(table.caption)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{label}">\n'
        f"<table>\n<caption><span>{label}</span></caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _cells(row: Sequence[Cell], is_prose: Sequence[bool]) -> Iterable[str]:
    for place, (cell, is_wordy) in enumerate(zip(row, is_prose, strict=True)):
        text = escape(cell.text)
        inner = f"<strong>{text}</strong>" if cell.is_best else text
        is_name = place == 0
        yield (
            f'<th scope="row">{inner}</th>' if is_name else f"<td{_class(is_wordy)}>{inner}</td>"
        )


def _class(is_wordy: bool) -> str:
    return ' class="words"' if is_wordy else ""


def _picture(picture: Picture) -> str:
    is_plot = picture.file.endswith(".svg")
    source = escape(picture.file)
    if is_plot:
        source = f"data:image/svg+xml;base64,{base64.b64encode(picture.data).decode('ascii')}"
    image = f'<img src="{source}" alt="{escape(picture.alt)}" loading="lazy">'
    caption = f"<figcaption>{escape(picture.caption)}</figcaption>"
    if not is_plot:
        return f"<figure>{image}{caption}</figure>"
    label = escape(picture.caption)
    scrolls = f'<div class="wide" role="region" tabindex="0" aria-label="{label}">{image}</div>'
    return f'<figure class="plot">{scrolls}{caption}</figure>'


def _names(headings: Sequence[Heading]) -> dict[int, str]:
    """Identity of a heading to a name that no other one has."""
    return {id(it): f"{stem(it.text)}-{place}" for place, it in enumerate(headings)}


def _outline(headings: Sequence[Heading], names: dict[int, str]) -> str:
    links = "".join(
        f'<li><a href="#{names[id(it)]}">{escape(it.text)}</a></li>'
        for it in headings
        if it.level == 2
    )
    return f'<nav aria-label="Sections"><ul>{links}</ul></nav>'

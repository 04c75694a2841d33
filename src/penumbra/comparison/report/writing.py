"""From the journal of a comparison to its report."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from penumbra.comparison.record import RESULTS, read_records, read_run
from penumbra.comparison.report.contests import Contest, contests, protocols
from penumbra.comparison.report.document import Block, Heading, Paragraph, Picture
from penumbra.comparison.report.html import as_html
from penumbra.comparison.report.markdown import as_markdown
from penumbra.comparison.report.numbers import numbers
from penumbra.comparison.report.pace import pace_for
from penumbra.comparison.report.pictures import PICTURES, Gallery, drawn, examples, rooms_of
from penumbra.comparison.report.plots import PLOTS
from penumbra.comparison.report.preamble import machines, preamble
from penumbra.comparison.report.sections import (
    auto_section,
    pictures_section,
    plots_section,
    tables_section,
)
from penumbra.comparison.sets import finder
from penumbra.core.errors import InputError, OutputError
from penumbra.evaluation.plot import require_matplotlib
from penumbra.io import write_atomically

NUMBERS = "report.json"


def write_report(output: Path, data: Path | None, published: Path | None = None) -> None:
    """Write `report.md`, `report.html` and `report.json`, with plots and pictures beside them.

    The same results give the same files.  Plots and pictures of an earlier report that this one
    does not have are removed.

    Args:
        output: Folder of the comparison; the report comes into it.
        data: Folder of the datasets, for the pictures; without it drawn pictures alone are shown.
        published: Folder of a second report that anybody may be shown, without HTML: its numbers
            are the same, its pictures are those alone whose records are free.

    Raises:
        InputError: There are no results, or matplotlib is not installed.
        OutputError: Something cannot be read or written.
    """
    require_matplotlib()
    records = read_records(output / RESULTS)
    if not records:
        raise InputError(f"output must hold results of a comparison, got none in {output}")
    about = read_run(output)
    found = contests(records)
    paces = {protocol: pace_for(protocol, records) for protocol in protocols(records)}
    plots = list(plots_section(found, paces))
    means = {
        "date": about.get("date"),
        "weights": about.get("of", {}).get("weights", {}),
        **numbers(found, paces),
    }
    for folder, is_published in ((output, False), (published, True)):
        if folder is None:
            continue
        gallery = Gallery(output, finder(output, data), is_published)
        blocks = [
            Heading("Everything against everything", 1),
            *preamble(about, records, is_published),
            *tables_section(found, paces, machines(about)),
            *auto_section(found),
            *plots,
            *_pictures(found, gallery),
            *_quality(is_published),
        ]
        _write(folder, blocks, means, is_page_wanted=not is_published)


def _pictures(found: Sequence[Contest], gallery: Gallery) -> Iterator[Block]:
    shown = [
        example
        for contest in found
        for room in rooms_of(contest)
        for example in examples(contest, room, gallery.is_published)
    ]
    return pictures_section(drawn(gallery, shown), len(shown), gallery.is_published)


def _quality(is_published: bool) -> Iterator[Block]:
    yield Heading("Which quality lines hold")
    text = "What each room was meant to reach, and whether it does:"
    if is_published:
        yield Paragraph(text, "../quality.md", "quality of the rooms")
    else:
        yield Paragraph(f"{text} docs/quality.md of the repository.")


def _write(
    folder: Path, blocks: Sequence[Block], means: dict[str, Any], is_page_wanted: bool
) -> None:
    files = {block.file: block.data for block in blocks if isinstance(block, Picture)}
    try:
        for name in (PLOTS, PICTURES):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for stale in _written_before(folder) - files.keys():
            (folder / stale).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} must be writable, got {error.strerror!r}") from error
    for name, data in files.items():
        write_atomically(folder / name, data)
    write_atomically(folder / "report.md", as_markdown(blocks).encode("utf-8"))
    if is_page_wanted:
        write_atomically(folder / "report.html", as_html(blocks).encode("utf-8"))
    text = json.dumps(means | {"files": sorted(files)}, indent=1, ensure_ascii=False)
    write_atomically(folder / NUMBERS, text.encode("utf-8") + b"\n")


def _written_before(folder: Path) -> set[str]:
    """Return the plots and pictures that the report which stands here says are its own."""
    try:
        said = json.loads((folder / NUMBERS).read_text("utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    own = ((PLOTS, ".svg"), (PICTURES, ".webp"))
    return {
        f"{place}/{Path(name).name}"
        for name in said
        for place, suffix in own
        if name == f"{place}/{Path(name).name}" and name.endswith(suffix)
    }

"""`penumbra benchmark`: a published table or curve, run again with our models."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penumbra.cli.errors import matte_errors

if TYPE_CHECKING:
    from penumbra.core.card import Wanted
    from penumbra.evaluation.protocol import Published

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


class _WithAll(click.Command):
    """A command whose first word may be "all", which is a command with options of its own."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - as click declares it
    ) -> click.Context:
        """Hand "all" and what follows it on."""
        if args[:1] != ["all"]:
            return super().make_context(info_name, args, parent, **extra)
        from penumbra.cli.benchmark_all import benchmark_all

        return benchmark_all.make_context(f"{info_name} all", args[1:], parent, **extra)


@click.command(cls=_WithAll)
@click.argument("name", required=False)
@click.option("--data", type=FOLDER, metavar="DIR", help="The dataset, in its published layout.")
@click.option("--backgrounds", type=FOLDER, metavar="DIR", help="Pictures its lists name.")
@click.option(
    "--model", "models", multiple=True, metavar="NAME",
    help="Any that needs no more hints than there are; that of the paper where none is named. "
    "Repeatable for a curve.",
)  # fmt: skip
@click.option(
    "--licence",
    type=click.Choice(["any", "open"]),
    default="any",
    help="Open refuses weights that are for research alone.",
)
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="An option of the model."
)
@click.option("--output", type=FOLDER, metavar="DIR", help="Keep the mattes; a rerun goes on.")
@click.option("--json", "json_path", type=FILE, help="Also write everything measured.")
@click.option("--plot", type=FILE, metavar="FILE.svg", help="Also draw a curve.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N images.")
@matte_errors
def benchmark(
    name: str | None,
    data: Path | None,
    backgrounds: Path | None,
    models: tuple[str, ...],
    licence: "Wanted",
    settings: tuple[str, ...],
    output: Path | None,
    json_path: Path | None,
    plot: Path | None,
    limit: int | None,
) -> None:
    """Run the published table or curve NAME again; without NAME, list what there is.

    NAME may be "all": every model and every peer on the same pictures, with a report; see
    `penumbra benchmark all --help`.

    With --output, mattes are kept as DIR/MODEL/IMAGE.png, and a rerun asks for those alone that
    are missing.

    Exit status: 0 all measured, 2 nothing measured because of the input, 3 some images failed
    and are left out of the means, 1 a bug.
    """
    # Imported here so that `penumbra --help` answers without loading any model.
    from penumbra.cli.benchmark_job import Ask, check_places, owner, published, rerun
    from penumbra.cli.benchmark_people import rerun_people
    from penumbra.evaluation.protocol import OfPeople

    there_is = published()
    if name is None:
        click.echo(_listing(there_is), nl=False)
        return
    if name not in there_is:
        click.echo(_listing(there_is), nl=False, err=True)
        raise click.BadParameter(f"no benchmark {name!r}", param_hint="NAME")
    if data is None:
        raise click.UsageError("--data is needed: the folder of the dataset")
    read = (data,) if backgrounds is None else (data, backgrounds)
    models = models or (owner(name),)
    ask = Ask(read, models, licence, settings, output, json_path, plot)
    check_places(ask)
    found = there_is[name]
    if isinstance(found, OfPeople):
        rerun_people(found, found.cases(data, backgrounds), limit, ask)
    else:
        rerun(found, found.cases(data, backgrounds), limit, ask)


def _listing(there_is: "dict[str, Published]") -> str:
    return "\n".join(
        f"{each.name}\n  needs: {each.needs}\n  source: {each.source}\n"
        for each in there_is.values()
    )

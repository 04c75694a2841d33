"""`penumbra train`: from packs to weights."""

from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penumbra.cli.errors import matte_errors
from penumbra.core.errors import InputError
from penumbra.core.settings import with_settings

if TYPE_CHECKING:
    from penumbra.training.recipe import Recipe

STOPPED = 3  # exit status of a run that was asked to stop: what is there is not yet the result

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("room")
@click.option(
    "--pack", "packs", type=_FILE, multiple=True, required=True, help="Made by `data pack`."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder of the run: checkpoint, log, previews.",
)
@click.option("--variant", help="Of the room's recipes; the first if omitted.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help="A switch of the room, or a place in its recipe such as stages.0.batch_size=8.",
)
@click.option("--resume", "is_resumed", is_flag=True, help="Go on from the last checkpoint.")
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), help="Budget of time for the whole run."
)
@click.option(
    "--checkpoint-seconds", type=click.FloatRange(0), default=120.0, show_default=True, metavar="N"
)
@click.option("--log-every", type=click.IntRange(1), default=50, show_default=True, metavar="STEPS")
@click.option(
    "--preview-every", type=click.IntRange(0), default=500, show_default=True, metavar="STEPS"
)
@click.option("--tensorboard", "has_tensorboard", is_flag=True, help="Also log for TensorBoard.")
@click.option("--deterministic", "is_deterministic", is_flag=True, help="Slower, repeatable.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), help="The best there is if omitted.")
@click.option(
    "--warm-start", type=_FILE, help="Weights; those that fit are taken over before the first step."
)
@click.option(
    "--stages", metavar="NAME[,NAME...]", help="Of the recipe, the only ones; all if omitted."
)
@click.option("--threads", type=click.IntRange(1), help="Of the CPU.")
@matte_errors
def train(
    room: str,
    packs: tuple[Path, ...],
    out: Path,
    variant: str | None,
    settings: tuple[str, ...],
    warm_start: Path | None,
    stages: str | None,
    threads: int | None,
    **run: Any,  # noqa: ANN401 - the fields of `Run`, which declares their types
) -> None:
    """Train the network of ROOM on packs.

    SIGTERM and Ctrl-C end it after the step under way, with a checkpoint and exit status 3; the
    same command with --resume goes on from there. Runs under `accelerate launch` as well.
    """
    recipe = _recipe(room, variant, settings)
    if stages is not None:
        recipe = _with_stages(recipe, stages)
    # Imported here so that `penumbra --help` answers without loading torch.
    import torch

    from penumbra.training.compose import Composer
    from penumbra.training.devices import accelerator_for
    from penumbra.training.loop import train as carry_out
    from penumbra.training.pool import Pool
    from penumbra.training.run import Run

    if warm_start is not None:
        first = replace(recipe.stages[0], warm_start=str(warm_start))
        recipe = replace(recipe, stages=(first, *recipe.stages[1:]))
    if threads is not None:
        torch.set_num_threads(threads)
    accelerator = accelerator_for(run["device"], run["is_deterministic"])
    pool = Pool.load(packs, accelerator.device)
    closed = [source.name for source in pool.sources if source.track != "open"]
    if recipe.track == "open" and closed:
        raise InputError(
            f"packs must be open for a recipe of track 'open', got {', '.join(closed)}"
        )
    data = tuple({"name": source.name, "terms": source.terms} for source in pool.sources)
    outcome = carry_out(
        recipe, (recipe.source or Composer)(pool), out, Run(**run, data=data, tell=_tell)
    )
    accelerator.end_training()  # without it, processes that end one by one abort each other
    if accelerator.is_main_process:
        how = "finished" if outcome.is_finished else "stopped; go on with --resume"
        counts = f"{outcome.step} steps, {outcome.skipped} skipped, {outcome.minutes:.1f} minutes"
        click.echo(f"{how}: {counts}", err=True)
    if not outcome.is_finished:
        click.get_current_context().exit(STOPPED)


def _with_stages(recipe: "Recipe", names: str) -> "Recipe":
    """Return a recipe of some of its stages, in its own order."""
    wanted = [name.strip() for name in names.split(",")]
    known = [stage.name for stage in recipe.stages]
    if unknown := [name for name in wanted if name not in known]:
        raise InputError(f"stages must be of {', '.join(known)}, got {', '.join(unknown)}")
    return replace(recipe, stages=tuple(it for it in recipe.stages if it.name in wanted))


def _recipe(room: str, variant: str | None, settings: tuple[str, ...]) -> "Recipe":
    """Import a room's recipe, so that no room costs anything before it is wanted; settle it.

    Settings that name one of the room's switches change what the recipe is made from; all
    others change what was made.
    """
    name = f"penumbra.systems.{room}"
    try:
        module = import_module(f"{name}.recipe")
    except ModuleNotFoundError as error:
        if error.name in (name, f"{name}.recipe"):
            raise InputError(f"room must be one that is trained, got {room!r}") from error
        if error.name in ("torch", "accelerate", "safetensors"):
            raise InputError(
                f"{error.name} must be installed for this, got none: pip install 'penumbra[train]'"
            ) from error
        raise
    from penumbra.training.overrides import override

    recipes = module.RECIPES
    variant = variant or next(iter(recipes))
    if variant not in recipes:
        raise InputError(f"variant must be one of {', '.join(recipes)}, got {variant!r}")
    recipe = recipes[variant]
    if recipe.switches is None:
        return override(recipe, settings)
    names = {each.name for each in fields(recipe.switches)}
    ours = [text for text in settings if text.partition("=")[0].strip() in names]
    if ours:
        recipe = module.recipe(with_settings(recipe.switches, ours))
    return override(recipe, [text for text in settings if text not in ours])


def _tell(record: dict[str, Any]) -> None:
    if "gate" in record:
        _tell_gate(record)
        return
    losses = "  ".join(f"{name} {value:.4f}" for name, value in record["losses"].items())
    rates = " ".join(f"{rate:.1e}" for rate in record["lr"].values())
    click.echo(
        f"{record['stage']} {record['step']:>7}  {losses}  lr {rates}  "
        f"{record['samples_per_second']:.0f} samples/s  {record['seconds'] / 60:.1f} min",
        err=True,
    )


def _tell_gate(record: dict[str, Any]) -> None:
    """Say what was measured at the end of a stage, and what does not hold."""
    for name, value in record["gate"].items():
        click.echo(f"{record['stage']} has ended: {name} {value:.4g}", err=True)
    for sentence in record["failed"]:
        click.echo(f"warning: after {record['stage']}, {sentence}", err=True)

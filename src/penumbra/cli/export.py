"""`penumbra export`: from a checkpoint to graphs that run without torch."""

import json
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penumbra.cli.errors import matte_errors
from penumbra.core.errors import InputError

if TYPE_CHECKING:
    from penumbra.training.release import Released

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("room")
@click.argument("checkpoint", type=_FOLDER)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the graphs and their manifest; where penumbra looks for weights if omitted.",
)
@click.option("--variant", help="Refuse a checkpoint of any other.")
@click.option("--numbers", type=_FILE, help="JSON: what was measured, as {name: number}.")
@click.option("--json", "is_json", is_flag=True, help="Write entries and parity as JSON.")
@matte_errors
def export(
    room: str,
    checkpoint: Path,
    output: Path | None,
    variant: str | None,
    numbers: Path | None,
    is_json: bool,
) -> None:
    """Export the graphs of ROOM with the weights of CHECKPOINT.

    CHECKPOINT is a folder that training wrote. Every graph becomes an ONNX file with weights in
    16 bits, and is compared with torch at several odd sizes before anything is written.
    """
    graphs = _graphs(room)
    # Imported here so that `penumbra --help` answers without loading torch.
    from penumbra.nn.weights import load_weights
    from penumbra.training.release import read_checkpoint, release
    from penumbra.weights import weights_folder

    found = read_checkpoint(checkpoint)
    header = found.header
    if header.room != room:
        raise InputError(f"checkpoint must be of room {room}, got {header.room}")
    if header.variant != (variant or header.variant):
        raise InputError(f"checkpoint must be of variant {variant}, got {header.variant}")
    network = graphs.network(header.config)
    load_weights(found.weights, network)
    folder = weights_folder(output)
    measured = _measured(numbers) if numbers else {}
    released = release(found, graphs.graphs(network), folder, measured)
    if is_json:
        click.echo(json.dumps([_as_dict(each) for each in released], indent=2))
    else:
        for each in released:
            click.echo(_table(each))
            click.echo(f"wrote {folder / each.entry.file}", err=True)


def _graphs(room: str) -> Any:  # noqa: ANN401 - a module of whichever room it is
    """Import a room's graphs by name, so that no room costs anything before it is wanted."""
    name = f"penumbra.systems.{room}"
    try:
        return import_module(f"{name}.graphs")
    except ModuleNotFoundError as error:
        if error.name in (name, f"{name}.graphs"):
            raise InputError(f"room must be one that is trained, got {room!r}") from error
        if error.name in ("torch", "onnx", "onnxscript", "safetensors"):
            raise InputError(
                f"{error.name} must be installed for this, got none: pip install 'penumbra[train]'"
            ) from error
        raise


def _measured(path: Path) -> dict[str, float]:
    try:
        measured = json.loads(path.read_bytes())
    except ValueError as error:
        raise InputError(f"{path} must be JSON, got {error}") from error
    if not isinstance(measured, dict):
        raise InputError(f"{path} must hold an object of numbers, got {type(measured).__name__}")
    return measured


def _table(released: "Released") -> str:
    report = released.report
    lines = [
        f"{released.entry.file}: graph {report.name}, {report.bytes} bytes "
        f"({report.bytes / report.bytes_float32:.3f} of float32, "
        f"{report.bytes / report.bytes_torch:.3f} of torch's own export)",
        "",
        f"{'output':12} {'size':>9} {'batch':>5}   float32 against torch    16 bits against torch",
        f"{'':29}     largest    within     largest    within",
    ]
    for exact, rounded in zip(report.exact, report.rounded, strict=True):
        cells = "".join(f"{each.largest:12.1e}{each.share:10.3%}" for each in (exact, rounded))
        size = f"{exact.height}x{exact.width}"
        lines.append(f"{exact.output:12} {size:>9} {exact.batch:>5}{cells}")
    return "\n".join(lines)


def _as_dict(released: "Released") -> dict[str, Any]:
    return {"entry": asdict(released.entry), "report": asdict(released.report)}

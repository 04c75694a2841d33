"""`penumbra doctor`: whether this installation can do its work, and what to do if not."""

import json
from dataclasses import asdict

import click


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Write the findings as JSON.")
@click.pass_context
def doctor(ctx: click.Context, is_json: bool) -> None:
    """Look the installation over and cut out a tiny picture.

    Exit status: 0 when all that is required works, 2 when something is broken.
    """
    # Imported here so that `penumbra --help` answers without loading what is looked over.
    from penumbra.cli.checks import run_checks

    checks = run_checks()
    broken = [check for check in checks if check.is_required and not check.is_fine]
    if is_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=2))
        ctx.exit(2 if broken else 0)
    width = max(len(check.name) for check in checks)
    for check in checks:
        mark = "ok" if check.is_fine else "BROKEN" if check.is_required else "-"
        click.echo(f"{mark:6}  {check.name:{width}}  {check.found}")
    for check in broken:
        click.echo(f"\n{check.name}: {check.advice}")
    ctx.exit(2 if broken else 0)

"""`penumbra doctor`: whether this installation can do its work, and what to do if not."""

import click


@click.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Look the installation over and cut out a tiny picture.

    Exit status: 0 when all that is required works, 2 when something is broken.
    """
    # Imported here so that `penumbra --help` answers without loading what is looked over.
    from penumbra.cli.checks import run_checks

    checks = run_checks()
    width = max(len(check.name) for check in checks)
    for check in checks:
        mark = "ok" if check.is_fine else "BROKEN" if check.is_required else "-"
        click.echo(f"{mark:6}  {check.name:{width}}  {check.found}")
    broken = [check for check in checks if check.is_required and not check.is_fine]
    for check in broken:
        click.echo(f"\n{check.name}: {check.advice}")
    ctx.exit(2 if broken else 0)

"""The entry point: light at the start, every command there."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

import penumbra
from penumbra.cli.main import COMMANDS, main

HEAVY = ("cv2", "PIL", "scipy", "skimage", "numpy", "rich", "torch", "numba")


@pytest.mark.parametrize(
    "use",
    [
        "import penumbra",
        "import penumbra; dir(penumbra); penumbra.HintError",
        "from penumbra.cli.main import main; main(['--help'], standalone_mode=False)",
        "from penumbra.cli.main import main; main(['cut', '--help'], standalone_mode=False)",
    ],
)
def test_the_start_loads_nothing_heavy(use: str) -> None:
    """Each of these takes longer to import than help may take to appear."""
    program = f"import sys; {use}; sys.exit(' '.join({HEAVY} & sys.modules.keys()) or 0)"
    program = program.replace(str(HEAVY), str(set(HEAVY)))

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_using_every_public_name_loads_neither_torch_nor_numba() -> None:
    """The base install has neither; numba alone compiles for a minute."""
    program = (
        "import sys, penumbra;"
        "[getattr(penumbra, name) for name in penumbra.__all__];"
        "sys.exit(' '.join({'torch', 'numba'} & sys.modules.keys()) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    """A name in the list without a command would show only when it is used."""
    result = CliRunner().invoke(main, [name, "--help"])

    assert result.exit_code == 0
    assert f"Usage: main {name}" in result.output


def test_help_lists_the_commands_in_order() -> None:
    """The everyday one first."""
    lines = CliRunner().invoke(main, ["-h"]).output.split("Commands:\n")[1].splitlines()

    assert tuple(line.split()[0] for line in lines if line) == COMMANDS


def test_the_version_is_the_package_s() -> None:
    """Reports carry the same."""
    result = CliRunner().invoke(main, ["--version"])

    assert result.output == f"penumbra, version {penumbra.__version__}\n"


def test_an_unknown_command_is_refused() -> None:
    """With click's own words and exit status 2."""
    result = CliRunner().invoke(main, ["carve"])

    assert result.exit_code == 2
    assert "No such command 'carve'" in result.stderr


def test_ctrl_c_in_any_command_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells and scripts tell an interruption from a failure by it."""

    def press_ctrl_c() -> None:
        raise KeyboardInterrupt

    command = click.Command("models", callback=press_ctrl_c)
    monkeypatch.setattr(main, "get_command", lambda ctx, name: command)
    result = CliRunner().invoke(main, ["models"])

    assert result.exit_code == 130
    assert result.stderr == "interrupted\n"


def test_the_package_can_be_run_as_a_module() -> None:
    """Where the folder of scripts is not on the path, `python -m penumbra` still is."""
    done = subprocess.run(
        [sys.executable, "-m", "penumbra", "--version"], capture_output=True, text=True
    )

    assert done.stdout == f"penumbra, version {penumbra.__version__}\n", done.stderr

"""The image: linted, and its commands are those of the package."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from penumbra.cli.main import main
from tests.integrations.conftest import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def test_the_linter_has_nothing_to_say() -> None:
    """Hadolint, which knows what makes images large, slow or unsafe."""
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which(
        "hadolint"
    )
    if program is None:
        pytest.skip("hadolint is not installed")
    told = subprocess.run(
        [program, ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )

    assert told.stdout + told.stderr == ""
    assert told.returncode == 0


def test_it_does_not_run_as_root() -> None:
    """The last user that is set is the one it runs as."""
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)

    assert users[-1] == re.findall(r"--uid (\d+)", DOCKERFILE)[0]


def test_its_extras_are_there() -> None:
    """Pip only warns about one that is not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (extras,) = re.findall(r'"\.\[([\w,]+)\]"', DOCKERFILE)

    assert set(extras.split(",")) <= set(project["optional-dependencies"])


def test_what_is_copied_is_there_and_let_through() -> None:
    """The list of what goes along leaves out everything else."""
    let_through = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    copied = [
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for name in line.split()
    ]

    assert copied
    assert all((ROOT / name).exists() and f"!{name}" in let_through for name in copied)


def test_it_starts_a_server_by_options_that_there_are() -> None:
    """`penumbra serve` knows each of them."""
    (words,) = re.findall(r"^CMD \[(.+)\]$", DOCKERFILE, re.MULTILINE)
    command, *options = [word.strip('" ') for word in words.split(",")]
    help_text = CliRunner().invoke(main, [command, "--help"]).output

    assert all(option in help_text for option in options if option.startswith("--"))

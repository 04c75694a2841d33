"""What a benchmark found, as a file for programs and a text for people."""

import json
import os
import platform
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from penumbra.io import write_atomically


def save(output: Path, about: Mapping[str, Any], numbers: Mapping[str, Any], text: str) -> None:
    """Write OUTPUT.json and OUTPUT.md.

    Args:
        output: Without a suffix.
        about: What made the numbers: the command, the weights.
        numbers: What the JSON file says.
        text: What the other says.
    """
    hardware = f"{os.cpu_count()} CPU cores, {platform.machine()}, no GPU"
    report = {**about, "date": date.today().isoformat(), "hardware": hardware, **numbers}
    output.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(output.with_suffix(".json"), (json.dumps(report, indent=1) + "\n").encode())
    made = f"<!-- made by `{report['command']}` on {report['date']}, {hardware} -->"
    write_atomically(output.with_suffix(".md"), f"{made}\n\n{text}\n".encode())
    print(text)

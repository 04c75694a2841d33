"""`penumbra synth captions`: captions of pictures that are to be painted."""

from pathlib import Path

import click

from penumbra.cli.errors import matte_errors

KEY = "PENUMBRA_LLM_KEY"
"""Variable of the environment with the key of a language model's server, where it wants one."""


@click.command("captions")
@click.option("--count", type=click.IntRange(1), required=True, help="Captions to write.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSON, a line for each caption.",
)
@click.option(
    "--llm",
    metavar="ADDRESS",
    help="Ask the language model of an OpenAI-compatible server, such as http://localhost:8000/v1.",
)
@click.option("--llm-model", metavar="NAME", help="Of that server.")
@matte_errors
def synth_captions(
    count: int, seed: int, output: Path, llm: str | None, llm_model: str | None
) -> None:
    """Draw captions from the grammar, or ask a language model for them.

    Each line has the slots, the number of people (n), the text, and the family that is never
    divided between training and validation.  The key of a server is read from PENUMBRA_LLM_KEY.
    """
    # Imported here so that `penumbra --help` answers at once.
    import json
    import os

    import numpy as np

    from penumbra.core.errors import InputError
    from penumbra.data.captions import draw_caption
    from penumbra.io import write_atomically
    from penumbra.systems.dfimat.synth.llm import HttpWriter, ask_captions, sentence_vectors

    if (llm is None) != (llm_model is None):
        raise InputError("--llm and --llm-model must be given together, got one of them")
    if llm is None or llm_model is None:
        rng = np.random.default_rng(seed)
        captions = [draw_caption(rng) for _ in range(count)]
    else:
        writer = HttpWriter(llm, llm_model, os.environ.get(KEY))
        asked = ask_captions(writer, count, sentence_vectors(), seed=seed)
        captions = list(asked.captions)
        for reason, number in asked.refused.items():
            click.echo(f"refused {number}: {reason}", err=True)
    lines = (
        {"slots": dict(it.slots), "n": it.n, "text": it.text, "family": it.family}
        for it in captions
    )
    data = "".join(f"{json.dumps(line)}\n" for line in lines)
    write_atomically(output, data.encode())
    click.echo(f"wrote {len(captions)} captions to {output}", err=True)

"""Whether every sentence of a set of people means whom it is said of, and nobody else.

    python benchmarks/set_sentences.py OUT

OUT is what `penumbra synth people` made.  Each sentence is evaluated anew on the files as they are.
"""

import argparse
from collections import Counter
from pathlib import Path

from penumbra.data.attributes import attributes_of
from penumbra.data.people_set import read_people
from penumbra.data.sentences import claims_about


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", type=Path, metavar="OUT")
    root = parser.parse_args().output
    splits = sorted(path.name for path in (root / "images").iterdir())
    pictures, people, said, kinds, wrong = 0, 0, 0, Counter[str](), list[str]()
    for picture in read_people(root, splits):
        order = tuple(picture.meta.get("order", ())) or None
        about = attributes_of(picture.image, picture.alphas, order)
        holds = {it.sentence.text: it for it in claims_about(about)}
        pictures += 1
        people += len(picture.alphas)
        for person, texts in enumerate(picture.texts):
            for text in texts:
                claim = holds[text]
                said += 1
                kinds[claim.sentence.kind] += 1
                if claim.holds != (person,) or not claim.sentence.unique:
                    wrong.append(f"{picture.name}: {text!r} is said of {person}, {claim.holds}")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(
        f"{said} sentences about {people} people in {pictures} pictures, "
        f"{said - len(wrong)} of them true of the one they are said of and of nobody else: "
        + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
    )


if __name__ == "__main__":
    main()

"""What a person decides about the results of a batch, written into its folder.

A result is written exactly as the batch would have written it, into the tree ok/; one that cannot
be used is taken away, with a note in quarantine/.  The journal says that somebody has looked.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from penumbra.batch.addresses import read_bytes
from penumbra.batch.cut_job import Wish, make_folders, shown_cutout, write
from penumbra.batch.engine import quarantine
from penumbra.batch.folder import JobFolder, hash_of
from penumbra.batch.identity import input_hash
from penumbra.batch.inputs import Job
from penumbra.batch.journal import VERDICTS, Record, Verdict
from penumbra.batch.settings import manifest_of
from penumbra.batch.summary import write_report, write_summary
from penumbra.batch.worker import clear, sealed
from penumbra.core.errors import InputError, OutputError
from penumbra.core.hints import Hints
from penumbra.core.hints_json import hints_to_json
from penumbra.core.matte import is_empty
from penumbra.io import Photograph
from penumbra.session.session import Session

REJECTED = "Rejected"
"""The kind of failure of what a person rejected."""

REASON = "rejected by a person"

_OK: Verdict = "ok"


@dataclass(frozen=True)
class Decisions:
    """Writes what is decided; the folder must be locked.

    Attributes:
        folder: OUTPUT.
        wish: What the batch was asked for.
    """

    folder: JobFolder
    wish: Wish

    def photograph_of(self, record: Record) -> bytes:
        """Return the file of a photograph, which must be the one that the batch saw.

        Raises:
            InputError: It is gone, cannot be read, or is another one by now.
        """
        data = read_bytes(record.address, record.key)
        if input_hash(data, record.key, self.wish.files) != record.input_hash:
            raise InputError(f"{record.key} must be as the batch saw it, got another file")
        return data

    def hints_of(self, record: Record) -> Hints:
        """Return what was said of a photograph before anybody looked at the result.

        Raises:
            InputError: The file of its trimap or mask cannot be used.
        """
        if self.wish.files is None or record.height is None or record.width is None:
            return self.wish.hints
        place = PurePosixPath(record.key)
        return self.wish.files.add_to(self.wish.hints, place, record.height, record.width)

    def accept(
        self, record: Record, photograph: Photograph, session: Session[Any], is_changed: bool
    ) -> Record:
        """Make what a session shows the result; what nobody changed is moved as it is.

        Args:
            record: Of the photograph.
            photograph: It.
            session: With a matte on screen.
            is_changed: Whether it is another one than the batch wrote.

        Returns:
            What the journal says from now on.

        Raises:
            OutputError: A file cannot be written; the journal then says what it did.
        """
        root, now = self.folder.root, record
        written = root / record.outputs["output"]
        if is_changed or hash_of(written) != record.output_hashes.get("output"):
            now = self._rewritten(record, photograph, session)
        else:
            place = _ok_place(record)
            try:
                (root / place).parent.mkdir(parents=True, exist_ok=True)
                os.replace(written, root / place)
            except OSError as error:
                raise OutputError(f"{place} must be writable, got {error.strerror!r}") from error
            now = replace(record, outputs={**record.outputs, "output": place})
        clear(root, record.name, _OK, PurePosixPath(now.outputs["output"]).suffix)
        hashes, stamps = sealed(root, now.outputs)
        now = replace(
            now, verdict=_OK, output_hashes=hashes, output_stamps=stamps, is_reviewed=True
        )
        self.folder.append(now)
        return now

    def reject(self, record: Record) -> Record:
        """Take a result away, and say in quarantine/ that a person did.

        Returns:
            What the journal says from now on.

        Raises:
            OutputError: It cannot be removed, or the note not be written.
        """
        now = replace(
            record,
            verdict="quarantine",
            outputs={},
            output_hashes={},
            output_stamps={},
            kind=REJECTED,
            reason=REASON,
            is_reviewed=True,
        )
        quarantine(self.folder.root, now)
        self.folder.append(now)
        return now

    def _rewritten(self, record: Record, photograph: Photograph, session: Session[Any]) -> Record:
        """Write all results anew from what a session shows."""
        root = self.folder.root
        outputs = {**record.outputs, "output": _ok_place(record)}
        doubted = session.doubt()
        assert doubted is not None, "there is a matte to accept"
        if doubted.uncertainty is None and "uncertainty" in outputs:
            # The map of the matte before would be of another one.
            stale = root / outputs.pop("uncertainty")
            try:
                stale.unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"{stale} must be removable, got {error.strerror!r}") from error
        job = Job(None, PurePosixPath(record.key))
        for result, place in outputs.items():
            job = job.writing(result, root / place)
        make_folders(job)
        cutout = shown_cutout(session, photograph)
        write(job, session, cutout, photograph, self.wish.backdrop, self.wish.finish)
        return replace(
            record,
            outputs=outputs,
            model=session.predictor.card.name,
            notes=doubted.notes,
            flags=doubted.flags,
            is_empty=is_empty(cutout.alpha),
            expected_error=doubted.expected_error,
            hints=json.loads(hints_to_json(session.hints)),
        )


def _ok_place(record: Record) -> str:
    """Return where a result goes that somebody accepted."""
    suffix = PurePosixPath(record.outputs["output"]).suffix
    return str(PurePosixPath(_OK, record.name).with_suffix(suffix))


def check_weights(manifest: Mapping[str, Any]) -> None:
    """Refuse weights that would answer otherwise than those of a batch did.

    Raises:
        InputError: They are others, or there is no such model any more.
    """
    model = str(manifest.get("model"))
    if manifest_of("", {}, model)["weights"] != manifest.get("weights"):
        raise InputError(f"weights of {model} must be those of the batch, got others")


def retell(folder: JobFolder) -> None:
    """Write report and summary of a batch anew, from its journal.

    Raises:
        OutputError: They cannot be written.
    """
    records = list(folder.records().values())
    write_report(folder, records)
    try:
        told = json.loads(folder.summary.read_bytes())
    except (OSError, ValueError):  # the batch did not live to write one
        return
    verdicts = Counter(record.verdict for record in records)
    failures = Counter(record.kind or "" for record in records if record.reason)
    told |= {verdict: verdicts[verdict] for verdict in VERDICTS}
    told |= {
        "reviewed": sum(record.is_reviewed for record in records),
        "failures": dict(sorted(failures.items())),
    }
    write_summary(folder, told)

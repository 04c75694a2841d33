"""The training loop: batches in, weights out, and nothing lost when it is stopped.

    for each stage, for each step: make a batch, let every objective take its turn on it

Every random number of a step is drawn from (seed, step, process), and every batch from (seed,
numbers of its samples), so a run that goes on from a checkpoint repeats, on a CPU bit for bit,
what an uninterrupted one would have done.
"""

import time
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from penumbra.core.errors import ConvergenceError
from penumbra.nn.weights import WeightsHeader
from penumbra.training.checkpoint import find_checkpoint, save_best, save_checkpoint
from penumbra.training.devices import Readback, accelerator_for, mean_of_all, step_seed
from penumbra.training.ema import BufferCopy, Ema
from penumbra.training.log import MetricsLog, Window
from penumbra.training.preview import SAMPLES, write_preview
from penumbra.training.provenance import commit, hardware, versions
from penumbra.training.recipe import Recipe, as_dict
from penumbra.training.resume import restore, saved_run, warm_start
from penumbra.training.run import Outcome, Position, Run, Source
from penumbra.training.schedule import StepTimer, planned
from penumbra.training.signals import StopRequest
from penumbra.training.turns import Turn, turns_of
from penumbra.training.validation import measure, passed

MAX_SKIPPED = 10  # steps in a row without a finite loss and gradient
PREVIEW_SEED = 1 << 20  # added to the seed: the pack's pictures, drawn otherwise


def train(recipe: Recipe, source: Source, out: Path, run: Run | None = None) -> Outcome:
    """Carry out a recipe.

    Under `accelerate launch` every process takes its own samples of each step, and gradients are
    averaged.  Only the main process writes; running means of normalisation are its own.

    Args:
        recipe: What to do.
        source: Makes the batches.
        out: Folder of the run; made if it is missing.
        run: How to do it.

    Returns:
        How it ended.  SIGTERM or SIGINT ends it after the step under way, with a checkpoint.

    Raises:
        InputError: The recipe does not fit the network, or is not that of the checkpoint to go
            on from; or there is no such device.
        OutputError: The folder cannot be written, or holds another run.
        WeightsError: The checkpoint, or weights to start from, are damaged or do not fit.
        ConvergenceError: Ten steps in a row had no finite loss and gradient.
    """
    run = run or Run()
    accelerator = accelerator_for(run.device, run.is_deterministic)
    process, processes = accelerator.process_index, accelerator.num_processes
    saved = saved_run(recipe, out, run.is_resumed)
    accelerator.wait_for_everyone()  # nobody writes before all have looked

    torch.manual_seed(recipe.seed)
    network = recipe.network().to(accelerator.device)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in its stubs
    network.train()
    ema = Ema(network, recipe.ema) if recipe.ema else None
    at = Position()
    if saved is not None:
        at = Position(**saved.state["position"])
        restore(saved, network, ema)
    buffers = BufferCopy(network)
    turns: list[Turn] = []
    facts = _facts(recipe, run, hardware(accelerator.device, processes))
    began = last_saved = time.monotonic()
    seconds_before = at.seconds

    def seconds() -> float:
        return seconds_before + time.monotonic() - began

    def validate() -> dict[str, float]:
        """Measure the network, and keep it if it is the best so far."""
        asked = ema.network if ema else network
        assert recipe.validation is not None, "asked for only if there is one"
        error = measure(asked, source, recipe.validation, recipe.seed)
        if error < at.best:
            at.best = error
            about = facts | {"step": at.step, "minutes": seconds() / 60, "error": error}
            save_best(out, asked, _header(recipe), about)
        return {"validation": error}

    def save() -> None:
        if not accelerator.is_main_process:
            return
        if not all(_is_sound(each) for each in network.state_dict().values()):
            raise _diverged(at, out)
        at.seconds = seconds()
        state = _state(at, network, ema, turns)
        about = facts | {"step": at.step, "minutes": at.seconds / 60}
        save_checkpoint(out, ema.network if ema else network, _header(recipe), state, about)

    opened = MetricsLog(out, at.step, run.has_tensorboard) if accelerator.is_main_process else None
    with StopRequest() as stop, opened or nullcontext() as log:
        is_stopped = False
        for number in range(at.stage, len(recipe.stages)):
            at.stage, stage = number, recipe.stages[number]
            count = stage.batch_size * processes
            if at.stage_step == 0 and stage.warm_start is not None:
                warm_start(network, stage.warm_start)
                ema = Ema(network, recipe.ema) if recipe.ema else None
            if recipe.validation is not None and at.step == 0 and log is not None:
                log.write({"step": 0, "stage": stage.name} | validate())
            turns = turns_of(stage, network)
            if saved is not None:
                for turn, state in zip(turns, saved.state["optimisers"], strict=True):
                    turn.optimiser.load_state_dict(state)
                saved = None
            timer = StepTimer(60 * run.minutes) if run.minutes and at.timed <= at.stage else None
            window = Window()
            batch = None

            while True:
                steps = at.plan[at.stage] if at.plan else stage.steps
                if at.stage_step >= steps and (at.plan or not run.minutes):
                    break

                # Every objective takes its turn on the batch.
                if batch is None:
                    first = at.samples + process * stage.batch_size
                    batch = source.batch(stage, recipe.seed, first, stage.batch_size)
                following = None
                torch.manual_seed(step_seed(recipe.seed, at.step, process))
                for turn in turns:
                    buffers.save()
                    window.rates[turn.objective.name] = turn.begin(at.stage_step, steps)
                    with accelerator.autocast():
                        losses = turn.objective.loss(network, batch)
                        total = torch.stack([loss.float() for loss in losses.values()]).sum()
                    verdict = Readback(turn.gradient(accelerator, total))
                    if turn is turns[-1] and accelerator.device.type == "cuda":
                        # The device has work while we wait for the verdict.
                        first = at.samples + count + process * stage.batch_size
                        following = source.batch(stage, recipe.seed, first, stage.batch_size)
                    norm, loss_of_all = verdict.wait()
                    is_good = _is_finite(norm) and _is_finite(loss_of_all)
                    if not is_good:
                        buffers.restore()
                        break
                    turn.optimiser.step()
                    prefix = f"{turn.objective.name}." if len(turns) > 1 else ""
                    window.add(turn.objective.name, prefix, losses, norm)
                if ema is not None and is_good:
                    ema.update()
                batch = following
                window.samples += count
                at.advance(count, is_good)
                if at.skipped_in_row == MAX_SKIPPED:
                    raise _diverged(at, out)

                # A budget of time becomes a number of steps once a step's time is known.
                if timer is not None and run.minutes and (each := timer.tick(accelerator)):
                    left = 60 * run.minutes - mean_of_all(accelerator, seconds())
                    plan = planned(recipe.stages, at.stage, at.stage_step, each, left)
                    at.plan = [*at.plan[: at.stage], *plan[at.stage :]]
                    at.timed, timer = at.stage + 1, None

                if at.step % run.log_every == 0:
                    where = {"step": at.step, "stage": stage.name}
                    costs = {"skipped": at.skipped, "seconds": seconds()}
                    record = where | window.record(accelerator) | source.rates() | costs
                    window = Window()
                    if log is not None:
                        log.write(record)
                        if run.tell is not None:
                            run.tell(record)

                how = recipe.validation
                is_due = how is not None and at.step % how.every == 0
                if is_due and is_good and log is not None:
                    log.write({"step": at.step, "stage": stage.name} | validate())

                is_preview = run.preview_every and at.step % run.preview_every == 0
                if is_preview and recipe.preview is not None and accelerator.is_main_process:
                    shown = source.batch(stage, recipe.seed + PREVIEW_SEED, 0, SAMPLES)
                    with accelerator.autocast():
                        asked = ema.network if ema else network
                        write_preview(out, at.step, asked, shown, recipe.preview)

                # After a step that was thrown away the weights may be past saving: the last
                # checkpoint is kept until there is a good step.
                if at.skipped_in_row == 0:
                    if mean_of_all(accelerator, float(stop.is_made)) > 0:
                        is_stopped = True
                        break
                    if time.monotonic() - last_saved >= run.checkpoint_seconds:
                        save()
                        last_saved = time.monotonic()
            if is_stopped:
                break
            if stage.gate is not None and log is not None and at.skipped_in_row == 0:
                asked = ema.network if ema else network
                numbers, failed = passed(asked, source, stage.gate, recipe.seed)
                record = {"step": at.step, "stage": stage.name, "gate": numbers, "failed": failed}
                log.write(record)
                if run.tell is not None:
                    run.tell(record)
            if number + 1 < len(recipe.stages):
                at.stage_step = 0
        if at.skipped_in_row:  # the last weights are not those of a good step
            raise _diverged(at, out)
        how = recipe.validation
        if how is not None and not is_stopped and at.step % how.every != 0 and log is not None:
            log.write({"step": at.step, "stage": stage.name} | validate())
        save()
    accelerator.wait_for_everyone()
    return Outcome(not is_stopped, at.step, at.skipped, seconds() / 60)


def _diverged(at: Position, out: Path) -> ConvergenceError:
    return ConvergenceError(
        f"losses, gradients and weights must be finite, got {at.skipped_in_row} steps in a row "
        f"without, up to step {at.step}; last checkpoint: {find_checkpoint(out)}"
    )


def _is_sound(values: Tensor) -> bool:
    return not values.is_floating_point() or bool(values.isfinite().all())


def _facts(recipe: Recipe, run: Run, machine: str) -> dict[str, Any]:
    """Return what is known of a run from its start."""
    return {
        "room": recipe.room,
        "variant": recipe.variant,
        "commit": commit(),
        "hardware": machine,
        "data": list(run.data),
        "track": recipe.track,
        "versions": versions(),
        "seed": recipe.seed,
    }


def _state(at: Position, network: nn.Module, ema: Ema | None, turns: list[Turn]) -> dict[str, Any]:
    """Return all that training needs to go on."""
    return {
        "position": asdict(at),
        "network": network.state_dict(),
        "ema": ema.network.state_dict() if ema else None,
        "ema_updates": ema.updates if ema else 0,
        "optimisers": [turn.optimiser.state_dict() for turn in turns],
    }


def _header(recipe: Recipe) -> WeightsHeader:
    return WeightsHeader(recipe.room, recipe.variant, as_dict(recipe.config) or {}, as_dict(recipe))


def _is_finite(value: float) -> bool:
    return value - value == 0

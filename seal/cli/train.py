"""`seal train`: the embedded models, trained from random weights on generated pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..memory.errors import InputError, SettingError
from .options import device_of
from .train_language import ANSWERS, EXTRACTOR, READER, answers, extractor, reader

__all__ = ["train_app"]

_SHARES = {"namer": 0.14, "finder": 0.72, "sorter": 0.14}
"""The networks of the localizer, and how a time is shared among them."""
_RATES = {"namer": (2e-3, 5e-4), "finder": (1.5e-3, 1.2e-3), "sorter": (2e-3, 1.5e-3)}
"""Peak learning rates, from random weights and from trained ones."""

train_app = typer.Typer(
    no_args_is_help=True, help="Train an embedded model on generated pages (see: seal pages)."
)


@train_app.callback()
def _train() -> None:
    """Keep the sub-commands' names, even while there is only one."""


@train_app.command(
    epilog="Example:\n\n    seal pages --out pages --count 1400\n\n    seal pages --out held --split eval --seed 9\n\n"
    "    seal pages --out other --split unseen --seed 9\n\n"
    "    seal train localizer pages --out runs/localizer --held-out held --unseen other"
)
def localizer(
    pages: Annotated[
        list[Path], typer.Argument(metavar="PAGES...", help="Folders of generated pages.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option("--out", help="Folder of the run: states, logs, plots, weights.", show_default=False),
    ],
    held_out: Annotated[
        list[Path] | None,
        typer.Option(
            "--held-out",
            help="Folder of pages (--split eval) to calibrate and measure on; may be given twice.",
        ),
    ] = None,
    unseen: Annotated[
        Path | None, typer.Option("--unseen", help="Folder of pages (--split unseen) to measure on too.")
    ] = None,
    steps: Annotated[
        int, typer.Option("--steps", min=1, help="Updates of the finder; two a second on a core.")
    ] = 8000,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Folder of an earlier run, or a file of weights as the package has it, to be trained further.",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Train this network alone: namer, finder or sorter; may be given twice."),
    ] = None,
    minutes: Annotated[
        float,
        typer.Option(
            "--minutes", min=0, help="How long, instead of steps: nearly three quarters the finder."
        ),
    ] = 0,
    size: Annotated[
        int, typer.Option("--size", min=1, help="Batches so many times as large, for a GPU.")
    ] = 1,
    workers: Annotated[
        int,
        typer.Option("--workers", min=0, help="Processes that make batches; they keep all pages in memory."),
    ] = 0,
    namer_steps: Annotated[int, typer.Option("--namer-steps", min=1, help="Updates of the namer.")] = 1800,
    sorter_steps: Annotated[int, typer.Option("--sorter-steps", min=1, help="Updates of the sorter.")] = 2500,
    seed: Annotated[int, typer.Option("--seed", help="Seed of weights and tiles.")] = 0,
    device: Annotated[str, typer.Option("--device", help="cpu, cuda or auto.")] = "auto",
    threads: Annotated[int, typer.Option("--threads", min=0, help="Of torch; 0: as it chooses.")] = 0,
) -> None:
    """Train the nano localizer; an interrupted run goes on where its last saved step ended."""
    from ..console import bar, note
    from ..train import localizer as training
    from ..train.loop import Plan
    from ..train.loop import Progress as Done

    device = device_of(device, threads)
    parts = tuple(only or _SHARES)
    if wrong := sorted(set(parts) - _SHARES.keys()):
        raise SettingError(f"--only takes {', '.join(_SHARES)}; got {wrong[0]!r}.")
    whole = sum(_SHARES[part] for part in parts)
    wanted = {"namer": namer_steps, "finder": steps, "sorter": sorter_steps}
    base = Plan(steps=1, seed=seed, save_every=200, device=device, workers=workers)
    plans = {}
    for part, share in _SHARES.items():
        if part in parts:
            count = wanted[part] if not minutes else 1_000_000
            plans[part] = replace(
                base,
                steps=count,
                warmup=min(200, max(1, count // 10)),
                minutes=minutes * share / whole,
                rate=_RATES[part][start is not None],
                weight_decay=0.02 if part == "finder" else 0.05,
                frozen_from=0 if start else steps // 3 if part == "finder" else None,
            )
    with bar() as shown:
        task = shown.add_task("pages", total=None)

        def step(done: Done) -> None:
            losses = ", ".join(f"{k} {v:.3f}" for k, v in done.losses.items())
            shown.update(task, description=losses, completed=done.step, total=done.steps)

        weights = training.train(
            pages,
            out,
            plans,
            size=size,
            start=start,
            on_stage=lambda name, total: shown.update(task, description=name, completed=0, total=total),
            on_step=step,
            on_page=lambda: shown.advance(task),
        )
        report = None
        if held_out:
            shown.update(task, description="measuring", completed=0, total=None)
            report = training.evaluate(
                weights, out, held_out, unseen, on_page=lambda: shown.advance(task), device=device
            )
    note(f"{weights}: the weights; pass them as seal.agents.nano.localizer.Nano(weights=...).")
    for sets, rows in (report.rows if report else {}).items():
        for row in rows[:5]:
            told = f"recall {row['recall']:.3f}, precision {row['precision']:.3f} of {row['number']}"
            note(f"{sets} icon sets, {row['what']}: {told}")


@train_app.command(
    epilog="Example:\n\n    seal pages --real --split unseen --out other --count 100\n\n    seal train measure other"
)
def measure(
    pages: Annotated[
        list[Path], typer.Argument(metavar="PAGES...", help="Folders of pages.", show_default=False)
    ],
    weights: Annotated[
        Path | None, typer.Option("--weights", help="File of weights; the package's own when left out.")
    ] = None,
    least: Annotated[float, typer.Option("--least", help="Score from which a box counts.")] = 0.5,
    count: Annotated[int, typer.Option("--count", min=0, help="So many pages of each folder; 0: all.")] = 0,
    device: Annotated[str, typer.Option("--device", help="cpu, cuda or auto.")] = "auto",
) -> None:
    """Measure the nano localizer on widgets: recall, precision and states, by library and by kind."""
    from ..agents.nano.weights import WEIGHTS, load_weights
    from ..console import bar, note
    from ..train import by_library
    from ..train.tiles import page_files

    files = [file for folder in pages for file in page_files(folder)[: count or None]]
    model = load_weights(weights or WEIGHTS, device_of(device, 0))
    with bar() as shown:
        task = shown.add_task("pages", total=len(files))
        counts = by_library.count(files, model, least, lambda: shown.advance(task))
    for line in by_library.markdown(counts).splitlines():
        note(line)


@train_app.command(
    epilog="Example:\n\n    seal pages --out pages --count 1400\n\n    seal pages --out held --split eval\n\n"
    "    seal train vqa pages --out runs/vqa --held-out held"
)
def vqa(
    pages: Annotated[
        Path, typer.Argument(metavar="PAGES", help="Folder of generated pages.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option("--out", help="Folder of the run: state, log, plots, model.", show_default=False)
    ],
    held_out: Annotated[
        Path | None, typer.Option("--held-out", help="Folder of pages (--split eval) to measure on.")
    ] = None,
    steps: Annotated[
        int, typer.Option("--steps", min=1, help="Updates; a second one costs a CPU core.")
    ] = 1800,
    start: Annotated[
        Path | None,
        typer.Option("--from", help="Folder of a trained model: a further leg, as --mix says."),
    ] = None,
    mix: Annotated[
        str,
        typer.Option("--mix", help="What a leg is about: all, phrases (default with --from), views."),
    ] = "",
    seed: Annotated[int, typer.Option("--seed", help="Seed of weights and samples.")] = 0,
    device: Annotated[str, typer.Option("--device", help="cpu, cuda or auto.")] = "auto",
    threads: Annotated[int, typer.Option("--threads", min=0, help="Of torch; 0: as it chooses.")] = 0,
) -> None:
    """Train the nano VQA model; an interrupted run goes on where its last saved step ended."""
    from ..console import bar, note
    from ..train import vqa as training
    from ..train.loop import Plan, plot
    from ..train.loop import Progress as Done
    from ..train.vqa_data import collect

    device = device_of(device, threads)
    mix = mix or ("all" if start is None else "phrases")
    if mix not in training.MIXES:
        raise SettingError(f"--mix must be one of {', '.join(training.MIXES)}; got {mix!r}.")
    plan = Plan(
        steps=steps,
        rate=7e-4 if start else 1.5e-3,
        warmup=min(120, max(1, steps // 10)),
        weight_decay=0.05,
        clip=1.0,
        seed=seed,
        save_every=100,
        log_every=20,
        device=device,
    )
    with bar() as shown:
        task = shown.add_task("views", total=None)
        bank = collect(
            pages, out / "bank", on_page=lambda n, total: shown.update(task, completed=n, total=total)
        )

        def step(done: Done) -> None:
            losses = ", ".join(f"{k} {v:.3f}" for k, v in done.losses.items())
            shown.update(task, description=losses, completed=done.step, total=done.steps)

        shown.update(task, description="training", completed=0, total=steps)
        network, tokenizer, _ = training.train(
            bank, out, plan, training.MIXES[mix], start=start, on_step=step
        )
    plot(out, out / "loss.png")
    training.export(network, tokenizer, out / "model")
    note(f"{out / 'model'}: the model, loaded by --vqa nano-vqa with weights={out / 'model'}.")
    if held_out is not None:
        _measure(held_out, out)


@train_app.command(epilog="Example:\n\n    seal train icons runs/icons")
def icons(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="Folder of the run: drawings, state, log, weights.", show_default=False
        ),
    ],
    cache: Annotated[
        Path | None,
        typer.Option("--cache", help="Folder of fetched packages.", show_default="the user's cache"),
    ] = None,
    steps: Annotated[
        int, typer.Option("--steps", min=1, help="Updates; meant for a GPU, a CPU takes a minute for one.")
    ] = 12_000,
    batch: Annotated[int, typer.Option("--batch", min=2, help="Icons an update.")] = 4096,
    seed: Annotated[int, typer.Option("--seed", help="Seed of weights and of what is drawn.")] = 0,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that draw.")] = 2,
    device: Annotated[str, typer.Option("--device", help="cpu, cuda or auto.")] = "auto",
    threads: Annotated[int, typer.Option("--threads", min=0, help="Of torch; 0: as it chooses.")] = 0,
) -> None:
    """Train the open vocabulary of icons; an interrupted run goes on where its last saved step ended."""
    from ..console import bar, note
    from ..train import icon_run as training
    from ..train.loop import Plan
    from ..train.loop import Progress as Done
    from ..train.packages import default_cache

    plan = Plan(
        steps=steps,
        rate=2.5e-3,
        warmup=min(400, max(1, steps // 10)),
        weight_decay=0.05,
        clip=5.0,
        seed=seed,
        save_every=1000,
        log_every=100,
        device=device_of(device, threads),
    )
    with bar() as shown:
        task = shown.add_task("drawings", total=None)

        def stage(name: str, done: int, total: int) -> None:
            shown.update(task, description=name, completed=done, total=total)

        def step(done: Done) -> None:
            losses = ", ".join(f"{k} {v:.3f}" for k, v in done.losses.items())
            shown.update(task, description=losses, completed=done.step, total=done.steps)

        drawn = training.prepare((cache or default_cache()) / "drawings", out, workers, stage)
        weights = training.train(drawn, out, plan, batch, on_step=step)
        shown.update(task, description="measuring", completed=0, total=None)
        report = training.evaluate(weights, drawn)
    note(f"{weights}: the weights; they belong beside seal/agents/nano/pictures.py.")
    for pool, figures in report.figures.items():
        note(f"{pool}: " + ", ".join(f"{name} {value:.3f}" for name, value in figures.items()))


train_app.command(epilog=READER)(reader)
train_app.command(epilog=EXTRACTOR)(extractor)
train_app.command(epilog=ANSWERS)(answers)


def _measure(held_out: Path, out: Path) -> None:
    import json
    from dataclasses import asdict

    from ..agents.nano_vqa import load
    from ..agents.nano_vqa.agent import NanoVQA
    from ..console import note, print_table
    from ..train.vqa_data import collect
    from ..train.vqa_report import measure, rows

    agent = load(weights=str(out / "model"))
    if not isinstance(agent, NanoVQA):
        raise InputError(f"{out / 'model'} holds no nano VQA model.")
    scores = measure(agent, collect(held_out, out / "bank-held-out"))
    (out / "scores.json").write_text(json.dumps([asdict(s) for s in scores]) + "\n", encoding="utf-8")
    header, *lines = rows(scores)
    print_table(header, lines, title="Exact replies on held-out pages")
    note(f"{out / 'scores.json'}: the same as JSON.")

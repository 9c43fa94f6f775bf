"""`seal train reader`, `extractor`, `answers`: the embedded networks that read questions and find answers in text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..memory.errors import SettingError
from .options import device_of

__all__ = ["ANSWERS", "EXTRACTOR", "READER", "answers", "extractor", "reader"]

ANSWERS = "Example:\n\n    seal train answers runs/wide/model"
READER = "Example:\n\n    seal train reader runs/reader"
EXTRACTOR = (
    "Example:\n\n    git clone https://github.com/ppasupat/WikiTableQuestions clones/WikiTableQuestions\n\n"
    "    seal train extractor runs/extractor --clones clones\n\n"
    "    seal train extractor runs/wide --base all-mpnet-base-v2 --clones clones --steps 20000 --minutes 9 "
    "--device cuda --workers 12\n\n"
    "    seal train extractor runs/student --teacher runs/wide --layers 8 --clones clones --steps 20000 --minutes 9 "
    "--device cuda --workers 12"
)


def reader(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="Folder of the run: state, log, plots, model.", show_default=False
        ),
    ],
    steps: Annotated[
        int, typer.Option("--steps", min=1, help="Updates; a second or less on a CPU core.")
    ] = 1500,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Folder of an earlier run, or a reader.onnx, whose weights are trained further."
        ),
    ] = None,
    blend: Annotated[
        float,
        typer.Option(
            "--blend", min=0.01, max=1, help="Share of the new weights in the mean with those of --from."
        ),
    ] = 1.0,
    batch: Annotated[
        int, typer.Option("--batch", min=16, help="Questions of a step; 128 and more keep a GPU busy.")
    ] = 32,
    seed: Annotated[int, typer.Option("--seed", help="Seed of heads and questions.")] = 0,
    device: Annotated[str, typer.Option("--device", help="cpu, cuda or auto.")] = "auto",
    threads: Annotated[int, typer.Option("--threads", min=0, help="Of torch; 0: as it chooses.")] = 0,
) -> None:
    """Train the reader of questions; an interrupted run goes on where its last saved step ended."""
    if blend < 1 and start is None:
        raise SettingError("--blend takes the mean with the weights of --from; name them too.")
    from ..console import bar, note
    from ..train import reader as training
    from ..train.loop import Plan, plot
    from ..train.loop import Progress as Done

    plan = Plan(
        steps=steps,
        rate=1e-4 if start else 1.5e-4,
        warmup=min(60, max(1, steps // 10)),
        weight_decay=0.01,
        clip=1.0,
        seed=seed,
        save_every=100,
        log_every=20,
        autocast=False,
        device=device_of(device, threads),
    )
    with bar() as shown:
        task = shown.add_task("meanings", completed=0, total=steps)

        def step(done: Done) -> None:
            losses = ", ".join(f"{k} {v:.3f}" for k, v in done.losses.items())
            shown.update(task, description=losses, completed=done.step, total=done.steps)

        network, tokenizer, _ = training.train(out, plan, start=start, blend=blend, batch=batch, on_step=step)
    plot(out, out / "loss.png")
    training.export(network, tokenizer, out / "model")
    note(
        f"{out / 'model'}: the reader; seal.agents.reader.reader.Reader({str(out / 'model')!r}) reads with it."
    )


def extractor(
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="Folder of the run: state, log, plots, model.", show_default=False
        ),
    ],
    clones: Annotated[
        Path | None,
        typer.Option(
            "--clones",
            help="Folder with clones of public sets, by the names of their repositories (see seal.train.public_sets).",
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Folder of an earlier run, or an extractor.onnx, whose weights are trained further.",
        ),
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option(
            "--base",
            help="Folder of another pretrained encoder, of BERT's or MPNet's kind, such as all-mpnet-base-v2.",
        ),
    ] = None,
    teacher: Annotated[
        Path | None,
        typer.Option(
            "--teacher", help="Folder of a run with MPNet's encoder, from which a smaller one learns."
        ),
    ] = None,
    layers: Annotated[
        int | None,
        typer.Option(
            "--layers",
            min=2,
            help="Layers of the teacher that a student keeps, 8 unless told; of --base the first so many, else all.",
        ),
    ] = None,
    steps: Annotated[
        int,
        typer.Option("--steps", min=1, help="Updates; some twenty a second on a GPU, one on two CPU cores."),
    ] = 6000,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Windows of a step.")] = 48,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0, help="End after so long, whatever --steps says; 0: never.")
    ] = 0.0,
    seed: Annotated[int, typer.Option("--seed", help="Seed of heads and pages.")] = 0,
    device: Annotated[str, typer.Option("--device", help="cpu, cuda or auto.")] = "auto",
    threads: Annotated[int, typer.Option("--threads", min=0, help="Of torch; 0: as it chooses.")] = 0,
    workers: Annotated[
        int,
        typer.Option("--workers", min=0, help="Processes that make batches; 0: a thread, enough for a CPU."),
    ] = 0,
) -> None:
    """Train the extractor of answers; an interrupted run goes on where its last saved step ended."""
    from ..console import bar, note
    from ..train import extractor as training
    from ..train import taught
    from ..train.loop import Plan, fast_bfloat16, plot
    from ..train.loop import Progress as Done
    from ..train.public_sets import gather

    if teacher is not None and (base or start):
        raise SettingError(
            "A student begins with its teacher's layers: --teacher goes with neither --base nor --from."
        )
    if clones is not None:
        for name, count in gather(clones, out / "sets").items():
            note(f"{name}: {count} questions")
    device = device_of(device, threads)
    plan = Plan(
        steps=steps,
        rate=6e-5 if start or base else 1.2e-4 if teacher else 1.5e-4,
        warmup=min(300, max(1, steps // 10)),
        weight_decay=0.01,
        clip=1.0,
        seed=seed,
        save_every=200,
        log_every=20,
        autocast=fast_bfloat16(device),
        device=device,
        minutes=minutes,
        workers=workers,
    )
    with bar() as shown:
        task = shown.add_task("pages", completed=0, total=steps)

        def step(done: Done) -> None:
            losses = ", ".join(f"{k} {v:.3f}" for k, v in done.losses.items())
            shown.update(task, description=losses, completed=done.step, total=done.steps)

        sets = out / "sets" if clones is not None else None
        if teacher is not None:
            network, tokenizer, _ = taught.train(
                out, plan, teacher, layers or 8, sets=sets, batch=batch, on_step=step
            )
        else:
            network, tokenizer, _ = training.train(
                out, plan, sets=sets, base=base, layers=layers, start=start, batch=batch, on_step=step
            )
    plot(out, out / "loss.png")
    training.export(network, tokenizer, out / "model")
    told = f"seal.agents.extract.extractor.Extractor({str(out / 'model')!r}) finds answers with it."
    note(f"{out / 'model'}: the extractor; {told}")


def answers(
    model: Annotated[
        Path | None,
        typer.Argument(
            metavar="[MODEL]",
            help="Folder with extractor.onnx and tokenizer.json; the packaged one if left out.",
        ),
    ] = None,
) -> None:
    """Measure the extractor on the written pages that none was trained on: a table of right and wrong answers."""
    from ..agents.extract.extractor import WEIGHTS, Extractor
    from ..console import print_text
    from ..train.answer_report import held_pages, measure, table

    pages = held_pages()
    print_text(table(measure(Extractor(model or WEIGHTS), pages), pages))

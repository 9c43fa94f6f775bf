"""PDFs that are made to take forever: each ends in time, and holds up nothing but itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from bombs import BOMBS, WORDS, draws_itself, many_letters, nested_forms, one_of_three, tiny_tiles
from drawn_pdfs import drawn
from test_pdf_localizer import Ocr

from seal import Budget, Seal
from seal.agents.fake import ScriptedVQA
from seal.agents.look_cache import Remembered
from seal.agents.pdf_text import PdfText
from seal.memory import pdf as pdf_module
from seal.memory import pdf_pool
from seal.memory.deadline import Deadline
from seal.memory.errors import ImageError, OutOfTime, PageError
from seal.memory.image import Image, open_document
from seal.memory.pdf_pool import Content
from seal.memory.pdf_wire import Message
from seal.transcript import index

HARMLESS = drawn([WORDS])
ROOT = Path(__file__).parents[1]
LONG = 60.0
"""Seconds after which a test has failed; nothing is measured by it."""
posix = pytest.mark.skipif(os.name != "posix", reason="signals")


@pytest.fixture(autouse=True)
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[pdf_pool._Pool]:
    """A pool of the test's own, without a process."""
    own = pdf_pool._Pool()
    monkeypatch.setattr(pdf_pool, "_pool", own)
    yield own
    assert own._busy == []
    for reader in own.every():
        reader.end()


def pids(pool: pdf_pool._Pool) -> list[int]:
    return [each._process.pid for each in pool.every() if isinstance(each, pdf_pool._Process)]


def draw(data: bytes, dpi: float = 36) -> None:
    image = Image.open(data, dpi=dpi)
    image.region(image.box)


@pytest.mark.parametrize("make", [draws_itself, nested_forms, tiny_tiles])
def test_a_page_without_end_ends_with_the_deadline(make: Callable[[], bytes]) -> None:
    data = make()
    with Deadline.after(1.0).in_force(), pytest.raises(OutOfTime):
        draw(data)
    draw(HARMLESS)


@pytest.mark.parametrize("name", ["draws itself", "nested forms"])
@pytest.mark.parametrize("what", ["sketch", "text"])
def test_reading_a_page_without_end_ends_with_the_deadline(name: str, what: str) -> None:
    image = Image.open(BOMBS[name]())
    with Deadline.after(0.5).in_force(), pytest.raises(OutOfTime):
        getattr(image, what)()


def test_a_page_that_was_broken_off_is_not_begun_again_with_far_less_time(pool: pdf_pool._Pool) -> None:
    image = Image.open(draws_itself(), dpi=36)
    with Deadline.after(1.0).in_force(), pytest.raises(OutOfTime):
        image.sketch()
    with Deadline.after(0.4).in_force() as deadline, pytest.raises(OutOfTime):
        try:
            image.region(image.box)
        finally:
            assert not deadline.over() and pids(pool) == []
    with Deadline.after(1.0).in_force() as deadline, pytest.raises(OutOfTime):
        try:
            image.region(image.box)
        finally:
            assert deadline.over()


@pytest.mark.parametrize("make", [many_letters, BOMBS["endless picture"]])
def test_what_is_only_large_is_read(make: Callable[[], bytes]) -> None:
    image = Image.open(make(), dpi=36)
    assert image.region(image.box).size == image.size_wh
    assert image.sketch() is not None


def test_a_page_too_large_to_draw_is_refused_at_once(pool: pdf_pool._Pool) -> None:
    with pytest.raises(ImageError, match=r"40000x40000 = 1600.0 megapixels, over the limit") as caught:
        Image.open(tiny_tiles())
    assert "\n" not in str(caught.value) and len(pids(pool)) == 1


def test_a_file_of_thousands_of_pages_opens_at_once_and_its_last_page_is_drawn() -> None:
    document = open_document(drawn([WORDS] * 5000), dpi=36)
    assert len(document) == 5000
    assert np.asarray(document[4999].region(document[4999].box)).min() < 128


def test_another_thread_does_not_wait(pool: pdf_pool._Pool) -> None:
    stop = threading.Event()
    ended: list[BaseException] = []
    image = Image.open(draws_itself(), dpi=36)

    def forever() -> None:
        try:
            with Deadline(cancelled=stop.is_set).in_force():
                image.region(image.box)
        except OutOfTime as over:
            ended.append(over)

    thread = threading.Thread(target=forever)
    thread.start()
    while not pool._busy:
        time.sleep(0.01)
    draw(HARMLESS)
    assert thread.is_alive() and len(pids(pool)) == 2
    stop.set()
    thread.join(LONG)
    assert [error.why for error in ended if isinstance(error, OutOfTime)] == ["cancelled"]
    assert len(pids(pool)) == 1


def test_threads_share_few_processes(pool: pdf_pool._Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_pool, "MOST", 2)
    threads = [threading.Thread(target=draw, args=(HARMLESS,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert 1 <= len(pids(pool)) <= 2


def test_whoever_waits_for_a_process_waits_no_longer_than_there_is_time(
    pool: pdf_pool._Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_pool, "MOST", 0)
    with Deadline.after(0.2).in_force(), pytest.raises(OutOfTime):
        draw(HARMLESS)
    assert pids(pool) == []


def test_without_a_deadline_a_page_without_end_is_refused_by_name_and_the_others_are_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = open_document(one_of_three(), dpi=36)
    for i in (0, 2):
        assert np.asarray(document[i].region(document[i].box)).min() < 128
    monkeypatch.setattr(pdf_module, "PATIENCE", -4.0)
    for _ in range(2):
        with pytest.raises(
            ImageError, match=r"^image bytes: page 2 cannot be drawn: it takes more than 1 s\."
        ):
            document[1].region(document[1].box)
        monkeypatch.setattr(pdf_module, "ask", None)  # the second time nobody is asked


def test_a_file_is_sent_once_and_closed_when_nobody_has_it(pool: pdf_pool._Pool) -> None:
    document = open_document(HARMLESS)
    for _ in range(3):
        document[0].region(document[0].box, 50)
    (reader,) = pool.every()
    (first,) = reader.files
    others = [open_document(HARMLESS) for _ in range(pdf_pool.MOST_FILES)]
    assert first not in reader.files and len(reader.files) == pdf_pool.MOST_FILES
    document[0].region(document[0].box, 50)
    assert reader.files[-1] == first and pool.every() == [reader]
    del others
    document[0].region(document[0].box, 50)
    assert reader.files == [first]


def test_a_page_of_several_gets_a_share_of_the_time() -> None:
    pages = open_document(one_of_three())
    with Deadline.after(5.0).in_force() as deadline:
        with pytest.raises(
            PageError, match=r"^image bytes: page 2 cannot be read: it takes more than 1\."
        ) as caught:
            pages[1].sketch()
        assert caught.value.page == 2 and not deadline.over()


def without_page_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but the second page takes longer than it may, however busy the machine is."""
    ask = pdf_module.ask

    def asked(content: Content, call: Message, what: str, *more: float) -> tuple[Message, bytes]:
        if call.get("page") == 1:
            raise ImageError(f"{what}: it takes more than 1 s.")
        return ask(content, call, what, *more)

    monkeypatch.setattr(pdf_module, "ask", asked)


def looker() -> PdfText:
    """Reads text layers, and believes them."""
    return PdfText(Ocr())


def test_a_run_goes_on_with_the_other_pages_and_says_which_was_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_page_two(monkeypatch)
    vqa = ScriptedVQA([['"Net Income"', '"Gross Margin"']], ["so far"])
    result = Seal(vqa, looker(), budget=Budget(seconds=LONG)).ask(one_of_three(), "?")
    assert [(target.phrase, target.page) for target in result.targets] == [('"Net Income"', 3)]
    (absent,) = result.absent
    assert (absent.phrase, absent.complete) == ('"Gross Margin"', False)
    assert result.reason.endswith("image bytes: page 2 cannot be read: it takes more than 1 s.")


def test_a_page_alone_that_cannot_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    without_page_two(monkeypatch)
    seal = Seal(ScriptedVQA([['"Gross Margin"']], ["so far"]), looker(), budget=Budget(seconds=LONG))
    with pytest.raises(ImageError, match="page 2 cannot be read"):
        seal.ask(one_of_three(), "?", page=2)


def test_what_is_found_on_a_page_that_cannot_be_drawn_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    vqa = ScriptedVQA([['"Total Revenue"']], ["so far"])
    result = Seal(vqa, looker(), budget=Budget(seconds=4.0), dpi=72).ask(tiny_tiles(10_000), "?")
    (target,) = result.targets
    assert target.page == 1 and result.answer == "so far"
    crop = result.memory.crops[0].pil()
    assert crop.getextrema() == ((211, 211),) * 3  # grey
    assert crop.size == result.memory.crops[0].box.size_wh


def test_pages_that_can_be_read_are_kept_by_an_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_page_two(monkeypatch)
    document, reader = open_document(one_of_three()), Remembered(looker(), tmp_path)
    with pytest.raises(PageError, match="page 2 cannot be read"):
        index(document, reader)
    assert [reader.knows(document[i]) for i in (0, 2)] == [True, True]


@posix
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_somebody_ended_is_replaced(pool: pdf_pool._Pool, by: signal.Signals) -> None:
    image = Image.open(HARMLESS, dpi=36)
    before = image.region(image.box).tobytes()
    (pid,) = pids(pool)
    os.kill(pid, by)
    assert image.region(image.box).tobytes() == before
    assert pid not in pids(pool) and len(pids(pool)) == 1


def interrupted(pool: pdf_pool._Pool, data: bytes, by: signal.Signals, times: int) -> None:
    """Draw a page whose process is ended so many times while it does."""

    def end() -> None:
        seen: set[int] = set()
        while len(seen) < times:
            for pid in [p for p in pids(pool) if pool._busy and p not in seen]:
                time.sleep(0.5)
                os.kill(pid, by)
                seen.add(pid)
            time.sleep(0.01)

    image = Image.open(data, dpi=36)
    thread = threading.Thread(target=end)
    thread.start()
    try:
        with Deadline.after(2.0).in_force():
            image.region(image.box)
    finally:
        thread.join(LONG)


@posix
@pytest.mark.parametrize(
    ("by", "times", "status"),
    [(signal.SIGKILL, 2, "-9"), (signal.SIGSEGV, 1, "-11"), (signal.SIGABRT, 1, "-6")],
)
def test_a_page_whose_process_ends_is_refused_in_one_line(
    pool: pdf_pool._Pool, by: signal.Signals, times: int, status: str
) -> None:
    message = rf"page 1 cannot be drawn: the process that reads it ended \(status {status}\); it may need too"
    with pytest.raises(ImageError, match=message) as caught:
        interrupted(pool, draws_itself(), by, times)
    assert "\n" not in str(caught.value)


@posix
def test_a_page_is_drawn_again_after_one_kill(pool: pdf_pool._Pool) -> None:
    with pytest.raises(OutOfTime):  # it goes on in another process
        interrupted(pool, draws_itself(), signal.SIGKILL, 1)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_limited(pool: pdf_pool._Pool) -> None:
    draw(HARMLESS)
    (pid,) = pids(pool)
    rows = Path(f"/proc/{pid}/limits").read_text().splitlines()
    (limit,) = [row.split()[3] for row in rows if row.startswith("Max address space")]
    assert 2 << 30 <= int(limit) < 3 << 30


def test_where_no_process_can_be_started_pages_are_drawn_all_the_same(
    pool: pdf_pool._Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = Image.open(HARMLESS, dpi=36)
    there = image.region(image.box)
    lines = Image.open(HARMLESS).text()
    monkeypatch.setattr(pdf_pool, "_pool", pdf_pool._Pool())
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    image = Image.open(HARMLESS, dpi=36)
    assert image.region(image.box).tobytes() == there.tobytes()
    assert Image.open(HARMLESS, dpi=199.9).text() is not None and lines
    assert pids(pdf_pool._pool) == []


def test_an_interpreter_that_is_none_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for executable, message in ((__file__, "no process can be started"), ("/bin/false", "status 1")):
        monkeypatch.setattr(sys, "executable", executable)
        with pytest.raises(ImageError, match=f"the PDF cannot be opened: .*{message}"):
            Image.open(HARMLESS)


PROGRAM = """
import os, sys, threading
from seal.memory import pdf_pool
from seal.memory.deadline import Deadline
from seal.memory.image import Image
sys.path.insert(0, "tests")
from bombs import WORDS, draws_itself
from drawn_pdfs import drawn

def pid():
    return pdf_pool._pool.every()[0]._process.pid
"""


def program(code: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM + code],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def gone(pid: int) -> bool:
    """Whether a process has ended, after some time at most."""
    for _ in range(int(LONG / 0.02)):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@posix
@pytest.mark.parametrize("busy", [False, True])
def test_no_process_is_left_when_the_program_is_killed(busy: bool) -> None:
    with program(f"""
image = Image.open(draws_itself() if {busy} else drawn([WORDS]), dpi=36)
threading.Thread(target=lambda: image.region(image.box)).start()
if {busy}:
    while not pdf_pool._pool._busy: pass
print(pid(), flush=True)
sys.stdin.read() if not {busy} else None
""") as running:
        assert running.stdout is not None
        pid = int(running.stdout.readline())
        running.kill()
    assert gone(pid)


@posix
@pytest.mark.parametrize("busy", [False, True])
def test_no_process_is_left_when_the_program_ends(busy: bool) -> None:
    with program(f"""
image = Image.open(draws_itself() if {busy} else drawn([WORDS]), dpi=36)
threading.Thread(target=lambda: image.region(image.box), daemon={busy}).start()
if {busy}:
    while not pdf_pool._pool._busy: pass
print(pid(), flush=True)
""") as running:
        out, err = running.communicate(timeout=LONG)
    assert (running.returncode, err) == (0, "")
    assert gone(int(out))


@posix
def test_a_forked_copy_has_processes_of_its_own() -> None:
    with program("""
image = Image.open(drawn([WORDS]), dpi=36)
seen, first = image.region(image.box).tobytes(), pid()
import warnings; warnings.simplefilter("ignore")
child = os.fork()
if not child:
    same = image.region(image.box).tobytes() == seen
    sys.exit(0 if same and pid() != first else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
assert image.region(image.box).tobytes() == seen and pid() == first
print("ok")
""") as running:
        out, err = running.communicate(timeout=LONG)
    assert (out.split(), err) == (["0", "ok"], "")

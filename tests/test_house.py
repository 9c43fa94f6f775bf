"""Guards of the house: three floors, imports only downward, all of it in the wheel, a light `import seal`."""

from __future__ import annotations

import ast
import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

import networkx
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest

from seal.memory.listed import listed

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
FLOORS = {"memory": "seal.memory", "agents": "seal.agents", "seal": "seal", "train": "seal.train"}
BELOW = {"memory": ("seal.memory",), "agents": ("seal.memory", "seal.agents")}
ENTRY_MODULES = sorted(
    {
        value.partition(":")[0]
        for name, group in PROJECT["project"]["entry-points"].items()
        for value in group.values()
        if name != "lmms_eval.models"  # which measures
    }
)
HEAVY = {
    "torch",
    "transformers",
    "httpx",
    "onnxruntime",
    "cv2",
    "rapidocr",
    "open_clip",
    "ultralytics",
    "playwright",
}
NOT_FOR_TEXTS = (HEAVY - {"onnxruntime", "cv2"}) | set(
    listed("""
        torchvision, requests, omegaconf, yaml, shapely, tqdm, pandas, scipy, sympy, networkx, matplotlib,
        huggingface_hub, safetensors, sentencepiece, pydantic_settings, asyncio, pypdfium2,
        rich.markdown, seal.search.ideal, seal.search.calibration, seal.agents.nano.network
        """)
)
"""What a question that OCR answers does without; it is read by a small network, which needs tokenizers."""
LATER = {"seal.train", "seal.measure", "seal.measure.bench", "seal.measure.doctor", "seal.agents.seal_models"}
"""What belongs to other commands of the command line."""
MAX_LINES = 400
MOST_ANY = 81
"""Lines with an `Any` over the floors: foreign objects and JSON. It goes down, never up."""


def files(*floors: str) -> list[Path]:
    """Every file of the floors, without what Python or an editor leaves behind."""
    found = (path for floor in floors for path in (ROOT / floor).rglob("*") if path.is_file())
    return sorted(
        p for p in found if not any(s.startswith((".", "__pycache__")) for s in p.relative_to(ROOT).parts)
    )


SOURCES = [path for path in files(*FLOORS) if path.suffix == ".py"]


def module_of(path: Path) -> str:
    """agents/answers/__init__.py -> seal.agents.answers"""
    floor, *rest = path.relative_to(ROOT).with_suffix("").parts
    return ".".join([FLOORS[floor], *(part for part in rest if part != "__init__")])


def in_wheel(path: Path) -> str:
    """agents/ocr.py -> seal/agents/ocr.py"""
    floor, *rest = path.relative_to(ROOT).parts
    return "/".join([*FLOORS[floor].split("."), *rest])


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """Absolute names of all that a module imports, anywhere in it; `from a import b` gives a.b."""
    package = module_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = [*base, *(node.module or "").split(".")] if node.module else base
            yield from (".".join([*base, alias.name]) for alias in node.names)


def relative(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("path", SOURCES, ids=relative(SOURCES))
def test_imports_run_only_downward(path: Path) -> None:
    floor = path.relative_to(ROOT).parts[0]
    ours = [name for name in imported(path) if name.partition(".")[0] in FLOORS]
    allowed = BELOW.get(floor, ("seal",))
    assert [name for name in ours if not any(f"{name}.".startswith(f"{a}.") for a in allowed)] == []


def module_imports() -> dict[str, set[str]]:
    """Module -> modules of the house that it imports anywhere in it, in functions and for type checkers too."""
    modules = {module_of(path) for path in SOURCES}

    def home(name: str) -> str:
        while name not in modules:
            name = name.rpartition(".")[0]
        return name

    found: dict[str, set[str]] = {}
    for path in SOURCES:
        names = [n for n in imported(path) if n.partition(".")[0] == "seal"]
        found[module_of(path)] = {home(n) for n in names} - {module_of(path), "seal"}
    return found


def rooms() -> dict[str, set[str]]:
    """Room -> rooms that it imports: a folder of modules (seal.search, seal.agents.hf), or a module beside them."""
    packages = {module_of(path) for path in SOURCES if path.name == "__init__.py"} - {"seal"}

    def room(module: str) -> str:
        parent = module.rpartition(".")[0]
        return parent if module not in packages and parent != "seal" else module

    found: dict[str, set[str]] = {}
    for module, others in module_imports().items():
        found.setdefault(room(module), set()).update({room(o) for o in others} - {room(module)})
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    directed = networkx.DiGraph([(a, b) for a, others in graph.items() for b in others])
    return [sorted(part) for part in networkx.strongly_connected_components(directed) if len(part) > 1]


def test_no_module_imports_itself_in_a_circle() -> None:
    assert circles(module_imports()) == []


def test_no_room_imports_another_in_a_circle() -> None:
    assert circles(rooms()) == []


def test_the_top_floor_has_few_rooms() -> None:
    rooms_at_the_top = [p for p in (ROOT / "seal").iterdir() if p.is_dir() or p.suffix == ".py"]
    assert len([p for p in rooms_at_the_top if not p.name.startswith(("_", "."))]) <= 15


def test_nothing_that_answers_imports_training_measuring_or_the_command_line() -> None:
    graph = module_imports()
    seen, waiting = set[str](), ["seal.orchestrator", *ENTRY_MODULES]
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += graph[module]
    assert {
        m for m in seen if m.startswith(("seal.train", "seal.measure", "seal.cli", "seal.console"))
    } == set()


def drawn() -> str:
    """The rooms as docs/house.md shows them: a line each, with the rooms that it imports."""
    graph = {
        room.removeprefix("seal."): others
        for room, others in rooms().items()
        if room not in ("", "seal.__main__")
    }
    names = {room: sorted(other.removeprefix("seal.") for other in others) for room, others in graph.items()}
    order = reversed(list(networkx.lexicographical_topological_sort(networkx.DiGraph(names).reverse())))
    return "".join(f"{room:20} -> {', '.join(names[room]) or 'nothing'}\n" for room in order)


def test_the_document_shows_the_rooms_as_they_are() -> None:
    shown = (
        (ROOT / "docs" / "house.md").read_text("utf-8").split("<!-- rooms -->\n```text\n")[1].split("```")[0]
    )
    assert shown == drawn(), f"docs/house.md is to show:\n\n{drawn()}"


@pytest.mark.parametrize("path", SOURCES, ids=relative(SOURCES))
def test_public_names_are_sorted_and_exist(path: Path) -> None:
    names = public_names(tree(path))
    assert names == sorted(names)
    missing = set(names) - set(bound_names(tree(path).body))
    if missing:  # loaded on first use (PEP 562)
        try:
            module = importlib.import_module(module_of(path))
        except ModuleNotFoundError as error:  # a toolkit that draws pages
            pytest.skip(f"{error.name} is not installed")
        missing = {name for name in missing if not hasattr(module, name)}
    assert missing == set()


def public_names(module: ast.Module) -> list[str]:
    """The literal `__all__` of a module; empty without one."""
    for node in module.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return list(ast.literal_eval(node.value))  # type: ignore[attr-defined]
    return []


def bound_names(body: list[ast.stmt]) -> Iterator[str]:
    """Names that the statements define at run time, at module level."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                yield from (name.id for name in ast.walk(target) if isinstance(name, ast.Name))


@pytest.mark.parametrize("path", SOURCES, ids=relative(SOURCES))
def test_modules_are_short_and_do_not_print(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    printed = [node.lineno for node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"]
    assert path.parent == ROOT / "seal" / "cli" or printed == []


def test_any_stands_only_at_the_borders() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name) and node.id == "Any"
    }
    assert len(found) <= MOST_ANY, "more than before: " + ", ".join(sorted(found))


@pytest.mark.parametrize("folder", [*FLOORS, "tests", "benchmarks", "examples", "docs"])
def test_the_formatter_is_never_told_to_look_away(folder: str) -> None:
    marks = re.compile(r"#\s*(?:fmt|yapf):\s*(?:skip|off)")
    sources = [path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts]
    assert [str(path) for path in sources if marks.search(path.read_text("utf-8"))] == []


def test_every_folder_is_listed() -> None:
    """Folders of data alone are packages too for setuptools, which warns about those it is not told of."""
    found = {module_of(path.parent / "__init__.py") for path in files(*FLOORS)}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == found
    orphans = {path.parent for path in SOURCES} - {
        path.parent for path in SOURCES if path.name == "__init__.py"
    }
    assert orphans == set(), "folders with modules, but without __init__.py"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, really built, from a copy of the sources: a stale `build/` of the checkout takes no part."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for floor in FLOORS:
        shutil.copytree(ROOT / floor, copy / floor, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("pyproject.toml", PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]):
        shutil.copy(ROOT / name, copy / name)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(out)!r})"
    command = ["-c", build] if has_setuptools() else ["-m", "build", "--wheel", "--outdir", str(out)]
    run = subprocess.run([sys.executable, *command], cwd=copy, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "absent from the `packages` configuration" not in run.stdout + run.stderr
    (built,) = out.glob("*.whl")
    return built


def has_setuptools() -> bool:
    """Whether a setuptools that can build this project (>= 77) is importable."""
    try:
        return int(version("setuptools").partition(".")[0]) >= 77
    except PackageNotFoundError:
        return False


def test_the_wheel_holds_every_file_of_the_floors(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {"seal/agents/answers/__init__.py", "seal/memory/geometry.py", "seal/py.typed"} <= held
    assert {in_wheel(path) for path in files(*FLOORS)} - held == set()
    tops = {name.partition("/")[0] for name in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"seal"}


def test_an_installed_wheel_finds_its_agents(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = (
        "from seal.agents import registry; assert not registry._checkout(), registry.__file__;"
        "print(*registry.known('vqa'), *registry.known('localizer'), all(registry.known('vqa').values()))"
    )
    groups = PROJECT["project"]["entry-points"]
    expected = [*sorted(groups["seal.vqa"]), *sorted(groups["seal.localizers"]), "True"]
    assert [name for name in python(code, tmp_path) if name in expected] == expected


def python(code: str, folder: Path) -> list[str]:
    """The words that a fresh interpreter prints, with `folder` first on its path."""
    environment = os.environ | {"PYTHONPATH": str(folder)}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


ENTRY_POINTS = {group: list(points.values()) for group, points in PROJECT["project"]["entry-points"].items()}


def test_the_plugin_of_pytest_is_a_module_with_hooks() -> None:
    (name,) = ENTRY_POINTS["pytest11"]
    assert callable(importlib.import_module(name).pytest_addoption)


@pytest.mark.parametrize("value", [*ENTRY_POINTS["seal.vqa"], *ENTRY_POINTS["seal.localizers"]])
def test_entry_points_resolve_to_functions(value: str) -> None:
    module, _, name = value.partition(":")
    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("seal", HEAVY | {"numpy", "PIL", "pydantic", "networkx"}),
        ("seal.memory", HEAVY | {"numpy", "PIL", "pydantic"}),
        ("seal.testing.plugin", HEAVY | {"numpy", "PIL", "pydantic", "networkx", "seal.testing.screen"}),
        ("seal.memory.geometry", HEAVY | {"numpy", "PIL", "pydantic"}),
        ("seal.memory.working", HEAVY),
        ("seal.memory.pdf_worker", HEAVY | {"numpy", "PIL", "pydantic", "asyncio", "seal.memory.image"}),
        ("seal.agents.contracts", HEAVY),
        ("seal.agents.looker", HEAVY),
        ("seal.agents.checked", HEAVY),
        ("seal.agents.look_cache", HEAVY),
        ("seal.agents.registry", HEAVY),
        ("seal.agents.fake", HEAVY),
        ("seal.agents.replay", HEAVY),
        ("seal.agents.fused", HEAVY),
        ("seal.agents.detect.clip", HEAVY),
        ("seal.agents.detect.yolo", HEAVY),
        ("seal.agents.server", HEAVY),
        ("seal.agents.systems", HEAVY),
        ("seal.agents.seal_models", HEAVY | {"sentencepiece"}),
        ("seal.agents.answers", HEAVY),
        ("seal.agents.ocr", HEAVY | {"pyclipper"}),
        ("seal.agents.nano.localizer", HEAVY),
        ("seal.agents.nano.vocabulary", HEAVY),
        ("seal.agents.nano_vqa", HEAVY),
        ("seal.orchestrator", HEAVY | {"asyncio", "networkx", "seal.search.ideal"}),
        (
            "seal.cli.app",
            HEAVY | LATER | {"numpy", "PIL", "pydantic", "networkx", "asyncio", "seal.orchestrator"},
        ),
    ],
)
def test_imports_are_light(module: str, absent: set[str]) -> None:
    loaded = python(f"import sys, {module}; print(*sys.modules)", ROOT)
    assert absent & set(loaded) == set()


def test_a_question_of_texts_imports_what_it_needs(tmp_path: Path) -> None:
    """Asked in the shell: OCR alone looks, so that neither torch nor anything of it is imported."""
    picture = PIL.Image.new("RGB", (400, 120), "white")
    font = PIL.ImageFont.load_default(size=24)
    for x, text in ((20, "Total Revenue"), (260, "1,250")):
        PIL.ImageDraw.Draw(picture).text((x, 40), text, "black", font)
    picture.save(tmp_path / "screen.png")
    question = "What is the value to the right of Total Revenue?"
    code = (
        f"import sys; sys.argv = ['seal', 'ask', {str(tmp_path / 'screen.png')!r}, {question!r}]\n"
        "from seal.cli.app import main\n"
        "try: main()\n"
        "except SystemExit: print(*sys.modules)"
    )
    said = python(code, ROOT)
    assert said[0] == "1,250"
    assert {"onnxruntime", "cv2", "seal.agents.ocr"} <= set(said)
    assert (NOT_FOR_TEXTS | LATER) & set(said) == set()


def test_only_a_headless_opencv_is_installed() -> None:
    """With two OpenCV distributions the one installed later overwrites the other's files."""
    found = {d.metadata["Name"].lower() for d in distributions() if d.metadata["Name"]}
    assert {name for name in found if name.startswith("opencv")} <= {"opencv-python-headless"}

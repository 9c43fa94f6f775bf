"""Agents by name: entry points, objects, and what is said when there is no such agent."""

from __future__ import annotations

import importlib
import inspect
import math
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint, EntryPoints, PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from seal.agents import registry
from seal.agents.contracts import Capabilities, Localizer, VQAAgent
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.agents.registry import known, load_localizer, load_vqa
from seal.memory.errors import AgentError, MissingExtraError, SettingError, UnknownAgentError

ROOT = Path(__file__).parents[1]

PLUGIN = '''
from seal.agents.fake import FakeLocalizer

def load(name, *, factor=1):
    """Finds nothing, at once.

    Not this line.
    """
    return FakeLocalizer({}, name=f"plug:{name}:{factor}")

def absent(name):
    """Wants a package that is not there."""
    import ultralytics_not_here.nn

def too_old(name):
    from json import no_such_name

def wrong(name):
    return object()

def fails(name):
    return {}["weights"]

not_callable = 3
'''


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A third party's package `plugin_for_tests` whose entry points are those given: name -> value."""
    (tmp_path / "plugin_for_tests.py").write_text(PLUGIN)
    (tmp_path / "plugin_heavy_for_tests.py").write_text(
        'raise RuntimeError("imported")\ndef load(name):\n    """Heavy."""\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "plugin_for_tests", raising=False)

    def plug(**points: str) -> None:
        found = [EntryPoint(name, value, "seal.localizers") for name, value in points.items()]
        monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints(found).select(group=group))

    return plug


def test_the_built_in_agents_are_known_and_described() -> None:
    assert {"nano-vqa", "reader", "replay"} <= known("vqa").keys()
    assert {"replay", "ocr"} <= known("localizer").keys()
    assert known("vqa")["replay"] == "Replays the VQA agent of a recorded run: replay:FILE, no model needed."
    assert list(known("vqa")) == sorted(known("vqa"))


def test_listing_imports_no_backend() -> None:
    code = (
        "import sys; from seal.agents.registry import known; known('vqa'); known('localizer');"
        "heavy = {'torch', 'transformers', 'onnxruntime', 'cv2', 'rapidocr', 'seal.agents.replay'};"
        "print(*sorted(heavy & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_a_third_party_agent_registers_by_entry_point(plugged: Any) -> None:
    plugged(plug="plugin_for_tests:load", heavy="plugin_heavy_for_tests:load")
    assert known("localizer")["plug"] == "Finds nothing, at once."
    assert known("localizer")["heavy"] == "Heavy."
    assert load_localizer("plug:a:b/c").name == "plug:a:b/c:1"
    assert load_localizer(" plug ", factor=2).name == "plug::2"


def test_ours_win_over_a_third_party_of_the_same_scheme(plugged: Any) -> None:
    plugged(replay="plugin_for_tests:load")
    assert known("localizer")["replay"].startswith("Replays")


def test_without_a_checkout_the_installed_metadata_speaks(
    plugged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged(plug="plugin_for_tests:load")
    ours = EntryPoints([EntryPoint("ours", "plugin_for_tests:load", "seal.localizers")])
    installed = {"seal-visual-search": SimpleNamespace(entry_points=ours)}
    monkeypatch.setattr(registry, "distribution", installed.__getitem__)
    monkeypatch.setattr(registry, "_CHECKOUT", ROOT / "no-such-file.toml")
    assert list(known("localizer")) == ["ours", "plug"]
    assert load_localizer("ours:a").name == "plug:a:1"
    assert known("vqa") == {}


def test_without_a_checkout_and_uninstalled_others_are_known(
    plugged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    plugged(plug="plugin_for_tests:load")
    monkeypatch.setattr(registry, "distribution", absent)
    monkeypatch.setattr(registry, "_CHECKOUT", ROOT / "no-such-file.toml")
    assert list(known("localizer")) == ["plug"]
    monkeypatch.setattr(registry, "_CHECKOUT", Path(__file__).parent / "other" / "pyproject.toml")
    assert list(known("localizer")) == ["plug"]


def test_the_project_file_of_another_project_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "pyproject.toml"
    other.write_text('[project]\nname = "other"\n[project.entry-points."seal.vqa"]\nevil = "evil:load"\n')
    monkeypatch.setattr(registry, "_CHECKOUT", other)
    assert "evil" not in known("vqa")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("raeder", "did you mean 'reader'?"),
        ("Replay:x", "did you mean 'replay'?"),
        ("ocr:rapidocr", "'ocr': that is a localizer."),
        ("quite-else", "no VQA agent 'quite-else'. Known: "),
        ("", "no VQA agent ''. Known: "),
    ],
)
def test_an_unknown_scheme_lists_the_known_ones(spec: str, said: str) -> None:
    with pytest.raises(UnknownAgentError) as caught:
        load_vqa(spec)
    assert said in str(caught.value)
    assert "reader, replay" in str(caught.value)


@pytest.mark.parametrize("spec", ["rules", "reader:rules", "nano-vqa:rules"])
def test_the_agent_that_is_no_more_names_the_one_to_take(spec: str) -> None:
    with pytest.raises(SettingError, match='"reader"'):
        load_vqa(spec)
    assert load_vqa("reader").name == "reader"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(SettingError, match="'vqa', 'localizer'; got 'localizers'"):
        known("localizers")  # type: ignore[arg-type]


def test_an_agent_object_comes_back_unchanged() -> None:
    vqa, localizer = ScriptedVQA(), FakeLocalizer({})
    assert load_vqa(vqa) is vqa
    assert load_localizer(localizer) is localizer
    assert isinstance(vqa, VQAAgent)
    assert isinstance(localizer, Localizer)


class _Speaker(ScriptedVQA):
    where = None  # type: ignore[assignment]


class _Short(FakeLocalizer):
    def locate(self, patches: Any) -> Any:  # type: ignore[override]
        return patches


def _with(agent: Any, **changes: Any) -> Any:
    for name, value in changes.items():
        setattr(agent, name, value)
    return agent


@pytest.mark.parametrize(
    ("load", "agent", "said"),
    [
        (
            load_vqa,
            ScriptedVQA,
            "is the class ScriptedVQA; a VQA agent must be an instance: ScriptedVQA(...)",
        ),
        (load_localizer, FakeLocalizer, "is the class FakeLocalizer"),
        (load_vqa, _Speaker(), "lacks a method where(patch, target)."),
        (load_localizer, _Short({}), "lacks a method locate(patches, phrases)."),
        (load_localizer, ScriptedVQA(), "lacks a method locate(patches, phrases); capabilities"),
        (load_vqa, FakeLocalizer({}), "a method show(view, question, options); a method tell"),
        (load_vqa, None, "(NoneType) is no VQA agent"),
        (load_vqa, ROOT, "is no VQA agent"),
        (load_vqa, _with(ScriptedVQA(), input_side=0), "input_side in pixels (whole number from 1), got 0"),
        (load_vqa, _with(ScriptedVQA(), name=""), "a name (non-empty string)"),
        (load_localizer, _with(FakeLocalizer({}), capabilities={}), "(a Capabilities object), got dict"),
        (load_localizer, FakeLocalizer({}, capabilities=Capabilities(0)), "positive sizes"),
        (
            load_localizer,
            FakeLocalizer({}, capabilities=Capabilities(64, confidence_low=0.9)),
            "confidence_low <= confidence_high <= 1, got 0.9, 0.5",
        ),
    ],
)
def test_an_object_that_breaks_the_contract_is_told_what_is_missing(load: Any, agent: Any, said: str) -> None:
    with pytest.raises(SettingError) as caught:
        load(agent)
    assert said in str(caught.value)


def test_options_go_with_names(plugged: Any) -> None:
    plugged(plug="plugin_for_tests:load")
    with pytest.raises(SettingError, match=r"'size'.*the options that it takes: factor\."):
        load_localizer("plug:x", size=3)
    with pytest.raises(SettingError, match=r"Options \(size\) go with an agent's name"):
        load_localizer(FakeLocalizer({}), size=3)


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOADERS = [
    (group, name) for group in ("vqa", "localizers") for name in PROJECT["entry-points"][f"seal.{group}"]
]


@pytest.mark.parametrize(("group", "name"), LOADERS)
def test_every_loader_names_its_options_and_refuses_others(group: str, name: str) -> None:
    module, _, attribute = PROJECT["entry-points"][f"seal.{group}"][name].partition(":")
    parameters = inspect.signature(getattr(importlib.import_module(module), attribute)).parameters
    first, *options = parameters.values()
    assert first.name == "name"
    assert {option.kind for option in options} <= {inspect.Parameter.KEYWORD_ONLY}
    load: Any = load_vqa if group == "vqa" else load_localizer
    with pytest.raises(SettingError, match="'no_such_option'; the options that it takes: ") as caught:
        load(f"{name}:x", no_such_option=1)
    told = str(caught.value).rpartition("it takes: ")[2].removesuffix(".")
    assert told == (", ".join(option.name for option in options) or "none")


def test_a_loader_that_fails_says_so(plugged: Any) -> None:
    plugged(plug="plugin_for_tests:fails")
    with pytest.raises(AgentError, match=r"^plug:x cannot be loaded: KeyError: 'weights'$") as caught:
        load_localizer("plug:x")
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *[
            ("ocr", {option: value})
            for option in ("input_side", "threads")
            for value in (-1, 1.5, True, "x", None)
        ],
        *[("nano", {"threads": value}) for value in (-1, math.nan, "x", True)],
        *[("ultralytics:none.pt", {option: 0}) for option in ("input_side", "max_batch")],
        *[
            ("hf:none", {option: value})
            for option in ("max_side", "max_batch")
            for value in (0, True, "x", math.inf)
        ],
        *[("openai:m@http://localhost:1/v1", {"input_side": value}) for value in (0, True, math.nan, "x")],
    ],
)
def test_an_option_out_of_range_is_refused_before_anything_is_loaded(
    name: str, options: dict[str, Any]
) -> None:
    with pytest.raises(SettingError, match=f"{next(iter(options))} must be a whole number"):
        load_localizer(name, **options)


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (
            "plugin_for_tests:absent",
            MissingExtraError,
            "'ultralytics_not_here', which is missing: pip install --upgrade",
        ),
        ("plugin_for_tests:too_old", AgentError, "cannot import name 'no_such_name'"),
        ("plugin_for_tests:wrong", SettingError, "plug:x (object) is no localizer"),
        ("plugin_for_tests:not_callable", AgentError, "is no function load(name, **options)"),
        ("plugin_for_tests:nothing", AgentError, "names nothing"),
        ("seal.agents.no_such_backend:load", AgentError, "names no module"),
    ],
)
def test_a_broken_entry_point_says_what_is_wrong(plugged: Any, value: str, error: type, said: str) -> None:
    plugged(plug=value)
    assert "plug" in known("localizer")
    with pytest.raises(error) as caught:
        load_localizer("plug:x")
    assert type(caught.value) is error
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "package", "command"),
    [
        ("yolo", "ultralytics", "pip install 'seal-visual-search[ultralytics]'"),
        ("ultralytics", "cv2", "pip install 'seal-visual-search[ultralytics]'"),
        ("clip", "open_clip", "pip install --upgrade seal-visual-search"),
        ("other", "never_heard_of", "pip install --upgrade seal-visual-search"),
    ],
)
def test_a_missing_package_names_its_install_command(scheme: str, package: str, command: str) -> None:
    point = EntryPoint(scheme, "seal.agents.later:load", "seal.localizers")
    with (
        pytest.raises(MissingExtraError, match="which is missing") as caught,
        registry._import_errors(f"{scheme}:x", point),
    ):
        raise ModuleNotFoundError(f"No module named {package!r}", name=f"{package}.models")
    assert str(caught.value).endswith(command)


def test_a_device_that_is_no_name_is_refused_at_once() -> None:
    with pytest.raises(SettingError, match="device must be a name"):
        load_localizer("nano", device=5)

"""Agents by name: `scheme:name` ("ocr:rapidocr", "reader", "replay:run.jsonl").

- Entry point groups `seal.vqa` and `seal.localizers`; an entry point is a function
  `load(name: str, *, option=...) -> agent`. The built-in agents register exactly as a third party's would.
- In a checkout the adjacent pyproject.toml speaks for this distribution: it cannot be out of date, and it is
  there when nothing is installed. Entry points of other distributions apply as ever.
- An agent object is as good as a name. Either way the contract is checked here, once, when it is attached, and an
  object that does not derive from the base classes is adapted to them.
- Loaders have keyword parameters, never `**options`: an unknown option is told with the known ones.
"""

from __future__ import annotations

import ast
import inspect
import math
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from importlib.util import find_spec
from numbers import Real
from pathlib import Path
from typing import Any, Literal, cast

from ..memory.deadline import loading
from ..memory.errors import AgentError, MissingExtraError, SealError, SettingError, UnknownAgentError
from ..memory.source import one_line
from .adapted import Adapted, AdaptedVQA
from .checks import is_text
from .contracts import Capabilities, Localizer, VQAAgent
from .looker import Answerer, Looker

__all__ = ["Kind", "built_in", "known", "load_agents", "load_localizer", "load_vqa", "schemes"]

Kind = Literal["localizer", "vqa"]

_DISTRIBUTION = "seal-visual-search"
_CHECKOUT = Path(__file__).resolve().parent.parent / "pyproject.toml"


@dataclass(frozen=True, slots=True)
class _Contract:
    """methods: that an agent must have, and their parameters; abilities: that it may have."""

    title: str
    group: str
    methods: dict[str, tuple[str, ...]]
    abilities: dict[str, tuple[str, ...]]


_CONTRACTS: dict[Kind, _Contract] = {
    "vqa": _Contract(
        "VQA agent",
        "seal.vqa",
        {
            "show": ("view", "question", "options"),
            "where": ("patch", "target"),
            "tell": ("memory",),
        },
        {"self_test": ()},
    ),
    "localizer": _Contract(
        "localizer",
        "seal.localizers",
        {"locate": ("patches", "phrases")},
        {
            "unknown": ("phrase",),
            "only_text": ("phrase",),
            "kind": ("phrase",),
            "read": ("patch", "within"),
            "spell": ("patch",),
            "survey": ("patch",),
            "where": ("patch", "target"),
            "looked_at": ("image",),
            "prepare": ("image",),
            "self_test": (),
        },
    ),
}


def load_vqa(spec: str | VQAAgent, **options: object) -> Answerer:
    """The VQA agent of that name, or the agent object, itself or adapted; `options` go to the agent's loader.

    Raises UnknownAgentError: no such scheme. SettingError: the object does not follow the contract, or the
    agent takes no such option. MissingExtraError: an optional package is absent. AgentError: broken module.
    """
    agent = _load("vqa", spec, options)
    return agent if isinstance(agent, Answerer) else AdaptedVQA(cast("VQAAgent", agent))


def load_localizer(spec: str | Localizer, **options: object) -> Looker:
    """The localizer of that name, or the localizer object, itself or adapted. Options and errors as in `load_vqa`."""
    agent = _load("localizer", spec, options)
    return agent if isinstance(agent, Looker) else Adapted(cast("Localizer", agent))


def load_agents(vqa: str | VQAAgent, localizer: str | Localizer) -> tuple[Answerer, Looker]:
    """Both agents of a `Seal`. Errors as in `load_vqa`; where neither of two models of transformers can be loaded, one
    error names both.
    """
    try:
        answers = load_vqa(vqa)
    except (AgentError, UnknownAgentError) as first:
        if not all(isinstance(spec, str) and spec.startswith("hf:") for spec in (vqa, localizer)):
            raise
        try:
            load_localizer(localizer)
        except SealError as second:
            if str(second) == str(first):
                raise first from None
            raise type(first)(f"{first} Nor is the localizer there: {second}") from first
        raise
    return answers, load_localizer(localizer)


def known(kind: Kind) -> dict[str, str]:
    """Scheme -> description of every registered agent of a kind ("vqa" or "localizer"), sorted.

    The description is the first line of the loader's docstring, read from its source: no backend is imported.
    """
    return {scheme: _description(point) for scheme, point in sorted(_points(kind).items())}


def schemes(kind: Kind) -> list[str]:
    """The schemes of every registered agent of a kind, sorted."""
    return sorted(_points(kind))


def built_in(kind: Kind) -> set[str]:
    """The schemes of the agents of this distribution, told without a search through all that are installed."""
    return {*_ours(kind)}


def _load(kind: Kind, spec: object, options: dict[str, object]) -> object:
    if not isinstance(spec, str):
        if options:
            raise SettingError(
                f"Options ({', '.join(options)}) go with an agent's name, not with an agent object."
            )
        return _checked(kind, spec, "This object")
    scheme, _, name = spec.strip().partition(":")
    point = _ours(kind).get(scheme) or _points(kind).get(scheme)  # ours are known without a search for others
    if point is None and kind == "vqa" and scheme == "rules":
        raise SettingError(
            f'The agent {scheme!r} is no more: take "reader", which reads questions in any wording.'
        )
    if point is None:
        raise UnknownAgentError(_unknown(kind, scheme))
    with _import_errors(spec, point):
        loader = _loader(spec, point)
        _check_options(spec, loader, name, options)
        try:
            with nullcontext() if getattr(loader, "breaks_off", False) else loading():
                agent = loader(name, **options)
        except (SealError, ImportError):
            raise
        except Exception as error:  # a backend is foreign code: anything can happen
            why = one_line(f"{type(error).__name__}: {error}", 300)
            raise AgentError(f"{one_line(spec, 80)} cannot be loaded: {why}") from error
    return _checked(kind, agent, spec)


def _points(kind: Kind) -> dict[str, EntryPoint]:
    """Scheme -> entry point. Ours win over third parties', the earlier on `sys.path` over the later."""
    if kind not in _CONTRACTS:
        raise SettingError(f"The kinds of agents are {', '.join(map(repr, _CONTRACTS))}; got {kind!r}.")
    others = [p for p in entry_points(group=_CONTRACTS[kind].group) if not _is_ours(p)]
    return {p.name: p for p in reversed(others)} | _ours(kind)


def _ours(kind: Kind) -> dict[str, EntryPoint]:
    """Scheme -> entry point of this distribution: of the checkout, else of the installed copy."""
    group = _CONTRACTS[kind].group
    checkout = _checkout().get("entry-points", {}).get(group, {})
    if checkout:
        return {name: EntryPoint(name, value, group) for name, value in checkout.items()}
    try:
        return {p.name: p for p in distribution(_DISTRIBUTION).entry_points.select(group=group)}
    except PackageNotFoundError:
        return {}


def _checkout() -> dict[str, Any]:
    """The `project` table of the adjacent pyproject.toml; empty when this is an installed copy."""
    if not _CHECKOUT.is_file():
        return {}
    project: dict[str, Any] = tomllib.loads(_CHECKOUT.read_text("utf-8")).get("project", {})
    return project if project.get("name") == _DISTRIBUTION else {}


def _is_ours(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name.lower().replace("_", "-") == _DISTRIBUTION


def _unknown(kind: Kind, scheme: str) -> str:
    title, schemes = _CONTRACTS[kind].title, sorted(_points(kind))
    other: Kind = "localizer" if kind == "vqa" else "vqa"
    nearest = get_close_matches(scheme.lower(), schemes, 1)
    if nearest:
        hint = f"; did you mean {nearest[0]!r}?"
    elif scheme in _points(other):
        hint = f": that is a {_CONTRACTS[other].title}."
    else:
        hint = "."
    return f"There is no {title} {scheme!r}{hint} Known: {', '.join(schemes) or 'none'}."


@contextmanager
def _import_errors(spec: str, point: EntryPoint) -> Iterator[None]:
    """Import errors of a backend's module or of its loader, said in terms of what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", point.module.partition(".")[0]):
            raise AgentError(f"{spec}: its entry point {point.value!r} names no module ({error}).") from error
        command = _install_command(point, package)
        raise MissingExtraError(
            f"{spec} needs the package {package!r}, which is missing: {command}"
        ) from error
    except ImportError as error:
        raise AgentError(f"{spec}: {point.module} cannot be imported ({error}).") from error


def _loader(spec: str, point: EntryPoint) -> Callable[..., object]:
    try:
        loader: object = point.load()
    except AttributeError as error:
        raise AgentError(f"{spec}: its entry point {point.value!r} names nothing ({error}).") from error
    if not callable(loader):
        raise AgentError(f"{spec}: its entry point {point.value!r} is no function load(name, **options).")
    return loader


def _install_command(point: EntryPoint, package: str) -> str:
    """The pip command that brings `package`: an extra of the distribution, or the distribution once more."""
    distribution, requires = _requirements(point)
    extra = next((e for e in (*point.extras, point.name) if any(e == x for _, x in requires)), None)
    if extra is None:
        wanted = package.lower().replace("-", "_")
        extra = next((x for name, x in requires if f"{name}_".startswith(f"{wanted}_")), "")
    return f"pip install '{distribution}[{extra}]'" if extra else f"pip install --upgrade {distribution}"


def _requirements(point: EntryPoint) -> tuple[str, list[tuple[str, str]]]:
    """The entry point's distribution, and its requirements as (name with underscores, extra or "")."""
    if point.dist is not None:
        lines = point.dist.requires or []
        pairs = [(line, re.search(r"extra\s*==\s*['\"]([^'\"]+)", line)) for line in lines]
        found = [(line, match[1] if match else "") for line, match in pairs]
        distribution = point.dist.name
    else:
        project = _checkout()
        found = [(line, "") for line in project.get("dependencies", [])]
        found += [
            (line, x) for x, lines in project.get("optional-dependencies", {}).items() for line in lines
        ]
        distribution = _DISTRIBUTION
    return distribution, [
        (re.sub(r"[-.]", "_", re.split(r"[^\w.-]", line)[0]).lower(), x) for line, x in found
    ]


def _check_options(spec: str, loader: Callable[..., object], name: str, options: dict[str, object]) -> None:
    signature = inspect.signature(loader)
    try:
        signature.bind(name, **options)
    except TypeError as error:
        takes = ", ".join([*signature.parameters][1:]) or "none"
        raise SettingError(f"{one_line(spec, 80)}: {error}; the options that it takes: {takes}.") from error


def _checked(kind: Kind, agent: object, who: str) -> object:
    """`agent` itself, when it follows the contract of its kind; SettingError lists what is missing."""
    title, who = _CONTRACTS[kind].title, one_line(who, 80)
    if isinstance(agent, type):
        raise SettingError(
            f"{who} is the class {agent.__name__}; a {title} must be an instance: {agent.__name__}(...)."
        )
    faults = [*_method_faults(kind, agent), *_attribute_faults(kind, agent)]
    if faults:
        raise SettingError(f"{who} ({type(agent).__name__}) is no {title}; it lacks {'; '.join(faults)}.")
    return agent


def _method_faults(kind: Kind, agent: object) -> Iterator[str]:
    contract = _CONTRACTS[kind]
    says_where = getattr(getattr(agent, "capabilities", None), "says_where", False) is True
    for method, parameters in (contract.methods | contract.abilities).items():
        needed = method in contract.methods or (method == "where" and says_where)
        if (needed or hasattr(agent, method)) and not _accepts(getattr(agent, method, None), parameters):
            yield f"a method {method}({', '.join(parameters)})"


def _accepts(method: object, parameters: tuple[str, ...]) -> bool:
    if not callable(method):
        return False
    try:
        inspect.signature(method).bind(*parameters)
    except TypeError:
        return False
    except ValueError:  # a builtin without a signature
        return True
    return True


def _attribute_faults(kind: Kind, agent: object) -> Iterator[str]:
    name = getattr(agent, "name", None)
    if not isinstance(name, str) or not name or not is_text(name):
        yield "a name (non-empty string)"
    if kind == "vqa":
        side = getattr(agent, "input_side", None)
        if not _is_whole(side):
            yield f"an input_side in pixels (whole number from 1), got {one_line(repr(side), 40)}"
        return
    can = getattr(agent, "capabilities", None)
    if not isinstance(can, Capabilities):
        yield f"capabilities (a Capabilities object), got {type(can).__name__}"
        return
    sizes = (can.input_side, can.max_batch, can.longest_phrase)
    if not all(map(_is_whole, sizes)) or not _is_number(can.smallest_px) or can.smallest_px <= 0:
        yield f"positive sizes in its {one_line(can, 400)}"
    low, high = can.confidence_low, can.confidence_high
    if not _is_number(low) or not _is_number(high) or not 0 <= low <= high <= 1:
        yield f"0 <= confidence_low <= confidence_high <= 1, got {one_line(f'{low!r}, {high!r}', 80)}"
    if can.rules_out is not None and not _is_number(can.rules_out):
        yield f"rules_out as a finite number or None, got {one_line(repr(can.rules_out), 40)}"
    flags = ("gives_boxes", "gives_cue", "reads_text", "text_only", "says_where")
    if wrong := [flag for flag in flags if not isinstance(getattr(can, flag), bool)]:
        yield f"{', '.join(wrong)} as True or False in its capabilities"


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def _description(point: EntryPoint) -> str:
    """First line of the docstring of an entry point's function; "" when its source cannot be found."""
    try:
        spec = find_spec(point.module)
        source = (
            Path(spec.origin).read_bytes() if spec and spec.origin else b""
        )  # not every loader gives sources
        nodes = ast.parse(source).body
    except Exception:  # a broken plugin must not hide the others; loading it says what is wrong
        return ""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == point.attr:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    return ""

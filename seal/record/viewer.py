"""A trace as one web page: self-contained, nothing loaded, nothing executed but its own script.

- `viewer.html` is the page; `render` puts the trace into it as JSON. The JSON is the whole trace: it can be
  taken out of the page again and loaded (`json_of`).
- Text read in images is hostile. In the JSON no `<`, `>` or `&` is left, so that nothing can end the script
  element; the page's script puts text in as text nodes only; and the content security policy allows the
  page's own style and script by their hashes, pictures from `data:` addresses, and nothing else.
- The same trace gives the same page.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources

from ..memory.errors import InputError

__all__ = ["content_policy", "json_of", "render"]

_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_DATA = re.compile(r'<script type="application/json" id="trace">(.*?)</script>', re.DOTALL)


def render(trace_json: str) -> str:
    """A trace, given as the JSON of `Trace.model_dump_json`, as a self-contained HTML page."""
    before, after = _page()
    # All of these characters can only stand inside JSON strings, where the escape means the same.
    return before + trace_json.translate(_ESCAPES) + after


def json_of(page: str) -> str:
    """The JSON of the trace inside a page made by `render`. Raises InputError when there is none."""
    found = _DATA.search(page)
    if found is None:
        raise InputError("This page holds no trace of SEAL.")
    return found[1]


@cache
def content_policy() -> str:
    """The content security policy of the page, for a header beside the one that stands in the page."""
    page = _source()
    style = page.split("<style>")[1].split("</style>")[0]
    script = page.split("<script>")[1].split("</script>")[0]
    return (
        f"default-src 'none'; img-src data:; style-src '{_sha256(style)}'; script-src '{_sha256(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _page() -> tuple[str, str]:
    """The page before and after the trace, with its content security policy."""
    before, after = _source().replace("{{csp}}", content_policy()).split("{{trace}}")
    return before, after


def _source() -> str:
    return resources.files(__package__).joinpath("viewer.html").read_text(encoding="utf-8")


def _sha256(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

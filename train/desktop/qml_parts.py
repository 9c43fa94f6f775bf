"""A window of Qt Quick's controls as QML."""

from __future__ import annotations

import json
from random import Random

from .words import Words

__all__ = ["Page"]

_FONTS = ("Roboto", "Open Sans", "Noto Sans", "Lato", "Cantarell", "DejaVu Sans")
_COLOURS = ("Red", "Purple", "Indigo", "Blue", "Teal", "Green", "Orange", "Brown", "BlueGrey", "Pink", "Cyan")


class Page:
    """Makes the text of one window."""

    def __init__(self, rng: Random, style: str, size: tuple[int, int]) -> None:
        self.rng, self.style, self.size, self.words = rng, style, size, Words(rng)
        self.dark, self.font, self.kind = rng.random() < 0.4, rng.choice(_FONTS), "columns"
        self.px = rng.choice((12, 13, 14, 14, 15, 16))

    def chance(self, share: float) -> bool:
        """True in this share of the calls."""
        return self.rng.random() < share

    def item(self, kind: str, seal: str, body: str) -> str:
        """A control with its name for the truth."""
        off = " enabled: false;" if self.chance(0.1) else ""
        return f'{kind} {{ objectName: "seal:{seal}";{off} {body} }}'

    def text(self) -> str:
        """The window."""
        accent = self.rng.choice(_COLOURS)
        look = ""
        if self.style == "Material":
            look = (
                f"Material.theme: Material.{'Dark' if self.dark else 'Light'}; Material.accent: Material.{accent};"
                f"Material.primary: Material.{self.rng.choice(_COLOURS)};"
            )
        elif self.style == "Universal":
            tone = self.rng.choice(
                ("Cobalt", "Crimson", "Emerald", "Teal", "Violet", "Steel", "Orange", "Magenta")
            )
            look = f"Universal.theme: Universal.{'Dark' if self.dark else 'Light'}; Universal.accent: Universal.{tone};"
        elif self.dark and self.style in ("Fusion", "Basic"):
            look = (
                'palette.window: "#2b2b2b"; palette.base: "#1e1e1e"; palette.text: "#eee"; palette.windowText: "#eee";'
                'palette.button: "#3c3c3c"; palette.buttonText: "#eee"; palette.mid: "#666"; palette.light: "#555";'
                'palette.dark: "#bbb"; palette.midlight: "#4a4a4a"; palette.highlight: "#4a90d9"; color: "#2b2b2b";'
            )
        else:
            self.dark = False
        size = f"width: {self.size[0]}; height: {self.size[1]};"
        head = self.top() if self.chance(0.7) else ""
        foot = f"footer: {self.tabs()}" if self.chance(0.12) else ""
        side = self.side() if self.chance(0.5) else ""
        extra = "import QtQuick.Controls.Material\n" if self.style == "Material" else ""
        extra += "import QtQuick.Controls.Universal\n" if self.style == "Universal" else ""
        columns = "".join(
            self.column() for _ in range(max(1, round(self.size[0] / self.rng.randint(320, 520))))
        )
        return f"""import QtQuick
import QtQuick.Layouts
import QtQuick.Controls
{extra}ApplicationWindow {{ {size} visible: false; font.family: "{self.font}"; font.pixelSize: {self.px}; {look}
{head}
{foot}
RowLayout {{ anchors.fill: parent; spacing: 0; {side}
Item {{ clip: true; Layout.fillWidth: true; Layout.fillHeight: true;
RowLayout {{ anchors.fill: parent; anchors.margins: {self.rng.choice((8, 12, 20))}; spacing: 16; {columns} }} }} }} }}
"""

    def quoted(self, text: str) -> str:
        """A string of QML."""
        return json.dumps(text, ensure_ascii=False)

    def top(self) -> str:
        """A toolbar at the top."""
        parts = [
            self.item("ToolButton", "button", f"text: {self.quoted(self.rng.choice('☰‹←'))}")
        ] * self.chance(0.5)
        parts.append(
            f"Label {{ text: {self.quoted(self.words.product())}; Layout.fillWidth: true; elide: Text.ElideRight }}"
        )
        for _ in range(self.rng.randint(0, 4)):
            parts.append(self.item("ToolButton", "button", f"text: {self.quoted(self.words.word('a'))}"))
        bar = f'ToolBar {{ objectName: "seal:header"; RowLayout {{ anchors.fill: parent; {" ".join(parts)} }} }}'
        return "header: " + bar

    def side(self) -> str:
        """A list for navigation at the left."""
        words, wide = self.words.words("nsa", self.rng.randint(5, 12)), self.rng.randint(150, 240)
        now = self.rng.randrange(len(words))
        rows = "".join(
            self.item(
                "ItemDelegate",
                "menu item",
                f"text: {self.quoted(w)}; Layout.fillWidth: true; highlighted: {'true' if i == now else 'false'}",
            )
            for i, w in enumerate(words)
        )
        return (
            f'Pane {{ objectName: "seal:sidebar"; padding: 0; Layout.fillHeight: true; Layout.preferredWidth: {wide}; '
            f"clip: true; ColumnLayout {{ width: parent.width; spacing: 0; {rows} }} }}"
        )

    def tabs(self) -> str:
        """A row of tabs."""
        words = self.words.words("nsf", self.rng.randint(2, 5))
        now = self.rng.randrange(len(words))
        rows = "".join(f'TabButton {{ objectName: "seal:tab"; text: {self.quoted(w)} }}' for w in words)
        return f"TabBar {{ currentIndex: {now}; Layout.fillWidth: true; {rows} }}"

    def column(self) -> str:
        """Blocks below each other."""
        parts = []
        for _ in range(self.rng.randint(4, 9)):
            inner = self.block()
            if self.chance(0.35):
                frame = f"title: {self.quoted(self.words.word())};" if self.chance(0.7) else ""
                kind = "GroupBox" if frame else "Frame"
                inner = (
                    f'{kind} {{ objectName: "seal:card"; {frame} Layout.fillWidth: true; '
                    f"ColumnLayout {{ width: parent.width; {inner} {self.block() if self.chance(0.4) else ''} }} }}"
                )
            parts.append(inner)
        return (
            "ColumnLayout { Layout.alignment: Qt.AlignTop; Layout.fillWidth: true; Layout.preferredWidth: 100; "
            f"spacing: {self.rng.choice((4, 8, 12))}; {' '.join(parts)} }}"
        )

    def block(self) -> str:
        """Any block."""
        return str(
            self.rng.choices(
                (
                    self.checks,
                    self.radios,
                    self.switches,
                    self.form,
                    self.buttons,
                    self.sliders,
                    self.tabs,
                    self.area,
                ),
                (3, 2.5, 3, 4, 3, 2, 0.8, 0.5),
            )[0]()
        )

    def _choices(self, kind: str, delegate: str, seal: str) -> str:
        words = self.words.words("sfn", self.rng.randint(1, 5))
        one = self.rng.randrange(len(words))
        make = delegate if self.chance(0.25) else kind
        rows = []
        for i, word in enumerate(words):
            on = i == one if seal == "radio" else self.chance(0.5)
            more = "Layout.fillWidth: true;" if make == delegate else ""
            rows.append(
                self.item(
                    make, seal, f"text: {self.quoted(word)}; {more} checked: {'true' if on else 'false'}"
                )
            )
        return f"ColumnLayout {{ spacing: 0; Layout.fillWidth: true; {' '.join(rows)} }}"

    def checks(self) -> str:
        """Check boxes."""
        return self._choices("CheckBox", "CheckDelegate", "checkbox")

    def radios(self) -> str:
        """Radio buttons."""
        return self._choices("RadioButton", "RadioDelegate", "radio")

    def switches(self) -> str:
        """Switches."""
        return self._choices("Switch", "SwitchDelegate", "switch")

    def buttons(self) -> str:
        """Buttons in a row."""
        rows = []
        for _ in range(self.rng.randint(1, 3)):
            more = self.rng.choice(
                ("", "", "highlighted: true;", "flat: true;", "checkable: true; checked: true;")
            )
            rows.append(self.item("Button", "button", f"{more} text: {self.quoted(self.words.word('a'))}"))
        if self.chance(0.2):
            rows.append(self.item("RoundButton", "button", f"text: {self.quoted(self.rng.choice('+−✓✕'))}"))
        return f"Flow {{ Layout.fillWidth: true; spacing: 8; {' '.join(rows)} }}"

    def field(self) -> str:
        """One control of a form."""
        roll, grow = self.rng.random(), "Layout.fillWidth: true;" if self.chance(0.6) else ""
        if roll < 0.5:
            said = f"text: {self.quoted(self.words.value())}"
            if self.chance(0.3):
                said = f"placeholderText: {self.quoted(self.words.word('f'))}"
            return self.item("TextField", "input", f"{grow} {said}")
        if roll < 0.8:
            model = ", ".join(self.quoted(w) for w in self.words.words("nsaf", 4))
            return self.item("ComboBox", "select", f"{grow} model: [{model}]")
        return self.item("SpinBox", "input", f"to: 9999; value: {self.rng.randint(0, 999)}")

    def form(self) -> str:
        """Labels and controls; a region."""
        rows = "".join(
            f"Label {{ text: {self.quoted(self.words.word('f'))} }} {self.field()} "
            for _ in range(self.rng.randint(1, 6))
        )
        return (
            f'GridLayout {{ objectName: "seal:form"; columns: {self.rng.choice((1, 2, 2))}; columnSpacing: 12; '
            f"Layout.fillWidth: true; {rows} }}"
        )

    def sliders(self) -> str:
        """Sliders and bars of progress."""
        rows = []
        for _ in range(self.rng.randint(1, 3)):
            value = f"Layout.fillWidth: true; value: {self.rng.uniform(0.03, 1):.2f}"
            rows.append(
                self.item("Slider", "slider", value)
                if self.chance(0.5)
                else self.item("ProgressBar", "progress bar", value)
            )
        return f"ColumnLayout {{ Layout.fillWidth: true; spacing: 8; {' '.join(rows)} }}"

    def area(self) -> str:
        """A field of several lines."""
        return self.item(
            "TextArea",
            "input",
            f"Layout.fillWidth: true; wrapMode: Text.Wrap; text: {self.quoted(self.words.sentence(8, 24))}",
        )

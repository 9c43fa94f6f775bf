"""Names, numbers and shares of colours."""

from __future__ import annotations

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest

from seal.memory.colors import NAMES, color_name, dominant_colors
from seal.memory.errors import SettingError


@pytest.mark.parametrize(
    ("hex_value", "name"),
    [
        ("#000000", "black"),
        ("#111418", "black"),
        ("#ffffff", "white"),
        ("#f8f9fa", "white"),
        ("#808080", "gray"),
        ("#999999", "gray"),
        ("#333333", "dark gray"),
        ("#d3d3d3", "light gray"),
        ("#ff0000", "red"),
        ("#dc3545", "red"),
        ("#800000", "dark red"),
        ("#ffa500", "orange"),
        ("#fd7e14", "orange"),
        ("#ffff00", "yellow"),
        ("#ffc107", "yellow"),
        ("#00ff00", "green|lime"),
        ("#008000", "green|dark green"),
        ("#28a745", "green"),
        ("#006400", "dark green"),
        ("#90ee90", "light green"),
        ("#00ffff", "cyan"),
        ("#008080", "teal"),
        ("#0000ff", "blue"),
        ("#007bff", "blue"),
        ("#1a73e8", "blue"),
        ("#000080", "dark blue"),
        ("#add8e6", "light blue"),
        ("#87ceeb", "light blue"),
        ("#800080", "purple"),
        ("#6f42c1", "purple"),
        ("#ff00ff", "magenta"),
        ("#ffc0cb", "light pink|pink"),
        ("#ff69b4", "pink"),
        ("#a52a2a", "brown|dark red"),
        ("#8b4513", "brown"),
        ("#f5f5dc", "beige|light yellow"),
        ("#808000", "olive"),
    ],
)
def test_names_of_well_known_colours(hex_value: str, name: str) -> None:
    rgb = tuple(int(hex_value[i : i + 2], 16) for i in (1, 3, 5))
    assert color_name(rgb) in name.split("|")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_names_its_own_colour(name: str) -> None:
    assert color_name(tuple(int(NAMES[name][i : i + 2], 16) for i in (1, 3, 5))) == name  # type: ignore[arg-type]


def button(scale: int = 4) -> PIL.Image.Image:
    """A blue button, 200x60, with white text, drawn large and scaled down: every edge is smoothed."""
    image = PIL.Image.new("RGB", (200 * scale, 60 * scale), "#1e60e0")
    draw = PIL.ImageDraw.Draw(image)
    draw.text((100 * scale, 30 * scale), "Submit order", fill="white", anchor="mm", font_size=24 * scale)
    draw.ellipse((4 * scale, 20 * scale, 24 * scale, 40 * scale), fill="#e01b1b")
    return image.resize((200, 60), PIL.Image.Resampling.LANCZOS)


def test_a_button_has_three_colours_in_spite_of_smoothing() -> None:
    colors = dominant_colors(button())
    assert [c.name for c in colors][:3] == ["blue", "white", "red"]
    assert colors[0].hex == "#1e60e0"
    assert colors[0].share == pytest.approx(0.86, abs=0.05)
    assert sum(c.share for c in colors) <= 1 + 1e-9
    assert [c.share for c in colors] == sorted((c.share for c in colors), reverse=True)


def test_shares_hex_and_number() -> None:
    image = PIL.Image.new("RGB", (100, 100), "#ff8c00")
    image.paste("#000000", (0, 0, 100, 25))
    image.paste("#0a0a0a", (0, 0, 100, 5))
    assert dominant_colors(image) == [("orange", "#ff8c00", 0.75), ("black", "#000000", 0.25)]
    assert [c.name for c in dominant_colors(image, 1)] == ["orange"]
    big = image.resize((3000, 3000), PIL.Image.Resampling.NEAREST)
    assert [(c.name, round(c.share, 2)) for c in dominant_colors(big)] == [("orange", 0.75), ("black", 0.25)]


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1"])
def test_other_modes(mode: str) -> None:
    assert dominant_colors(PIL.Image.new(mode, (9, 9)))[0].name == "black"


def test_noise_gradient_and_nothing() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    for image in (PIL.Image.fromarray(noise), PIL.Image.linear_gradient("L")):
        colors = dominant_colors(image)
        assert 1 <= len(colors) <= 4
        assert all(0 < c.share <= 1 for c in colors)
        assert dominant_colors(image) == colors
    assert dominant_colors(PIL.Image.new("RGB", (0, 0))) == []
    with pytest.raises(SettingError, match="n=0"):
        dominant_colors(button(), 0)

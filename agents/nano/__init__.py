"""The embedded localizer for icons, widgets and regions."""

from pathlib import Path

__all__ = ["WEIGHTS"]

WEIGHTS = Path(__file__).parent / "localizer.safetensors"
"""The file of the networks, in the format of `weights`."""

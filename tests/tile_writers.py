"""Images that are read by tiles, written by the tests: DeepZoom and IIIF with Pillow, pyramids with libvips."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from seal.memory.geometry import Box
from seal.memory.image import Image

__all__ = ["deepzoom", "difference", "iiif", "picture", "tiff"]


def picture(width: int = 701, height: int = 503) -> PIL.Image.Image:
    """Soft colours, another one in every corner, and lines that show every shift by a pixel."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([255 * x / width, 255 * y / height, 128 + 90 * np.sin(x / 37) * np.cos(y / 23)], -1)
    rgb[(x % 50 < 3) | (y % 70 < 3)] = 20
    return PIL.Image.fromarray(rgb.astype(np.uint8))


def deepzoom(path: Path, image: PIL.Image.Image, side: int = 64, overlap: int = 1) -> Path:
    """The image as DeepZoom: `path` (.dzi) and the tiles beside it, PNG. Gives the folder of the tiles."""
    folder = path.with_name(f"{path.stem}_files")
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="png" Overlap="{overlap}" TileSize="{side}">'
        f'<Size Width="{image.width}" Height="{image.height}"/></Image>'
    )
    finest = math.ceil(math.log2(max(image.size)))
    for level in range(finest, -1, -1):
        (folder / str(level)).mkdir(parents=True)
        w, h = image.size
        for y in range(0, h, side):
            for x in range(0, w, side):
                box = (
                    max(0, x - overlap),
                    max(0, y - overlap),
                    min(w, x + side + overlap),
                    min(h, y + side + overlap),
                )
                image.crop(box).save(folder / str(level) / f"{x // side}_{y // side}.png")
        image = image.reduce(2)
    return folder


def iiif(folder: Path, image: PIL.Image.Image, version: int, side: int = 64) -> None:
    """The image as IIIF of level 0, with tiles in PNG."""
    w, h = image.size
    scales = [2**i for i in range(math.ceil(math.log2(max(w, h) / side)) + 1)]
    for scale in scales:
        small = image.reduce(scale)
        for y in range(0, h, side * scale):
            for x in range(0, w, side * scale):
                region = f"{x},{y},{min(w - x, side * scale)},{min(h - y, side * scale)}"
                tile = small.crop(
                    (
                        x // scale,
                        y // scale,
                        min(small.width, x // scale + side),
                        min(small.height, y // scale + side),
                    )
                )
                size = f"{tile.width}," if version == 2 else f"{tile.width},{tile.height}"
                (folder / region / size / "0").mkdir(parents=True)
                tile.save(folder / region / size / "0" / "default.png")
    tiles = [{"width": side, "scaleFactors": scales}]
    told = {
        "@context": f"http://iiif.io/api/image/{version}/context.json",
        "width": w,
        "height": h,
        "tiles": tiles,
    }
    (folder / "info.json").write_text(json.dumps(told))


def tiff(path: Path, image: PIL.Image.Image, **options: object) -> None:
    """The image as a pyramid of tiles of 64 px, with what libvips takes; skips the test where there is none."""
    pyvips = pytest.importorskip("pyvips")
    how = {
        "tile": True,
        "tile_width": 64,
        "tile_height": 64,
        "pyramid": True,
        "compression": "deflate",
    } | options
    pyvips.Image.new_from_array(np.asarray(image)).tiffsave(str(path), **how)


def difference(image: Image, reference: PIL.Image.Image, box: Box, side: int | None = None) -> float:
    """Mean difference of a look to what Pillow makes of the same region, 0 to 255."""
    seen = image.region(box, side)
    x0, y0, x1, y1 = (int(v) for v in box.xyxy)
    wanted = reference.crop((x0, y0, x1, y1)).resize(seen.size, PIL.Image.Resampling.LANCZOS)
    return float(np.abs(np.asarray(seen).astype(int) - np.asarray(wanted)).mean())

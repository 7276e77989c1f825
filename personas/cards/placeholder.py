"""A picture for a card without one: a silhouette in colours of its own, that says what it is."""

import colorsys
import hashlib
import io
import math

import png

from langgraph_roleplay.personas.cards.png_chunks import copy_chunks, text_chunk

__all__ = ["draw_placeholder"]

_WIDTH, _HEIGHT, _SHADES = 256, 384, 48
_TEXT = b"A placeholder drawn by langgraph-roleplay: the card has no picture of its own."


def draw_placeholder(name: str) -> bytes:
    """Return a PNG of 256 by 384 pixels; the same name has the same colours."""
    hue = hashlib.sha256(name.encode(errors="replace")).digest()[0] / 256
    behind, before = _palette(hue, 0.30, 0.92), _palette((hue + 0.08) % 1, 0.55, 0.55)
    out = io.BytesIO()
    writer = png.Writer(_WIDTH, _HEIGHT, palette=[*behind, *before], bitdepth=8)
    writer.write(out, [_row(y) for y in range(_HEIGHT)])
    return copy_chunks(out.getvalue(), "placeholder", without=lambda _: False, more=[text_chunk("Comment", _TEXT)])


def _palette(hue: float, saturation: float, value: float) -> list[tuple[int, int, int]]:
    """From light to dark, as the picture gets darker towards its foot."""
    shades = (colorsys.hsv_to_rgb(hue, saturation, value * (1 - 0.45 * step / _SHADES)) for step in range(_SHADES))
    return [(round(255 * red), round(255 * green), round(255 * blue)) for red, green, blue in shades]


def _row(y: int) -> bytes:
    shade = y * _SHADES // _HEIGHT
    half = max(_half_width(y, 0.40, 0.19, 0.16), _half_width(y, 1.04, 0.42, 0.42))
    side = (_WIDTH - 2 * half) // 2
    return bytes([shade]) * side + bytes([_SHADES + shade]) * (_WIDTH - 2 * side) + bytes([shade]) * side


def _half_width(y: int, middle: float, wide: float, high: float) -> int:
    """Of an ellipse at this row, in pixels; its measures are shares of the picture's."""
    distance = (y / _HEIGHT - middle) / high
    return round(_WIDTH * wide * math.sqrt(1 - distance**2)) if abs(distance) < 1 else 0

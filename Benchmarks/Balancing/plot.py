#!/usr/bin/env python3
"""Draws docs/images/uneven.svg from the figures of uneven.py.

    python3 Benchmarks/Balancing/plot.py
    python3 Benchmarks/Balancing/plot.py --json /tmp/uneven.json --svg /tmp/uneven.svg
"""

import argparse
import json
import math
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROW, TOP, BAR = 30, 64, 16
NAMES, SHARES, LATENCIES, WIDTH = 150, 300, 290, 820
LATENCY_LEFT = NAMES + SHARES + 40
COLOURS = {
    "fast": "#4c8bbf", "fast too": "#9cc3e0", "slow": "#d9743f", "light": "#a8a8a8",
    "heavy": "#404040",
}
LEAST_MS, DECADES = 10, 3


def main() -> None:
    parser = argparse.ArgumentParser(description="Draws the figures of uneven.py.")
    parser.add_argument("--json", type=Path, default=HERE / "uneven.json")
    parser.add_argument(
        "--svg", type=Path, default=HERE.parent.parent / "docs" / "images" / "uneven.svg")
    chosen = parser.parse_args()
    results = json.loads(chosen.json.read_text())
    light, heavy = list(results)[0], list(results)[-1]
    chosen.svg.parent.mkdir(parents=True, exist_ok=True)
    chosen.svg.write_text(picture(light, results[light], heavy, results[heavy]))


def picture(light: str, at_light: dict, heavy: str, at_heavy: dict) -> str:
    height = TOP + ROW * len(at_heavy) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        text(NAMES, 22, f"share of requests, at {heavy} a second", weight="bold"),
        text(LATENCY_LEFT, 22, "p99 in milliseconds", weight="bold"),
    ]
    parts += legend(light, heavy) + axis(height)
    for index, name in enumerate(at_heavy):
        parts += row(TOP + ROW * index, name, at_light[name], at_heavy[name])
    return "\n".join(parts + ["</svg>", ""])


def legend(light: str, heavy: str) -> list[str]:
    parts, left = [], NAMES
    for name, label in (("fast", "1 ms"), ("fast too", "1 ms"), ("slow", "20 ms")):
        parts += [rectangle(left, 34, 12, 12, COLOURS[name]), text(left + 17, 45, label)]
        left += 70
    left = LATENCY_LEFT
    for name, rate in (("light", light), ("heavy", heavy)):
        parts += [rectangle(left, 34, 12, 12, COLOURS[name])]
        parts += [text(left + 17, 45, f"{rate} a second")]
        left += 120
    return parts


def axis(height: int) -> list[str]:
    parts = []
    for decade in range(DECADES + 1):
        place = LATENCY_LEFT + LATENCIES * decade / DECADES
        parts.append(
            f'<line x1="{place:.1f}" y1="{TOP - 6}" x2="{place:.1f}" y2="{height - 34}" '
            'stroke="#cccccc"/>')
        label = f"{LEAST_MS * 10 ** decade}"
        parts.append(text(place, height - 16, label, anchor="middle"))
    return parts


def row(top: float, name: str, light: dict, heavy: dict) -> list[str]:
    parts = [text(NAMES - 10, top + 13, name, anchor="end")]
    left = float(NAMES)
    for share, key in zip(heavy["shares"], ("fast", "fast too", "slow")):
        parts.append(rectangle(left, top, SHARES * share, BAR, COLOURS[key]))
        left += SHARES * share
    for offset, figures, key in ((0, light, "light"), (BAR / 2, heavy, "heavy")):
        width = LATENCIES * min(1, max(0, math.log10(figures["p99"] / LEAST_MS) / DECADES))
        parts.append(rectangle(LATENCY_LEFT, top + offset, width, BAR / 2 - 1, COLOURS[key]))
    return parts


def rectangle(left: float, top: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{colour}"/>')


def text(
    left: float, base: float, words: str, anchor: str = "start", weight: str = "normal",
) -> str:
    return (
        f'<text x="{left:.1f}" y="{base:.1f}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{words}</text>")


if __name__ == "__main__":
    main()

"""Median and spread. Ratios are paired: round 3 of one peer against round 3 of the other."""

import math
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    middle: float
    least: float
    most: float


def spread(values: list[float]) -> Spread | None:
    known = [value for value in values if not math.isnan(value)]
    return Spread(median(known), min(known), max(known)) if known else None


def values(rounds: list[dict], key: str) -> list[float]:
    """The rounds that count: those without an error."""
    return [entry[key] for entry in rounds if entry["errors"] == 0]


def paired_ratio(rounds: list[dict], others: list[dict], key: str) -> Spread | None:
    return spread([
        ours[key] / theirs[key]
        for ours, theirs in zip(rounds, others)
        if ours["errors"] == 0 and theirs["errors"] == 0 and theirs[key] > 0
    ])

"""Compares the subject of the run with targets.json: medians, and medians of paired ratios."""

import json
from pathlib import Path

from statistic import paired_ratio, spread, values

TARGETS = Path(__file__).with_name("targets.json")


def check(results: dict, subject: str) -> tuple[bool, list[str]]:
    """(all met, one line per target). A target whose workload or peer did not run is missed,
    so that a check can't pass by measuring less."""
    all_met, lines = True, []
    for target in json.loads(TARGETS.read_text()):
        found = _measured(results, subject, target)
        met = found is not None and found <= target["at_most"]
        all_met = all_met and met
        against = f" to {target['against']}" if "against" in target else ""
        shown = "not measured" if found is None else f"{found:.2f}"
        lines.append(
            f"  {'met   ' if met else 'MISSED'}  {target['workload']}: {target['measure']}"
            f"{against} {shown}, target <= {target['at_most']}")
    return all_met, lines


def _measured(results: dict, subject: str, target: dict) -> float | None:
    by_peer = results.get(target["workload"], {})
    rounds = by_peer.get(subject, [])
    if any(entry["errors"] for entry in rounds):
        return None
    if "against" in target:
        found = paired_ratio(rounds, by_peer.get(target["against"], []), target["measure"])
    else:
        found = spread(values(rounds, target["measure"]))
    return found.middle if found else None

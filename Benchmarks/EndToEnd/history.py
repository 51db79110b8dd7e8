"""Appends each run as one JSON line to Benchmarks/history/ (ignored by git), a file per month."""

import json
import subprocess
import time
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "history"


def append(results: dict, facts: list[str]) -> Path:
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / time.strftime("%Y-%m.jsonl", time.gmtime())
    entry = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": _commit(),
        "facts": facts,
        "results": results,
    }
    with open(path, "a") as file:
        file.write(json.dumps(entry) + "\n")
    return path


def _commit() -> str:
    answer = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=Path(__file__).parent,
        capture_output=True, text=True, check=False)
    return answer.stdout.strip()

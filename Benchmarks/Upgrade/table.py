"""The comparison as a Markdown table: a column for each run."""

from counts import ANNOUNCED, FAULTS
from replacing import Replacing

FAULT_NAMES = {
    "refused": "connects refused", "reset": "reset in a request",
    "closed_without_response": "closed without a response", "truncated": "truncated answers",
    "not_200": "other status than 200", "wrong_body": "wrong bodies", "timeouts": "timeouts",
    "keepalive_closed": "keep-alive clients closed", "websocket_closed": "WebSockets closed",
}


def spread(values: list) -> str:
    if not values:
        return "-"
    least, most = min(values), max(values)
    return f"{least}" if least == most else f"{least} to {most}"


def rows(run: Replacing) -> dict[str, str]:
    counts = run.counts
    found = {
        "replacements": f"{run.done}",
        "requests answered": f"{counts['requests']}",
        "requests per second": f"{counts['requests_per_second']}",
    }
    for kind in FAULTS:
        found[FAULT_NAMES[kind]] = f"{counts[kind]}"
    found |= {
        "... of the keep-alive ones announced": f"{counts[ANNOUNCED]}",
        "slow downloads and uploads complete": f"{counts['downloads']} and {counts['uploads']}",
        "WebSocket messages echoed": f"{counts['messages']}",
        "slowest short answer": f"{counts['slowest_milliseconds']} ms",
        "longest replacement": f"{max(run.seconds_to_replace, default=0):.2f} s",
        "processes before the first": f"{run.at_start}",
        "processes 1 s after each": spread(run.left_after),
        "old processes at the end": f"{run.old_at_end}",
        "oldest lingered": lingering(run),
        "times old processes had to be ended": f"{run.forced}",
        "descriptors of the pid file's process": spread(run.descriptors),
        "listening socket kept": "yes" if run.inode_kept else "no",
    }
    return found


def lingering(run: Replacing) -> str:
    longest = max(run.lingered.values(), default=0)
    return f"{'more than ' if run.old_at_end or run.forced else ''}{longest:.1f} s"


def markdown(runs: dict[str, dict[str, str]]) -> str:
    lines = ["| | " + " | ".join(runs) + " |", "|---" + "|---:" * len(runs) + "|"]
    for row in next(iter(runs.values()), {}):
        lines.append(f"| {row} | " + " | ".join(run[row] for run in runs.values()) + " |")
    return "\n".join(lines)

"""Turns rounds into tables: aligned for the terminal, Markdown for docs/PERFORMANCE.md.

`results` is a dictionary workload -> peer -> list of rounds (dictionaries with `errors`).
"""

from statistic import Spread, paired_ratio, spread, values
from workloads import ALLOCATIONS, FIRST_REQUEST, IDLE, LOADS, SYSTEM_CALLS

REFERENCES = ("nginx", "haproxy")


def tables(results: dict) -> list[tuple[str, list[list[str]]]]:
    """(title, rows) pairs; the first row of each is the heading."""
    found = [
        (f"{load.title} ({load.name})", _load_rows(results[load.name]))
        for load in LOADS if load.name in results
    ]
    if IDLE in results:
        found.append((f"Memory per idle connection ({IDLE})", _idle_rows(results[IDLE])))
    if SYSTEM_CALLS in results:
        found.append((
            f"System calls per request at 64 connections ({SYSTEM_CALLS})",
            _system_call_rows(results[SYSTEM_CALLS])))
    if ALLOCATIONS in results:
        found.append((
            f"Calls of malloc and relatives ({ALLOCATIONS})",
            _allocation_rows(results[ALLOCATIONS])))
    if FIRST_REQUEST in results:
        found.append((
            f"Start to first 200 ({FIRST_REQUEST})", _first_rows(results[FIRST_REQUEST])))
    return found


def as_text(results: dict) -> str:
    return "\n".join(
        f"\n{title}\n{_aligned(rows)}" for title, rows in tables(results))


def as_markdown(results: dict, facts: list[str]) -> str:
    parts = ["\n".join(f"- {fact}" for fact in facts)]
    for title, rows in tables(results):
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        lines.insert(1, "|---" + "|---:" * (len(rows[0]) - 1) + "|")
        parts.append(f"### {title}\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def round_line(workload: str, peer: str, number: int, of: int, entry: dict) -> str:
    shown = {
        "cpu_us": "{:.1f} µs CPU/request", "requests_per_second": "{:.0f} requests/s",
        "waited": "waited {:.1%}", "bytes_per_connection": "{:.0f} bytes/connection",
        "calls_per_request": "{:.2f} calls/request", "milliseconds": "{:.1f} ms",
        "per_request": "{:.2f} allocations/request",
    }
    parts = [form.format(entry[key]) for key, form in shown.items() if key in entry]
    if entry["errors"]:
        parts.append(f"FAILED: {entry.get('reason', str(entry['errors']) + ' errors')}")
    return f"  {workload:<24}{number}/{of}  {peer:<16}{', '.join(parts)}"


def _load_rows(by_peer: dict) -> list[list[str]]:
    rows = [["peer", "CPU µs/request", *_ratio_headings(by_peer), "requests/s", "p50 µs",
             "p99 µs", "waited", "errors"]]
    for peer, rounds in by_peer.items():
        rows.append([
            peer, _span(spread(values(rounds, "cpu_us")), 1), *_ratios(by_peer, peer, "cpu_us"),
            _middle(rounds, "requests_per_second", 0), _middle(rounds, "p50_us", 0),
            _middle(rounds, "p99_us", 0), _percent(rounds, "waited"), _errors(rounds)])
    return rows


def _idle_rows(by_peer: dict) -> list[list[str]]:
    rows = [["peer", "bytes/connection", *_ratio_headings(by_peer), "connections",
             "before, MiB", "after, MiB", "errors"]]
    for peer, rounds in by_peer.items():
        before, after = (
            spread([size / 1024 / 1024 for size in values(rounds, key)])
            for key in ("before_bytes", "after_bytes"))
        rows.append([
            peer, _span(spread(values(rounds, "bytes_per_connection")), 0),
            *_ratios(by_peer, peer, "bytes_per_connection"),
            _middle(rounds, "connections", 0), _span(before, 1), _span(after, 1),
            _errors(rounds)])
    return rows


def _system_call_rows(by_peer: dict) -> list[list[str]]:
    """One column per peer, one row per call, rarest (below 0.005) left out."""
    shares = {peer: (rounds or [{}])[-1].get("by_name", {}) for peer, rounds in by_peer.items()}
    names = {name for calls in shares.values() for name, share in calls.items() if share >= 0.005}
    order = sorted(names, key=lambda name: -max(calls.get(name, 0) for calls in shares.values()))
    rows = [["call", *by_peer]]
    for name in order:
        rows.append([name, *(_share(calls.get(name, 0)) for calls in shares.values())])
    rows.append(["all", *(
        _span(spread(values(rounds, "calls_per_request")), 2) for rounds in by_peer.values())])
    if any(entry["errors"] for rounds in by_peer.values() for entry in rounds):
        rows.append(["errors", *(_errors(rounds) for rounds in by_peer.values())])
    return rows


def _allocation_rows(by_peer: dict) -> list[list[str]]:
    rows = [["peer", "per request, keep-alive", "per connection of one request", "errors"]]
    for peer, rounds in by_peer.items():
        rows.append([
            peer, _span(spread(values(rounds, "per_request")), 2),
            _span(spread(values(rounds, "per_connection")), 2), _errors(rounds)])
    return rows


def _first_rows(by_peer: dict) -> list[list[str]]:
    return [["peer", "milliseconds"]] + [
        [peer, _span(spread(values(rounds, "milliseconds")), 1)]
        for peer, rounds in by_peer.items()
    ]


def _ratio_headings(by_peer: dict) -> list[str]:
    return [f"to {name}" for name in REFERENCES if name in by_peer and len(by_peer) > 1]


def _ratios(by_peer: dict, peer: str, key: str) -> list[str]:
    return [
        "1" if name == peer else _span(paired_ratio(by_peer[peer], by_peer[name], key), 2)
        for name in REFERENCES if name in by_peer and len(by_peer) > 1
    ]


def _span(found: Spread | None, digits: int) -> str:
    if found is None:
        return "-"
    middle, least, most = (
        f"{value:.{digits}f}" for value in (found.middle, found.least, found.most))
    return middle if least == most else f"{middle} ({least}..{most})"


def _middle(rounds: list[dict], key: str, digits: int) -> str:
    found = spread(values(rounds, key))
    return f"{found.middle:.{digits}f}" if found else "-"


def _percent(rounds: list[dict], key: str) -> str:
    found = spread(values(rounds, key))
    return f"{found.middle:.1%}" if found else "-"


def _share(value: float) -> str:
    return f"{value:.2f}" if value else "-"


def _errors(rounds: list[dict]) -> str:
    return str(sum(entry["errors"] for entry in rounds))


def _aligned(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  " + "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths))).rstrip()
        for row in rows)

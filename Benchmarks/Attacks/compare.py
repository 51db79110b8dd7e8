"""Runs the table against pingora-lb, nginx and HAProxy and writes Markdown. See README.md.

    compare.py [--binary PATH] [--output docs/ATTACKS.md]
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import cases as table
import proxies
import run
import verdict

PEERS = ("nginx", "haproxy")
NAMES = {"pingora-lb": "pingora-lb", "nginx": "nginx", "haproxy": "HAProxy"}
CELL = 72

INTRODUCTION = """\
# Attacks

{total} byte sequences that have desynchronised, misled or stalled proxies, sent over real sockets to
pingora-lb, {nginx} and {haproxy}, each before an origin that
records every byte. `Benchmarks/Attacks/compare.py` wrote this page; the cases and what is right for
each stand in [the table](../Benchmarks/Attacks/README.md). `AttackTableTests` runs it against
pingora-lb in each test run.

What a case wants: the answers in order, whether the connection ends (`close`), and the requests that
may reach the origin. `200!` is an answer cut short, `raw` is no HTTP/1 answer, `partial` the beginning
of a request, and `open` alone says that nothing came within {patience} s. What goes on must be strict
HTTP/1.1: else the fault stands in brackets, and what the origin can't read it answers with 418.

## Summary

- *Meets*: exactly what the case wants.
- *Allowed*: another answer that the RFCs permit, or a refusal in another way.
- *Noted*: a documented choice of the peer, or of the configuration it was given; see below.
- *Differs*: anything else. Not each is a hole: many are lenient readings that need a second
  lenient reader to do harm.

pingora-lb is judged without *allowed* and *noted*, but the table was written beside it: where
several answers are right, the wanted one is the strictest, and that is mostly its own. What HAProxy
forwards of a bad message may vary from run to run, for it passes bodies on as they come. nginx and HAProxy
are older than their newest versions: Debian's, with its security patches. They run as their manuals
show for a reverse proxy with keep-alive ([proxies.py](../Benchmarks/Attacks/proxies.py)).
"""


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--binary", default=".build/pingora-lb")
    options.add_argument("--output")
    chosen = options.parse_args()
    cases, elsewhere, sections = table.read()
    results = {
        name: {case.identifier: outcome for case, outcome in run.run(name, chosen.binary, cases)}
        for name in ("pingora-lb",) + PEERS}
    versions = {
        peer: proxies.version(peer, chosen.binary).replace("HAProxy version", "HAProxy")
        for peer in PEERS}
    text = "\n".join(
        [INTRODUCTION.format(total=len(cases), patience=run.PATIENCE, **versions)]
        + summary(cases, sections, results) + known(cases) + differences(cases, results)
        + noted(cases, results) + tested_elsewhere(elsewhere))
    if chosen.output:
        Path(chosen.output).write_text(text)
    else:
        print(text, end="")
    failing = [
        case.identifier for case in cases
        if own_verdict(case, results) == verdict.DIFFERS and not case.known]
    if failing:
        print(f"pingora-lb differs: {', '.join(failing)}", file=sys.stderr)
    return 1 if failing else 0


def own_verdict(case, results):
    outcome = results["pingora-lb"][case.identifier]
    return verdict.DIFFERS if isinstance(outcome, str) or verdict.problems(case, outcome) \
        else verdict.MEETS


def peer_verdict(case, results, peer):
    return verdict.of_peer(case, results[peer][case.identifier], peer)


def summary(cases, sections, results):
    lines = [
        "| | Cases | pingora-lb | | nginx | | | | HAProxy | | | |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        "| | | meets | differs |" + " meets | allowed | noted | differs |" * 2,
    ]
    for letter in sorted(sections) + [None]:
        picked = [case for case in cases if letter in (None, case.section)]
        if not picked:
            continue
        own = Counter(own_verdict(case, results) for case in picked)
        cells = [len(picked), own[verdict.MEETS], own[verdict.DIFFERS]]
        for peer in PEERS:
            count = Counter(peer_verdict(case, results, peer) for case in picked)
            cells += [count[kind] for kind in (
                verdict.MEETS, verdict.ALLOWED, verdict.NOTED, verdict.DIFFERS)]
        title = f"{letter}. {sections[letter]}" if letter else "**All**"
        lines.append(f"| {title} | " + " | ".join(map(str, cells)) + " |")
    return lines + [""]


def known(cases):
    lines = ["## Where pingora-lb is not right yet", ""]
    return lines + [
        f"- {case.identifier}, {case.name}: {case.known}" for case in cases if case.known] + [""]


def differences(cases, results):
    lines = [
        "## Where nginx or HAProxy differ", "",
        "An empty cell: as wanted, allowed or noted. pingora-lb does what is wanted in each row but",
        "those above.", "",
        "| | Case | Wanted | nginx | HAProxy |", "|---|---|---|---|---|"]
    for case in cases:
        cells = [
            got(case, results[peer][case.identifier])
            if peer_verdict(case, results, peer) == verdict.DIFFERS else "" for peer in PEERS]
        if any(cells):
            row = [case.identifier, escaped(case.name), code(case.want.text)] + cells
            lines.append("| " + " | ".join(row) + " |")
    return lines + [""]


def got(case, outcome):
    """What became of the case: the outcome, and what the origin or the client got beyond that."""
    if isinstance(outcome, str):
        return outcome
    checks = [
        f"{kind.replace('lacks', 'got').replace('has', 'lacks').replace('-', ' ')} `{word}`"
        for kind, word in (
            (problem.split(" ", 1)[0], problem.split("'")[1].replace("|", "\\|"))
            for problem in verdict.failed_checks(case, outcome) if "'" in problem)]
    rest = [problem for problem in verdict.failed_checks(case, outcome) if "'" not in problem]
    return "; ".join([code(outcome.text())] + checks[:1] + rest)


def noted(cases, results):
    groups = {}
    for case in cases:
        for peer in PEERS:
            if peer_verdict(case, results, peer) == verdict.NOTED:
                groups.setdefault((peer, case.notes[peer]), []).append(case.identifier)
    lines = ["## Choices of peers", "", "| | Why | Cases |", "|---|---|---|"]
    return lines + [
        f"| {NAMES[peer]} | {escaped(note)} | {ranges(found)} |"
        for (peer, note), found in groups.items()] + [""]


def ranges(identifiers):
    """`D13.1, D13.2, D13.3` as `D13.1 to D13.3`: of what follows each other."""
    groups = []
    for name in identifiers:
        stem, _, number = name.rpartition(".") if "." in name else (name[0], "", name[1:])
        last = groups[-1] if groups else None
        if last and last[0] == stem and last[2] + 1 == int(number):
            groups[-1] = (stem, last[1], int(number), last[3], name)
        else:
            groups.append((stem, int(number), int(number), name, name))
    return ", ".join(a if a == b else f"{a} to {b}" for _, _, _, a, b in groups)


def tested_elsewhere(elsewhere):
    lines = [
        "## Not in the table", "", "What no exchange of one second can show:", "",
        "| | What, and where it is held |", "|---|---|"]
    return lines + [f"| {name} | {escaped(text)} |" for name, text in elsewhere.items()] + ["", RUN]


def escaped(text):
    for character in "\\|<`*_":
        text = text.replace(character, "\\" + character)
    return text


def code(text):
    text = table.re.sub(r"^((?:\d{3}!? ){8})(?:\d{3}!? )+", r"\1... ", text)
    text = text if len(text) <= CELL else text[:CELL] + "..."
    return "`` " + text.replace("|", "\\|") + " ``" if "`" in text \
        else "`" + text.replace("|", "\\|") + "`"


RUN = """\
## Run it

    scripts/build-release
    python3 Benchmarks/Attacks/run.py                    # pingora-lb; status 1 if a case fails
    python3 Benchmarks/Attacks/run.py --only C7          # one case, with all that happened
    python3 Benchmarks/Attacks/run.py --proxy haproxy
    python3 Benchmarks/Attacks/compare.py --output docs/ATTACKS.md

Less than 10 s each for a proxy that answers all, up to 20 s for one that lets cases wait. All on
127.0.0.1. `scripts/bootstrap bench` installs nginx and HAProxy.
"""

if __name__ == "__main__":
    sys.exit(main())

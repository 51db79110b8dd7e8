"""Judges what became of a case."""

import re
from collections import Counter

MEETS, ALLOWED, NOTED, DIFFERS = "meets", "allowed", "noted", "differs"


def problems(case, outcome, want=None):
    """What of the expectation does not hold; empty if all does."""
    want = want or case.want
    found = []
    if len(outcome.answers) != len(want.answers) or any(
            label not in labels for label, labels in zip(outcome.answers, want.answers)):
        found.append("answers")
    if outcome.closed != want.closes:
        found.append("ending")
    if Counter(outcome.requests) != Counter(want.requests):
        found.append("requests")
    if outcome.partial and not want.partial:
        found.append("part of a request went on")
    return found + outcome.faults + failed_checks(case, outcome)


def failed_checks(case, outcome):
    failed = []
    for kind, data in case.checks:
        side, word = kind.split("-")
        if side == "upstream" and word == "has" and not outcome.requests:
            continue
        text = outcome.upstream_bytes if side == "upstream" else outcome.client_bytes
        if (data.lower() in text.lower()) != (word == "has"):
            failed.append(f"{kind} {data.decode('latin-1')!r}")
    if case.upstreams is not None and outcome.upstreams != case.upstreams:
        failed.append(f"upstream connections: {outcome.upstreams}")
    return failed


def of_peer(case, outcome, peer):
    """A peer may also answer as an `allow` line says, or refuse in another way. What its manual
    or our configuration of it explains has a note."""
    if isinstance(outcome, str):
        return DIFFERS
    if not problems(case, outcome):
        return MEETS
    if any(not problems(case, outcome, want) for want in case.allow):
        return ALLOWED
    if is_refusal(outcome) and case.want.refuses:
        return ALLOWED
    return NOTED if peer in case.notes else DIFFERS


def is_refusal(outcome):
    """At most one answer, an error; the connection ends; no whole request went on."""
    return (
        outcome.closed and not outcome.requests and not outcome.faults
        and (not outcome.answers
             or len(outcome.answers) == 1 and re.fullmatch(r"[45]\d\d", outcome.answers[0])))

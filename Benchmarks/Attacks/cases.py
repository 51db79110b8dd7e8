"""Reads the table of cases, strictly: what is not understood is an error. The format is in README.md."""

import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"

# What most cases begin with. They stand as `<POST>` in the table.
MACROS = {
    "GET": "GET / HTTP/1.1\\r\\nHost: a\\r\\n",
    "POST": "POST / HTTP/1.1\\r\\nHost: a\\r\\n",
    "CHUNKED": "POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n",
    "UPGRADE": "GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: upgrade\\r\\nUpgrade: foo\\r\\n",
    "OK": "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok",
    "101": "HTTP/1.1 101 Switching Protocols\\r\\nConnection: upgrade\\r\\nUpgrade: foo\\r\\n\\r\\n",
}

# Follows the bytes of every case that is not `alone`: what an attacker hopes to have served.
NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"

CLIENT_STEPS = ("send", "then", "await", "drip", "finish", "vanish")
ORIGIN_STEPS = ("reply", "early", "more", "hangup", "abort")
CHECKS = ("upstream-has", "upstream-lacks", "client-has", "client-lacks")
PEERS = ("nginx", "haproxy")


@dataclass
class Want:
    """Answers (each a set of labels), whether the connection ends, and what the origin sees."""

    text: str
    answers: list
    closes: bool
    requests: list
    partial: bool

    @property
    def refuses(self):
        return self.closes and not self.requests and len(self.answers) <= 1


@dataclass
class Case:
    identifier: str
    name: str
    section: str
    client: list = field(default_factory=list)
    origin: list = field(default_factory=list)
    want: Want = None
    allow: list = field(default_factory=list)
    checks: list = field(default_factory=list)
    notes: dict = field(default_factory=dict)
    why: str = ""
    known: str = ""
    alone: bool = False
    short_deadlines: bool = False
    upstreams: int = None


class Malformed(Exception):
    """A line that the reader does not understand."""


def repeated(text: str) -> str:
    """`{{text*count}}`, where `#` becomes 0, 1, 2 and so on."""
    def expand(match):
        if "#" not in match[1]:
            return match[1] * int(match[2])
        return "".join(match[1].replace("#", str(index)) for index in range(int(match[2])))
    return re.sub(r"\{\{(.*?)\*(\d+)\}\}", expand, text)


def unescape(text: str) -> bytes:
    """`\\r \\n \\t \\\\ \\xNN`, `<MACRO>` and `{{text*count}}`; all else is ASCII that stands for itself."""
    for name, value in MACROS.items():
        text = text.replace(f"<{name}>", value)
    text = repeated(text)
    plain = {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\"}
    out = bytearray()
    # By runs: some cases are a megabyte.
    for run in re.finditer(r"[^\\]+|\\x([0-9a-f]{2})|\\([rnt\\])|\\", text):
        if run[1]:
            out += bytes([int(run[1], 16)])
        elif run[2]:
            out += plain[run[2]]
        elif run[0] == "\\":
            raise Malformed(f"unknown escape in {text[:80]!r}")
        else:
            out += run[0].encode("ascii")
    return bytes(out)


def parse_want(text: str) -> Want:
    """`400|501 close`, or `200 200 open; POST / hello; GET /next`; `200!` is an answer cut short."""
    first, *requests = repeated(text).split("; ")
    *answers, ending = first.split(" ")
    if ending not in ("close", "open"):
        raise Malformed(f"expected close or open at the end of {first!r}")
    sets = [set(re.split(r"\|", answer)) for answer in answers]
    if any(not re.fullmatch(r"\d{3}!?", label) for labels in sets for label in labels):
        raise Malformed(f"expected statuses in {first!r}")
    exact = [tuple(map(unescape, (r.split(" ", 2) + ["", ""])[:3])) for r in requests if r != "partial"]
    return Want(text, sets, ending == "close", exact, "partial" in requests)


def read(folder: Path = FOLDER):
    """All cases, and `{id: where it is tested instead}`."""
    cases, elsewhere, sections = [], {}, {}
    for path in sorted(folder.glob("*.txt")):
        section = None
        for number, line in enumerate(path.read_text("ascii").splitlines(), 1):
            try:
                section = read_line(line, path.stem, section, cases, elsewhere, sections)
            except (Malformed, ValueError, IndexError, KeyError) as error:
                raise Malformed(f"{path.name}:{number}: {error}") from error
    for case in cases:
        if case.want is None or not case.client:
            raise Malformed(f"{case.identifier}: no want or nothing to send")
    identifiers = [case.identifier for case in cases] + list(elsewhere)
    twice = {name for name in identifiers if identifiers.count(name) > 1}
    if twice:
        raise Malformed(f"twice: {sorted(twice)}")
    for case in cases:
        if not case.alone:
            kind, data = case.client[-1]
            case.client[-1] = (kind, data + NEXT)
    return cases, elsewhere, sections


def read_line(line, stem, section, cases, elsewhere, sections):
    if not line or line.startswith("# "):
        return section
    if line != line.strip():
        raise Malformed("white space at an end of the line: write \\x20")
    word, _, rest = line.partition(" ")
    if word == "section":
        if not stem.startswith(rest[0]):
            raise Malformed(f"section {rest[0]} in {stem}")
        sections[rest[0]] = rest[2:]
        return rest[0]
    if word in ("case", "elsewhere"):
        identifier, _, name = rest.partition(" ")
        if not re.fullmatch(rf"{section}[1-9]\d*(\.[1-9]\d*)?", identifier) or not name:
            raise Malformed(f"bad identifier or no name: {rest!r}")
        if word == "case":
            cases.append(Case(identifier, name, section))
        else:
            elsewhere[identifier] = name
        return section
    read_field(cases[-1], word, rest)
    return section


def read_field(case, word, rest):
    flags = ("alone", "short-deadlines", "finish", "vanish", "hangup", "abort")
    may_be_empty = ("reply", "more", "then", "await")
    if (word in flags) == bool(rest) and word not in may_be_empty:
        raise Malformed(f"{word} with {rest!r}")
    if word in CLIENT_STEPS:
        if word == "send" and case.client and case.client[-1][0] == "send":
            case.client[-1] = ("send", case.client[-1][1] + unescape(rest))
        else:
            case.client.append((word, unescape(rest)))
    elif word in ORIGIN_STEPS:
        case.origin.append((word, unescape(rest)))
    elif word in CHECKS:
        case.checks.append((word, unescape(rest)))
    elif word == "want" and case.want is None:
        case.want = parse_want(rest)
    elif word == "allow":
        case.allow.append(parse_want(rest))
    elif word in PEERS:
        case.notes[word] = rest
    elif word in ("why", "known"):
        setattr(case, word, rest)
    elif word in ("alone", "short-deadlines"):
        setattr(case, word.replace("-", "_"), True)
    elif word == "upstreams":
        case.upstreams = int(rest)
    else:
        raise Malformed(f"unknown word {word!r}")

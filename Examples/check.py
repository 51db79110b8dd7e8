"""Builds every example and tries what its top comment says, on free ports.

In a top comment, `$ command` is run by the shell and must print the lines below it, `> line` must
be among what the program itself prints; `*` stands for anything. Commands run where the programs
are, which are built from a copy, in which the ports 6188, 9001 and 9002 are free ones.

    python3 Examples/check.py [NAME...]
"""

import fnmatch
import pathlib
import shutil
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Beside Examples, so that `..` is the repository for the copy too.
COPY = ROOT / ".build-examples"
PATIENCE = 20


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


def copy_with(ports):
    """Copies the package; files that are as they were keep their time, and are not compiled."""
    (COPY / "Programs").mkdir(parents=True, exist_ok=True)
    shutil.copy2(ROOT / "Examples/Package.swift", COPY)
    sources = sorted((ROOT / "Examples/Programs").glob("*.swift"))
    for source in sources:
        text = source.read_text()
        for known, free in ports.items():
            text = text.replace(known, free)
        (COPY / "Programs" / source.name).write_text(text)
    return [source.stem for source in sources]


def build():
    command = ["swift", "build", "--package-path", COPY]
    subprocess.run(command, check=True, stdout=sys.stderr)
    shown = subprocess.run(command + ["--show-bin-path"], check=True, capture_output=True)
    return pathlib.Path(shown.stdout.decode().strip())


class Program:
    """A running example; it ends with the `with` block."""

    def __init__(self, path, port):
        self.path, self.port = path, port

    def __enter__(self):
        self.process = subprocess.Popen(
            [self.path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(self.port))) == 0:
                    return self
            time.sleep(0.01)
        self.process.kill()
        raise SystemExit(f"{self.path.name} does not listen: {self.process.communicate()[1]}")

    def __exit__(self, *_):
        self.process.terminate()
        self.output, self.errors = self.process.communicate(timeout=PATIENCE)


def comment_of(name):
    lines = []
    for line in (COPY / "Programs" / f"{name}.swift").read_text().splitlines():
        if not line.startswith("//"):
            return lines
        lines.append(line.removeprefix("//"))
    return lines


def steps_of(comment):
    """Yields each command with the lines that it must print."""
    command, expected = None, []
    for line in comment + [""]:
        indented = line.startswith("     ")
        if command and (not indented or line.startswith("     $ ")):
            yield command, expected
            command = None
        if line.startswith("     $ "):
            command, expected = line[7:], []
        elif command:
            expected.append(line[5:])


def matches(lines, patterns):
    return len(lines) == len(patterns) and all(map(fnmatch.fnmatchcase, lines, patterns))


def check(name, binary, port):
    """Returns what is wrong with an example, as lines."""
    comment = comment_of(name)
    problems = []
    steps = list(steps_of(comment))
    with Program(binary, port) as program:
        for command, expected in steps:
            answer = subprocess.run(
                command, shell=True, cwd=binary.parent, capture_output=True, text=True,
                timeout=PATIENCE, check=False)
            lines = answer.stdout.replace("\r", "").rstrip("\n").splitlines()
            if not matches(lines, expected):
                problems += [f"$ {command}", *lines, "instead of", *expected]
    printed = program.output.splitlines()
    for pattern in (line[7:] for line in comment if line.startswith("     > ")):
        if not fnmatch.filter(printed, pattern):
            problems += [f"does not print {pattern}", *printed]
    if not steps:
        problems.append("the top comment has no command to try")
    if program.process.returncode != 0:
        problems.append(f"ends with {program.process.returncode}: {program.errors}")
    return problems


def main(wanted):
    listen, first, second = free_ports(3)
    names = copy_with({"6188": listen, "9001": first, "9002": second})
    folder = build()
    failed = False
    for name in names:
        if wanted and name not in wanted:
            continue
        if name == "Origins":
            problems = check(name, folder / name, first)
        else:
            with Program(folder / "Origins", second):
                problems = check(name, folder / name, listen)
        print(f"{name}: {'failed' if problems else 'as its comment says'}", *problems, sep="\n    ")
        failed = failed or bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

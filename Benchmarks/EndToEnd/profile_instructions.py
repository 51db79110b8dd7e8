"""Instructions per proxied request in user space, by where they are spent (valgrind's callgrind).

    scripts/build-release && python3 Benchmarks/EndToEnd/profile_instructions.py .build/pingora-lb

Counts are the same on a busy machine, which times are not. Eight kept-alive clients take turns; what
the first requests cost is left out.
"""

import re
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import cores
import origin
import ports
import processes
from peers.nginx import Nginx
from peers.pingora_lb import PingoraLB

CLIENTS, WARM_UP, REQUESTS, SHOWN = 8, 400, 4000, 25
# valgrind runs some fifty times slower than the processor.
START_SECONDS = 30.0
GROUPS = [
    ("our modules", re.compile(r"^\$s(\d+Pingora)")),
    ("Swift tasks", re.compile(r"[Tt]ask|StatusRecord|ontinuation|runJob|StackAllocator|mutex")),
    ("reference counts", re.compile(r"retain|release|isUniquely")),
    ("standard library", re.compile(r"^\$s")),
    ("copies of memory", re.compile(r"mem(cpy|move|set)")),
]


def main() -> int:
    binary = Path(sys.argv[1]).resolve()
    processes.stop_on_signals()
    with tempfile.TemporaryDirectory(prefix="pingora-profile-") as name:
        directory = Path(name)
        directory.chmod(0o777)
        try:
            _, origin_port = origin.start(directory, cores.plan())
            # Without debug information, whose format callgrind may not know.
            stripped = directory / "pingora-lb"
            subprocess.run(["strip", "-g", "-o", str(stripped), str(binary)], check=True)
            for peer in (PingoraLB(str(stripped)), Nginx()):
                report(peer.name, profile(peer, directory, origin_port))
        finally:
            processes.stop_all()
    return 0


def profile(peer, directory: Path, origin_port: int) -> Counter:
    """Instructions of each function over all measured requests."""
    port, output = ports.free_port(), directory / f"{peer.name}.callgrind"
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}"]
    command += peer.command(directory, port, origin_port, None)
    if isinstance(peer, Nginx):
        # All in one process: callgrind counts the one that it started.
        configuration = directory / "nginx.conf"
        text = configuration.read_text()
        configuration.write_text(text.replace("daemon off;", "daemon off; master_process off;"))
    child = processes.start(command, directory / f"{peer.name}.log")
    ports.wait_for_200(
        port, origin.TINY, lambda: processes.is_alive(child), limit_seconds=START_SECONDS)
    drive(port, WARM_UP)
    for action in ("--zero", None, "--dump"):
        if action:
            subprocess.run(["callgrind_control", action, str(child.pid)], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        else:
            drive(port, REQUESTS)
    processes.stop(child)
    return parse(sorted(directory.glob(f"{peer.name}.callgrind*"))[-1])


def drive(port: int, count: int) -> None:
    clients = [socket.create_connection((ports.ADDRESS, port)) for _ in range(CLIENTS)]
    request = ports.request_bytes(origin.ONE_KIB)
    for _ in range(count // CLIENTS):
        for client in clients:
            client.sendall(request)
        for client in clients:
            answer = b""
            while not answer.endswith(b"x" * 1024):
                piece = client.recv(65536)
                if not piece:
                    raise RuntimeError("the peer closed a connection")
                answer += piece
    for client in clients:
        client.close()


def parse(path: Path) -> Counter:
    """Own instructions by function. The line behind `calls=` is what the callee cost."""
    names, own, function, is_callee = {}, Counter(), None, False
    for line in path.read_text(errors="replace").splitlines():
        named = re.match(r"c?fn=\((\d+)\)(?: (.*))?$", line)
        if named:
            if named.group(2):
                names[named.group(1)] = named.group(2)
            if line.startswith("fn="):
                function = named.group(1)
        elif line.startswith("calls="):
            is_callee = True
        elif line[:1] in "0123456789+-*" and line:
            if not is_callee:
                own[function] += int(line.split()[-1])
            is_callee = False
    return Counter({names[key]: value for key, value in own.items()})


def report(peer: str, own: Counter) -> None:
    print(f"\n{peer}: {sum(own.values()) / REQUESTS:.0f} instructions per request")
    if not any(name.startswith("$s") for name in own):
        return
    groups = Counter()
    for name, value in own.items():
        match = next((group for group, form in GROUPS if form.search(name)), "the rest")
        groups[match] += value
    for group, value in groups.most_common():
        print(f"  {value / REQUESTS:7.0f}  {group}")
    print("the most of it:")
    top = own.most_common(SHOWN)
    readable = subprocess.run(
        ["swift", "demangle", "--compact", "--simplified"], check=False, text=True,
        input="\n".join(name for name, _ in top), capture_output=True).stdout.splitlines()
    for (_, value), name in zip(top, readable):
        print(f"  {value / REQUESTS:7.0f}  {name[:88]}")


sys.exit(main())

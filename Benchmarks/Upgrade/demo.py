"""scripts/upgrade-demo: pingora-lb is upgraded three times under load, and nobody notices."""

import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True

import processes
from load import Load, Origin
from proxies.pingora_lb import PingoraLB
from proxies.proxy import free_port

UPGRADES = 3
BEFORE_SECONDS = 8.0
BETWEEN_SECONDS = 11.0
LOOK_AFTER_SECONDS = 1.0
LEAVE_SECONDS = 2.0
LOAD_OPTIONS = ("--rate", "1000", "--slow-seconds", "10", "--live")
# Elsewhere than on a terminal, every so many of the lines of each second.
SHOWN_ONE_OF = 4


class Screen:
    """Lines that stay, and below them the one of the load, which changes each second."""

    def __init__(self):
        self.in_place = sys.stdout.isatty()
        self.lock = threading.Lock()
        self.last = ""

    def say(self, text: str = "") -> None:
        with self.lock:
            print(f"\r\x1b[K{text}\n{self.last}" if self.in_place and self.last else text,
                  end="" if self.in_place and self.last else "\n", flush=True)

    def follow(self, lines) -> None:
        """Shows what the load counts until it ends."""
        for number, line in enumerate(lines, 1):
            with self.lock:
                text = f"  {line.decode().rstrip()}"
                if self.in_place:
                    self.last = text
                    print(f"\r\x1b[K{text}", end="", flush=True)
                elif number % SHOWN_ONE_OF == 0:
                    print(text, flush=True)

    def end_following(self) -> None:
        with self.lock:
            if self.last:
                print()
            self.last = ""


def upgrade(proxy: PingoraLB, number: int, screen: Screen) -> None:
    old = proxy.main_pid()
    started = time.monotonic()
    proxy.new_first = False
    proxy.replace()
    seconds = time.monotonic() - started
    time.sleep(LOOK_AFTER_SECONDS)
    old_ones = len(processes.of_proxy()) - 1
    drains = f", {old_ones} old one{'s'[:old_ones != 1]} with a slow transfer" if old_ones else ""
    screen.say(f"  upgrade {number}:  pid {old} -> {proxy.main_pid()}   took {seconds:4.2f} s   "
               f"{processes.descriptors(proxy.main_pid())} descriptors{drains}")


def show(binary: Path, directory: Path, screen: Screen) -> int:
    origin = load = None
    try:
        origin = Origin()
        PingoraLB.binary = binary
        proxy = PingoraLB(directory, free_port(), origin.port)
        proxy.start()
        inodes = processes.listening_inodes(proxy.port)
        screen.say(f"  pingora-lb   127.0.0.1:{proxy.port}, pid {proxy.main_pid()}, "
                   f"{directory}/conf.yaml")
        screen.say("  load         8 clients kept alive, 4 that connect anew, 50 nearly idle,")
        screen.say("               a slow download, a slow upload and a WebSocket")
        screen.say("  upgrade      kill -QUIT OLD && pingora-lb -c conf.yaml -d -u\n")
        load = Load(proxy.port, *LOAD_OPTIONS, live=subprocess.PIPE)
        follower = threading.Thread(target=screen.follow, args=(load.process.stderr,))
        follower.start()
        time.sleep(BEFORE_SECONDS)
        for number in range(1, UPGRADES + 1):
            upgrade(proxy, number, screen)
            time.sleep(BETWEEN_SECONDS)
        kept = processes.listening_inodes(proxy.port) == inodes
        counts = load.finish()
        follower.join()
        screen.end_following()
        return report(counts, kept, processes_left(), screen)
    finally:
        for process in (load, origin):
            if process:
                process.stop()
        screen.end_following()
        processes.end_all()


def processes_left() -> int:
    """When the load is gone, nothing keeps an old process."""
    deadline = time.monotonic() + LEAVE_SECONDS
    while (count := len(processes.of_proxy())) > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    return count


def report(counts: dict, socket_kept: bool, left: int, screen: Screen) -> int:
    screen.say(f"\n  {counts['requests']} requests on {counts['connections']} connections, "
               f"{counts['messages']} messages, {counts['downloads']} downloads, "
               f"{counts['uploads']} uploads; slowest answer {counts['slowest_milliseconds']} ms")
    screen.say(f"  listening socket: {'the same' if socket_kept else 'another'}; "
               f"processes left: {left}")
    screen.say(f"  faults: {counts['faults']}")
    for event in counts["events"]:
        screen.say(f"    {event}")
    return 0 if not counts["faults"] and socket_kept and left == 1 else 1


def main(binary: str) -> int:
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    processes.adopt_daemons()
    screen = Screen()
    screen.say("pingora-lb is upgraded three times under load (45 s; Ctrl-C ends it)\n")
    try:
        with tempfile.TemporaryDirectory(prefix="pingora-demo-") as directory:
            return show(Path(binary).resolve(), Path(directory), screen)
    except KeyboardInterrupt:
        print("interrupted; all is cleaned up", file=sys.stderr)
        return 130
    except RuntimeError as error:
        print(f"scripts/upgrade-demo: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

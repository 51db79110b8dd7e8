"""The command line."""

import argparse

import workloads


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Compares pingora-lb with nginx and HAProxy.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds per workload (5)")
    parser.add_argument("--seconds", type=int, default=3, help="length of a measured run (3)")
    parser.add_argument("--workloads", type=_names(workloads.NAMES), default=workloads.NAMES,
                        metavar="LIST", help=f"of {','.join(workloads.NAMES)}")
    parser.add_argument("--peers", type=lambda text: text.split(","), metavar="LIST",
                        help="of nginx,nginx-buffered,haproxy,pingora-lb and the names given "
                             "with --peer-command; all but nginx-buffered by default")
    parser.add_argument("--pingora-lb", metavar="PATH", help="the binary under test")
    parser.add_argument("--peer-command", action="append", default=[], metavar="NAME=COMMAND",
                        help="another peer; {port}, {origin} and {log} are replaced")
    parser.add_argument("--subject", default="pingora-lb", help="the peer --check looks at")
    parser.add_argument("--check", action="store_true", help="compare with targets.json")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables as Markdown too")
    return parser.parse_args()


def _names(allowed: list[str]):
    def parse_list(text: str) -> list[str]:
        chosen = text.split(",")
        unknown = set(chosen) - set(allowed)
        if unknown:
            raise argparse.ArgumentTypeError(
                f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(allowed)}")
        return [name for name in allowed if name in chosen]
    return parse_list

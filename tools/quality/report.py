"""The measurement as a table for people, as JSON for programs, and as a part of docs/quality.md."""

import dataclasses
import os
import pathlib
import platform
from typing import Any

import numpy as np

import opus
from measurement import Line, Path, Result

# The bridge may score so much lower than libopus coding twice.
TOLERANCE = 0.2
_BEGIN, _END = "<!-- written by tools/bench-quality: begin -->", "<!-- written by tools/bench-quality: end -->"
_HEAD = (
    "Network", "Lost", "libopus once", "libopus twice", "bridge", "bridge − twice", "worst sentence: twice", "bridge",
    "to the clean mix: twice", "bridge", "Delay")
_INSIDE = (
    "Network", "Packets lost", "With a copy in the next", "Recovered by FEC", "Late", "Concealed", "Stretched", "Shrunk", "Depth at the end",
    "Late ticks")


def difference(line: Line) -> float:
    """By how much the bridge scores higher than libopus coding twice, sentence for sentence."""
    return float(np.mean(np.array(line.bridge.pesq) - np.array(line.twice.pesq)))


def _error(line: Line) -> float:
    """The standard error of that difference."""
    differences = np.array(line.bridge.pesq) - np.array(line.twice.pesq)
    return float(np.std(differences, ddof=1) / np.sqrt(len(differences)))


def table(result: Result) -> str:
    """Two tables in Markdown, and a third where ViSQOL was asked for."""
    parts = [_markdown(_HEAD, [_scores(line) for line in result.lines])]
    if result.lines[0].bridge.visqol:
        rows = [(line.network.name, *(f"{np.mean(path.visqol):.2f}" for path in _paths(line))) for line in result.lines]
        parts.append("ViSQOL:\n\n" + _markdown(("Network", "libopus once", "libopus twice", "bridge"), rows))
    parts.append("What the bridge says of the talkers' legs, all voices together:\n\n"
                 + _markdown(_INSIDE, [_inside(line) for line in result.lines]))
    return "\n\n".join(parts)


def _paths(line: Line) -> tuple[Path, Path, Path]:
    return line.once, line.twice, line.bridge


def _scores(line: Line) -> tuple[str, ...]:
    means = [f"{np.mean(path.pesq):.2f}" for path in _paths(line)]
    mark = "" if difference(line) >= -TOLERANCE else " **below**"
    return (
        line.network.name, f"{100 * line.lost / line.packets:.1f} %", *means,
        f"{difference(line):+.2f} ± {_error(line):.2f}{mark}", f"{min(line.twice.pesq):.2f}",
        f"{min(line.bridge.pesq):.2f}", f"{np.mean(line.twice.pesq_to_clean):.2f}",
        f"{np.mean(line.bridge.pesq_to_clean):.2f}", f"{np.median(line.bridge.delay_milliseconds):.0f} ms")


def _inside(line: Line) -> tuple[str, ...]:
    counts = line.counts
    return (
        line.network.name, f"{line.lost}", f"{line.recoverable}", f"{counts['packetsRecovered']:.0f}",
        f"{counts['packetsLate']:.0f}",
        f"{counts['millisecondsConcealed']:.0f} ms", f"{counts['millisecondsStretched']:.0f} ms",
        f"{counts['millisecondsShrunk']:.0f} ms", f"{np.mean(line.depths):.0f} ms", f"{line.late_ticks}")


def _markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    rule = ("---", *("---:" for _ in head[1:]))
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def circumstances(result: Result, command: str) -> str:
    late = max(line.late_ticks for line in result.lines)
    missing = sum(line.missing for line in result.lines)
    return (
        f"`{command}`: {result.sentences} sentences, {result.seconds:.0f} s of speech a line, {opus.version()}, "
        f"{os.cpu_count()} cores of {platform.machine()}. The sender sent 99 % of packets within "
        f"{result.sender_late_milliseconds:.1f} ms of their time; no line has more than {late} late ticks; {missing} of the "
        "bridge's packets did not come.")


def as_json(result: Result, command: str) -> dict[str, Any]:
    lines = []
    for line in result.lines:
        entry = dataclasses.asdict(line) | {"name": line.network.name}
        entry["difference"], entry["standardError"] = difference(line), _error(line)
        lines.append(entry)
    return {
        "command": command, "sentences": result.sentences, "seconds": result.seconds, "libopus": opus.version(),
        "senderLateMilliseconds": result.sender_late_milliseconds, "lines": lines}


def write(page: pathlib.Path, text: str) -> None:
    """Puts the text between the marks of the page; raises ValueError where it has none."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{page} has no lines {_BEGIN} and {_END}")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")

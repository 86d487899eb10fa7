"""Each network's speech through libopus once, through libopus twice, and through the bridge: the same packets lost."""

import dataclasses
import pathlib
from collections.abc import Callable

import numpy as np

import bridge
import network
import opus
import scoring
import speech
from network import Network
from opus import Sound
from scoring import Heard
from speech import Talk

BITRATE = 32_000
# The talker's is libopus's own choice; the bridge's is what it encodes with while it sheds nothing.
TALKER_COMPLEXITY, BRIDGE_COMPLEXITY = 9, 5
# A mix's packets do not begin where the talker's do: 7 ms, about the middle between two of 20 ms less the codec's own.
_SECOND_CODING_OFFSET = 336
# A run in which a packet was sent so much too late is spoilt.
_LATEST_SECONDS = 0.02
_ATTEMPTS = 3


@dataclasses.dataclass
class Path:
    """The scores of one way through one network, sentence by sentence."""

    # Against what was said; against the same way through the clean network; ViSQOL against what was said.
    pesq: list[float] = dataclasses.field(default_factory=list)
    pesq_to_clean: list[float] = dataclasses.field(default_factory=list)
    visqol: list[float] = dataclasses.field(default_factory=list)
    delay_milliseconds: list[float] = dataclasses.field(default_factory=list)

    def add(self, heard: list[Heard], clean: list[Heard], uses_visqol: bool) -> None:
        for one, other in zip(heard, clean):
            self.pesq.append(scoring.pesq_wb(one.said, one.heard))
            self.pesq_to_clean.append(scoring.pesq_wb(other.heard, one.heard))
            self.delay_milliseconds.append(one.delay_seconds * 1_000)
            if uses_visqol:
                self.visqol.append(scoring.visqol_speech(one.said, one.heard))

    def extend(self, other: "Path") -> None:
        self.pesq += other.pesq
        self.pesq_to_clean += other.pesq_to_clean
        self.visqol += other.visqol
        self.delay_milliseconds += other.delay_milliseconds


@dataclasses.dataclass
class Line:
    """All that was measured of one network."""

    network: Network
    once: Path = dataclasses.field(default_factory=Path)
    twice: Path = dataclasses.field(default_factory=Path)
    bridge: Path = dataclasses.field(default_factory=Path)
    packets: int = 0
    lost: int = 0
    # Lost packets of which the next one is there, and has a copy.
    recoverable: int = 0
    # Sums over all voices of what the bridge says of the talker's leg; depths are the last of each voice.
    counts: dict[str, float] = dataclasses.field(default_factory=dict)
    depths: list[float] = dataclasses.field(default_factory=list)
    late_ticks: int = 0
    missing: int = 0


_COUNTED = (
    "packetsLost", "packetsLate", "packetsRecovered", "millisecondsConcealed", "millisecondsStretched",
    "millisecondsShrunk",
)


@dataclasses.dataclass
class Result:
    lines: list[Line]
    sentences: int
    seconds: float
    # By how much 99 % of packets were sent late at the most, in the worst voice's run.
    sender_late_milliseconds: float = 0


def measure(
    program: pathlib.Path, quick: bool, uses_visqol: bool, seed: int, tell: Callable[[str], None]
) -> Result:
    """Voice after voice; all networks of one voice at the same time."""
    talks = speech.talks(1, 3) if quick else speech.talks(4, 6)
    lines = [Line(each) for each in network.table(quick)]
    seconds = sum(len(talk.sound) for talk in talks) / opus.RATE
    result = Result(lines, sum(len(talk.sentences) - 1 for talk in talks), seconds)
    with bridge.running(program) as running:
        for index, talk in enumerate(talks):
            tell(f"{talk.voice}: {len(talk.sound) / opus.RATE:.0f} s through {len(lines)} rooms at once")
            late = _measure_voice(running, talk, lines, seed + index, uses_visqol)
            result.sender_late_milliseconds = max(result.sender_late_milliseconds, late * 1_000)
    return result


def _measure_voice(running: bridge.Bridge, talk: Talk, lines: list[Line], seed: int, uses_visqol: bool) -> float:
    expected = {line.network.loss_percent for line in lines}
    coded = {loss: opus.encode(talk.sound, BITRATE, TALKER_COMPLEXITY, loss) for loss in expected}
    calls, lateness = _run_unspoilt(running, [(line.network, coded[line.network.loss_percent]) for line in lines], seed)
    alone = _Alone(talk, coded, seed, uses_visqol)
    clean: list[Heard] = []
    for call, line in zip(calls, lines):
        heard = _heard(talk, call, line)
        # The clean network comes first.
        clean = clean or heard
        line.bridge.add(heard, clean, uses_visqol)
        once, twice = alone.scores(line.network)
        line.once.extend(once)
        line.twice.extend(twice)
        _count_losses(line, coded[line.network.loss_percent], seed)
    return lateness


def _run_unspoilt(
    running: bridge.Bridge, streams: list[tuple[Network, list[bytes]]], seed: int
) -> tuple[list[bridge.Call], float]:
    """Where the machine stood still, so that packets did not leave or ticks were passed over, it is done again."""
    for _ in range(_ATTEMPTS):
        calls, lateness = bridge.run(running, streams, seed)
        if max(lateness) < _LATEST_SECONDS and not any(bridge.decoded(call)[2] for call in calls):
            break
    return calls, float(np.percentile(lateness, 99))


def _count_losses(line: Line, packets: list[bytes], seed: int) -> None:
    lost = line.network.losses(len(packets), seed)
    line.packets += len(lost)
    line.lost += sum(lost)
    following = zip(lost, lost[1:], packets[1:])
    line.recoverable += sum(here and not after and opus.carries_fec(packet) for here, after, packet in following)


def _heard(talk: Talk, call: bridge.Call, line: Line) -> list[Heard]:
    """What the room's listener heard, found in time; and what the bridge says of the talker."""
    sound, began, missing = bridge.decoded(call)
    line.missing += missing
    line.late_ticks += call.late_ticks
    for name in _COUNTED:
        line.counts[name] = line.counts.get(name, 0) + call.quality.get(name, 0)
    line.depths.append(call.quality.get("depthMilliseconds", 0))
    return scoring.find(talk, sound, round((call.began - began) * opus.RATE))


class _Alone:
    """What libopus makes of the same packets after the same loss, and of that coded once more as the bridge does. Jitter
    costs it nothing: it waits for every packet. So each loss is decoded and scored once."""

    def __init__(self, talk: Talk, coded: dict[int, list[bytes]], seed: int, uses_visqol: bool) -> None:
        self._talk, self._coded, self._seed, self._uses_visqol = talk, coded, seed, uses_visqol
        self._clean = self._hear(Network())
        self._scored: dict[Network, tuple[Path, Path]] = {}

    def scores(self, through: Network) -> tuple[Path, Path]:
        key = Network(through.loss_percent, through.in_bursts)
        if key not in self._scored:
            paths = Path(), Path()
            for path, heard, clean in zip(paths, self._hear(key), self._clean):
                path.add(heard, clean, self._uses_visqol)
            self._scored[key] = paths
        return self._scored[key]

    def _hear(self, through: Network) -> tuple[list[Heard], list[Heard]]:
        packets = self._coded[through.loss_percent]
        lost = through.losses(len(packets), self._seed)
        once = opus.decode([None if gone else packet for packet, gone in zip(packets, lost)])
        shifted: Sound = np.concatenate([np.zeros(_SECOND_CODING_OFFSET, np.float32), once])
        twice = opus.decode(list(opus.encode(shifted, BITRATE, BRIDGE_COMPLEXITY, 0)))
        return scoring.find(self._talk, once), scoring.find(self._talk, twice)

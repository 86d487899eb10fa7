"""What Opus's applications make of speech, of one voice and of several at once, and what they cost: docs/opus-modes.md."""

import dataclasses
import itertools
import pathlib
import re
import subprocess
import tempfile
from collections.abc import Callable

import numpy as np
import scipy.signal

import opus
import scoring
import speech
from opus import FRAME, RATE, Sound

_BITRATES, _COMPLEXITIES, _LOSSES = (24_000, 32_000, 48_000, 64_000, 96_000), (0, 5, 9), (0, 5, 10, 20)
# ViSQOL takes seconds a sentence: for one complexity.
_VISQOL_COMPLEXITY = 5
_SEVERAL = 3
_PIECE = 5 * RATE
_SCORED_RATE = 16_000


# In the order of modes_cost.c.
_KEYS = list(itertools.product(opus.APPLICATIONS, _BITRATES, _COMPLEXITIES))


@dataclasses.dataclass(frozen=True)
class Piece:
    """A sound to be coded whole, and the parts of it that are scored, in samples."""

    sound: Sound
    parts: list[tuple[int, int]]


def measure(quick: bool, seed: int, progress: Callable[[str], None]) -> str:
    """Both tables and what they were made of, as Markdown."""
    voices = 1 if quick else 3
    talks = speech.talks(max(voices, _SEVERAL), 3 if quick else 4)
    one = [Piece(talk.sound, talk.sentences[1:]) for talk in talks[:voices]]
    several = [_together(talks[:_SEVERAL])]
    progress("counting instructions")
    costs = _costs(talks[0])
    rows = []
    for key in _KEYS:
        progress(" ".join(map(str, key)))
        rows.append((key, costs[key], _score(one, *key), _score(several, *key)))
    head = (
        "Application", "kbit/s", "Complexity", "Instructions a frame", "Mode", "One voice: PESQ-WB", "ViSQOL",
        "Three at once: PESQ-WB", "ViSQOL")
    table = _markdown(head, [_row(*row) for row in rows])
    progress("loss")
    loss = _markdown(
        ("Lost at random", *(f"{name}, {rate // 1000} kbit/s" for name in opus.APPLICATIONS for rate in (32_000, 48_000))),
        [_loss_row(one, percent, seed) for percent in _LOSSES])
    seconds = sum(len(piece.sound) for piece in one + several) / RATE
    return (
        f"{table}\n\nOne voice, packets lost at random, as the bridge protects them: VOIP with in-band FEC and the loss told "
        f"to the encoder, the others with the loss told alone. PESQ-WB:\n\n{loss}\n\n"
        f"`tools/bench-quality --opus-modes{' --quick' if quick else ''}`: {seconds:.0f} s of speech, {opus.version()}.")


def _together(talks: list[speech.Talk]) -> Piece:
    """All at once, each beginning elsewhere in what they say, cut into parts."""
    length = min(len(talk.sound) for talk in talks)
    mix = sum(np.roll(talk.sound[:length], number * 2 * RATE) for number, talk in enumerate(talks)) / 2
    parts = [(start, start + _PIECE) for start in range(RATE, length - _PIECE - RATE, _PIECE)]
    return Piece(mix.astype(np.float32), parts)


def _score(pieces: list[Piece], application: str, bitrate: int, complexity: int) -> tuple[float, float | None]:
    """The mean PESQ-WB, and ViSQOL where it is asked for."""
    pesq, visqol = [], []
    for said, heard in _coded(pieces, application, bitrate, complexity):
        pesq.append(scoring.pesq_wb(said, heard))
        if complexity == _VISQOL_COMPLEXITY:
            visqol.append(scoring.visqol_speech(said, heard))
    return float(np.mean(pesq)), float(np.mean(visqol)) if visqol else None


def _coded(pieces: list[Piece], application: str, bitrate: int, complexity: int) -> list[tuple[Sound, Sound]]:
    """Every part as it went in and as it comes out, at 16 kHz."""
    late = opus.Encoder(bitrate, complexity, 0, application).lookahead
    pairs = []
    for piece in pieces:
        heard = opus.decode(opus.encode(piece.sound, bitrate, complexity, 0, application))[late:]
        pairs += _cut(piece, heard)
    return pairs


def _cut(piece: Piece, heard: Sound) -> list[tuple[Sound, Sound]]:
    narrow = [scipy.signal.resample_poly(sound, 1, RATE // _SCORED_RATE).astype(np.float32)
              for sound in (piece.sound, heard)]
    step = RATE // _SCORED_RATE
    return [(narrow[0][start // step : end // step], narrow[1][start // step : end // step])
            for start, end in piece.parts]


def _loss_row(pieces: list[Piece], percent: int, seed: int) -> tuple[str, ...]:
    cells = []
    for application in opus.APPLICATIONS:
        for bitrate in (32_000, 48_000):
            late = opus.Encoder(bitrate, _VISQOL_COMPLEXITY, percent, application).lookahead
            random, scores = np.random.default_rng(seed), []
            for piece in pieces:
                packets = opus.encode(piece.sound, bitrate, _VISQOL_COMPLEXITY, percent, application)
                lost = random.random(len(packets)) < percent / 100
                heard = opus.decode([None if gone else packet for gone, packet in zip(lost, packets)])[late:]
                scores += [scoring.pesq_wb(said, part) for said, part in _cut(piece, heard)]
            cells.append(f"{np.mean(scores):.2f}")
    return (f"{percent} %", *cells)


def _costs(talk: speech.Talk) -> dict[tuple[str, int, int], tuple[float, str]]:
    """Instructions of `opus_encode_float` a frame, and the mode of most packets, for everything that is measured."""
    start, end = talk.sentences[1]
    sound = talk.sound[start : start + (end - start) // FRAME * FRAME]
    source = pathlib.Path(__file__).with_name("modes_cost.c")
    with tempfile.TemporaryDirectory() as folder:
        path, out, program = f"{folder}/floats", f"{folder}/out", f"{folder}/modes_cost"
        sound.astype(np.float32).tofile(path)
        subprocess.run(["cc", "-O1", "-o", program, source, "-lopus"], check=True)
        subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--toggle-collect=opus_encode_float",
             "--dump-before=opus_encoder_create", program, path, ",".join(map(str, _BITRATES)),
             ",".join(map(str, _COMPLEXITIES))],
            check=True, capture_output=True)
        # The first file is what came before the first encoder; the last encoder's has no number.
        files = [f"{out}.{number}" for number in range(2, len(_KEYS) + 1)] + [out]
        return {key: (_total(pathlib.Path(file)) / (len(sound) // FRAME), _mode(sound, *key))
                for key, file in zip(_KEYS, files)}


def _total(path: pathlib.Path) -> int:
    found = re.search(r"^(?:totals|summary): (\d+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise ValueError(f"{path} has no total")
    return int(found[1])


def _mode(sound: Sound, application: str, bitrate: int, complexity: int) -> str:
    """RFC 6716, 3.1: configurations 0 to 11 are SILK alone, 12 to 15 hybrid, 16 to 31 CELT alone."""
    configurations = [packet[0] >> 3 for packet in opus.encode(sound, bitrate, complexity, 0, application)]
    middle = sorted(configurations)[len(configurations) // 2]
    return "SILK" if middle < 12 else "hybrid" if middle < 16 else "CELT"


def _row(
    key: tuple[str, int, int], cost: tuple[float, str], one: tuple[float, float | None], several: tuple[float, float | None]
) -> tuple[str, ...]:
    def scores(pair: tuple[float, float | None]) -> tuple[str, str]:
        return f"{pair[0]:.2f}", "" if pair[1] is None else f"{pair[1]:.2f}"

    application, bitrate, complexity = key
    return (
        application, f"{bitrate // 1000}", f"{complexity}", f"{cost[0] / 1000:,.0f} k", cost[1], *scores(one),
        *scores(several))


def _markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    rule = ("---", *("---:" for _ in head[1:]))
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))

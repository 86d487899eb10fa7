"""What is said: sentences of the sample conference, spoken by espeak-ng with several of its voices."""

import dataclasses
import pathlib
import re
import subprocess
import tempfile

import numpy as np
import scipy.io.wavfile
import scipy.signal

from opus import FRAME, RATE, Sound

_SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "Samples" / "conference" / "script.txt"
# The voices of these legs say every sentence.
_LEGS = ("alice", "bob", "moira", "emma")
_SHORTEST_LETTERS = 40
_PAUSE_SECONDS = 0.6
_LEVEL_DBFS, _NOISE_DBFS = -23, -75


@dataclasses.dataclass(frozen=True)
class Talk:
    """One voice's sentences, one behind the other with pauses of 0.6 s, at 48 kHz. A pause that short does not cost the
    talker their place in the mix. Whole frames of 20 ms."""

    voice: str
    sound: Sound
    # From where to where each sentence is spoken, in samples. The first warms everything up, and is not scored.
    sentences: list[tuple[int, int]]


def sentences() -> list[str]:
    """The longer English lines of the script, as they are."""
    rows = re.findall(r"^ *[\d.]+ \w+: (.+)$", _SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)
    return [row for row in rows if " = " not in row and len(row) >= _SHORTEST_LETTERS]


def talks(voice_count: int, sentence_count: int) -> list[Talk]:
    """So many voices, each saying so many sentences and one before them."""
    texts = sentences()
    chosen = [texts[index % len(texts)] for index in range(sentence_count + 1)]
    return [_talk(leg, chosen, seed) for seed, leg in enumerate(_LEGS[:voice_count], 1)]


def _talk(leg: str, texts: list[str], seed: int) -> Talk:
    pause = np.zeros(round(_PAUSE_SECONDS * RATE), np.float32)
    pieces, spans, at = [pause], [], len(pause)
    for text in texts:
        said = _speak(leg, text)
        spans.append((at, at + len(said)))
        pieces += [said, pause]
        at += len(said) + len(pause)
    pieces.append(np.zeros(-at % FRAME, np.float32))
    sound = np.concatenate(pieces)
    noise = np.random.default_rng(seed).normal(0, 10 ** (_NOISE_DBFS / 20), len(sound))
    return Talk(leg, (sound + noise).astype(np.float32), spans)


def _settings(leg: str) -> dict[str, str]:
    section = _SCRIPT.read_text(encoding="utf-8").split(f"[leg {leg}]", 1)[1].split("[", 1)[0]
    return dict(re.findall(r"^(\w+): (.+)$", section, re.MULTILINE))


def _speak(leg: str, text: str) -> Sound:
    """A sentence at 48 kHz and −23 dBFS RMS, without the silence around it."""
    settings = _settings(leg)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/said.wav"
        subprocess.run(
            ["espeak-ng", "-v", settings["voice"], "-p", settings["pitch"], "-s", settings["speed"], "-w", path, text],
            check=True, capture_output=True)
        rate, samples = scipy.io.wavfile.read(path)
    loud = np.flatnonzero(np.abs(samples) > 100)
    said = samples[loud[0] : loud[-1] + 1] / 32_768
    divisor = np.gcd(RATE, rate)
    wide = scipy.signal.resample_poly(said, RATE // divisor, rate // divisor)
    return (wide * 10 ** (_LEVEL_DBFS / 20) / np.sqrt(np.mean(wide**2))).astype(np.float32)

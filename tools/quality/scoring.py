"""Finds sentences in what was heard, and scores them by PESQ-WB (ITU-T P.862.2) and, on request, by ViSQOL."""

import dataclasses
import functools
from typing import Any

import numpy as np
import pesq
import scipy.signal

from opus import RATE, Sound
from speech import Talk

_SCORED_RATE = 16_000
_MARGIN = _SCORED_RATE // 4
_DOWN = RATE // _SCORED_RATE


@dataclasses.dataclass(frozen=True)
class Heard:
    """A sentence as it was said and as it was heard, at 16 kHz with 0.25 s around it."""

    said: Sound
    heard: Sound
    # How late it was against where it was looked for.
    delay_seconds: float


def find(talk: Talk, sound: Sound, offset: int = 0) -> list[Heard]:
    """The scored sentences of a talk in a sound at 48 kHz, each by cross-correlation. They are looked for from 0.1 s before
    `offset` samples behind their own places to 0.6 s after."""
    said, heard = _narrow(talk.sound), _narrow(sound)
    shift = offset // _DOWN
    return [_find(said, heard, start // _DOWN, end // _DOWN, shift) for start, end in talk.sentences[1:]]


def _narrow(sound: Sound) -> Sound:
    return scipy.signal.resample_poly(sound, 1, _DOWN).astype(np.float32)


def _find(said: Sound, heard: Sound, start: int, end: int, shift: int) -> Heard:
    before, after = _SCORED_RATE // 10, 6 * _SCORED_RATE // 10
    window = _cut(heard, start + shift - before, end + shift + after)
    match = scipy.signal.correlate(window, said[start:end], "valid", "fft")
    delay = int(np.argmax(np.abs(match))) - before
    place = start + shift + delay
    return Heard(
        _cut(said, start - _MARGIN, end + _MARGIN), _cut(heard, place - _MARGIN, place + end - start + _MARGIN),
        delay / _SCORED_RATE)


def _cut(sound: Sound, start: int, end: int) -> Sound:
    """From start to end, with silence where there is no sound."""
    padded = np.pad(sound, (max(0, -start), max(0, end - len(sound))))
    first = max(0, start)
    return padded[first : first + end - start]


def pesq_wb(reference: Sound, degraded: Sound) -> float:
    """1.0 to 4.64; the lowest score where PESQ finds no speech at all."""
    score = pesq.pesq(_SCORED_RATE, reference, degraded, "wb", on_error=pesq.PesqError.RETURN_VALUES)
    return max(1.0, float(score))


@functools.cache
def _visqol() -> Any:
    import visqol  # Only where it was asked for.

    api = visqol.VisqolApi()
    api.create(mode="speech")
    return api


def visqol_speech(reference: Sound, degraded: Sound) -> float:
    """1.0 to 5.0, by the polynomial mapping."""
    result = _visqol().measure_from_arrays(reference.astype(float), degraded.astype(float), _SCORED_RATE)
    return float(result.moslqo)

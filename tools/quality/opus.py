"""libopus by ctypes: what the talker sends, what a listener hears, and what the codec does without any bridge."""

import ctypes
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float32]

RATE = 48_000
# 20 ms, in samples at 48 kHz.
FRAME = 960
_LARGEST_PACKET = 1_500
APPLICATIONS = {"VOIP": 2_048, "AUDIO": 2_049, "RESTRICTED_LOWDELAY": 2_051}
_SET_BITRATE, _SET_COMPLEXITY, _SET_INBAND_FEC, _SET_LOSS = 4_002, 4_010, 4_012, 4_014
_GET_LOOKAHEAD = 4_027
_FLOATS = ctypes.POINTER(ctypes.c_float)


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL("libopus.so.0")
    library.opus_encoder_create.restype = ctypes.c_void_p
    library.opus_decoder_create.restype = ctypes.c_void_p
    library.opus_encode_float.argtypes = [ctypes.c_void_p, _FLOATS, ctypes.c_int, ctypes.c_char_p, ctypes.c_int32]
    library.opus_decode_float.argtypes = [
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32, _FLOATS, ctypes.c_int, ctypes.c_int]
    library.opus_get_version_string.restype = ctypes.c_char_p
    return library


_opus = _load()


def version() -> str:
    return _opus.opus_get_version_string().decode()


def _checked(result: int) -> int:
    if result < 0:
        raise RuntimeError(f"libopus answered {result}")
    return result


class Encoder:
    """Mono speech at 48 kHz to packets of 20 ms. In-band FEC is on where loss is expected, made for VOIP."""

    def __init__(self, bitrate: int, complexity: int, loss_percent: int, application: str = "VOIP") -> None:
        status = ctypes.c_int()
        self._state = ctypes.c_void_p(
            _opus.opus_encoder_create(RATE, 1, APPLICATIONS[application], ctypes.byref(status)))
        _checked(status.value)
        fec = 1 if loss_percent and application == "VOIP" else 0
        for request, value in (
            (_SET_BITRATE, bitrate), (_SET_COMPLEXITY, complexity), (_SET_INBAND_FEC, fec), (_SET_LOSS, loss_percent),
        ):
            _checked(_opus.opus_encoder_ctl(self._state, request, ctypes.c_int32(value)))

    def __del__(self) -> None:
        _opus.opus_encoder_destroy(self._state)

    @property
    def lookahead(self) -> int:
        """Samples by which the decoded sound is late."""
        value = ctypes.c_int32()
        _checked(_opus.opus_encoder_ctl(self._state, _GET_LOOKAHEAD, ctypes.byref(value)))
        return value.value

    def encode(self, frame: Sound) -> bytes:
        samples = np.ascontiguousarray(frame, np.float32)
        packet = ctypes.create_string_buffer(_LARGEST_PACKET)
        size = _opus.opus_encode_float(self._state, samples.ctypes.data_as(_FLOATS), FRAME, packet, _LARGEST_PACKET)
        return packet.raw[: _checked(size)]


class Decoder:
    """Packets of 20 ms to mono sound at 48 kHz."""

    def __init__(self) -> None:
        status = ctypes.c_int()
        self._state = ctypes.c_void_p(_opus.opus_decoder_create(RATE, 1, ctypes.byref(status)))
        _checked(status.value)

    def __del__(self) -> None:
        _opus.opus_decoder_destroy(self._state)

    def decode(self, packet: bytes) -> Sound:
        return self._run(packet, len(packet), 0)

    def recover(self, following: bytes) -> Sound:
        """What the packet after a loss carries of the lost one; concealment where it carries nothing."""
        return self._run(following, len(following), 1)

    def conceal(self) -> Sound:
        return self._run(None, 0, 0)

    def _run(self, packet: bytes | None, size: int, fec: int) -> Sound:
        samples = np.zeros(FRAME, np.float32)
        _checked(_opus.opus_decode_float(self._state, packet, size, samples.ctypes.data_as(_FLOATS), FRAME, fec))
        return samples


def carries_fec(packet: bytes) -> bool:
    """Whether a mono packet of 20 ms has a copy of the one before it: the bit behind that of voice activity, in the speech
    and hybrid modes (RFC 6716, 3.1 and 4.2.3)."""
    return len(packet) > 1 and packet[0] >> 3 < 16 and bool(packet[1] & 0x40)


def encode(
    sound: Sound, bitrate: int, complexity: int, loss_percent: int, application: str = "VOIP"
) -> list[bytes]:
    """Every whole frame of a sound as a packet."""
    encoder = Encoder(bitrate, complexity, loss_percent, application)
    return [encoder.encode(sound[at : at + FRAME]) for at in range(0, len(sound) - FRAME + 1, FRAME)]


def decode(packets: Sequence[bytes | None]) -> Sound:
    """The best that libopus makes of a stream in which `None` is lost: FEC where the next packet is there, else PLC."""
    decoder, frames = Decoder(), []
    for packet, following in zip(packets, [*packets[1:], None]):
        if packet is not None:
            frames.append(decoder.decode(packet))
        elif following is not None:
            frames.append(decoder.recover(following))
        else:
            frames.append(decoder.conceal())
    return np.concatenate(frames)

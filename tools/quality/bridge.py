"""A bridge of its own on loopback: started, asked over HTTP, loaded with rooms of one talker and one listener."""

import dataclasses
import gc
import heapq
import json
import os
import pathlib
import random
import secrets
import selectors
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import opus
from network import Network
from opus import FRAME, RATE, Sound

PAYLOAD_TYPE = 111
_SPACING = FRAME / RATE
_LEAD_SECONDS = 0.5
# The bridge tells quality once a second.
_SETTLE_SECONDS = 1.5


@dataclasses.dataclass
class Call:
    """A room with a talker and a listener, and what came of it."""

    network: Network
    packets: list[bytes]
    seed: int
    room: str
    talker: socket.socket
    listener: socket.socket
    talker_id: str = ""
    destination: tuple[str, int] = ("", 0)
    began: float = 0
    # When the listener's packets came, and they themselves.
    heard: list[tuple[float, bytes]] = dataclasses.field(default_factory=list)
    quality: dict[str, Any] = dataclasses.field(default_factory=dict)
    late_ticks: int = 0


class Bridge:
    """The HTTP API of a running `partyline host`."""

    def __init__(self, port: int, token: str) -> None:
        self._base, self._token = f"http://127.0.0.1:{port}", token

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            self._base + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def wait_until_up(self, process: subprocess.Popen[bytes], log: pathlib.Path) -> None:
        for _ in range(200):
            if process.poll() is not None:
                raise RuntimeError(f"the bridge ended: {log.read_text(errors='replace').strip()[-300:]}")
            try:
                return self.ask("GET", "/healthz")
            except (OSError, ValueError):
                time.sleep(0.05)
        raise RuntimeError("the bridge did not answer within 10 s")


@contextmanager
def running(program: pathlib.Path) -> Iterator[Bridge]:
    """A bridge with one media thread, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as name:
        folder, token = pathlib.Path(name), secrets.token_hex(16)
        (folder / "token").write_text(token + "\n")
        port, log = _free_port(), folder / "log"
        command = [program, "host", "--http", f"127.0.0.1:{port}", "--media-threads", "1", "--token-file", folder / "token"]
        environment = {**os.environ, "PARTYLINE_MEDIA_PORTS": "40000-49999"}
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            bridge = Bridge(port, token)
            bridge.wait_until_up(process, log)
            yield bridge
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=15)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _udp_socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.setblocking(False)
    return made


def run(bridge: Bridge, streams: list[tuple[Network, list[bytes]]], seed: int) -> tuple[list[Call], list[float]]:
    """Sends each stream through a room of its own, all at the same time; tells too how late each packet was sent, in
    seconds."""
    calls = [_join(bridge, network, packets, seed, index) for index, (network, packets) in enumerate(streams)]
    with _on_time():
        lateness = _drive(calls)
    for call in calls:
        member = bridge.ask("GET", f"/v1/rooms/{call.room}/members/{call.talker_id}")
        call.quality = member.get("quality", {})
        call.late_ticks = bridge.ask("GET", f"/v1/rooms/{call.room}")["quality"]["lateTicks"]
        bridge.ask("DELETE", f"/v1/rooms/{call.room}")
        call.talker.close()
        call.listener.close()
    return calls, lateness


def _join(bridge: Bridge, network: Network, packets: list[bytes], seed: int, index: int) -> Call:
    room = f"quality-{seed}-{index}"
    bridge.ask("POST", "/v1/rooms", {"name": room})
    call = Call(network, packets, seed, room, _udp_socket(), _udp_socket())
    _member(bridge, call, "listener", call.listener)
    talker = _member(bridge, call, "participant", call.talker)
    call.talker_id = talker["id"]
    call.destination = (talker["rtp"]["address"], talker["rtp"]["port"])
    return call


def _member(bridge: Bridge, call: Call, role: str, leg: socket.socket) -> dict[str, Any]:
    rtp = {"address": "127.0.0.1", "port": leg.getsockname()[1], "codec": "opus", "payloadType": PAYLOAD_TYPE}
    return bridge.ask("POST", f"/v1/rooms/{call.room}/members", {"name": role, "role": role, "rtp": rtp})


def _schedule(call: Call, start: float) -> list[tuple[float, bytes]]:
    """When each packet that is not lost arrives, by the network's seed."""
    chance = random.Random(f"{call.seed} {call.room}")
    call.began = start + chance.uniform(0, _SPACING)
    ssrc, first = chance.getrandbits(32), chance.getrandbits(15)
    lost = call.network.losses(len(call.packets), call.seed)
    delays = call.network.delays(len(call.packets), _SPACING, call.seed)
    result = []
    for index, packet in enumerate(call.packets):
        if lost[index]:
            continue
        marker = 0x80 if index == 0 else 0
        header = struct.pack("!BBHII", 0x80, marker | PAYLOAD_TYPE, (first + index) & 0xFFFF, index * FRAME, ssrc)
        # A frame can be sent when its last sample has been said.
        result.append((call.began + (index + 1) * _SPACING + delays[index], header + packet))
    return sorted(result)


@contextmanager
def _on_time() -> Iterator[None]:
    """Sends before everything else that wants the core, where the system lets us: a late sender would be jitter."""
    policy, parameter = os.sched_getscheduler(0), os.sched_getparam(0)
    gc.disable()
    try:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except PermissionError:
            pass  # How late it was stands below the table.
        yield
    finally:
        os.sched_setscheduler(0, policy, parameter)
        gc.enable()


def _drive(calls: list[Call]) -> list[float]:
    """Sends everything at its time and takes what comes; returns how late each packet was sent."""
    start = time.monotonic() + _LEAD_SECONDS
    queues = [[(when, index, data) for when, data in _schedule(call, start)] for index, call in enumerate(calls)]
    lateness: list[float] = []
    with selectors.DefaultSelector() as selector:
        for call in calls:
            selector.register(call.listener, selectors.EVENT_READ, call)
        for when, index, data in heapq.merge(*queues):
            _receive_until(selector, when)
            calls[index].talker.sendto(data, calls[index].destination)
            lateness.append(time.monotonic() - when)
        _receive_until(selector, time.monotonic() + _SETTLE_SECONDS)
    return lateness


def _receive_until(selector: selectors.BaseSelector, when: float) -> None:
    while (left := when - time.monotonic()) > 0:
        for key, _ in selector.select(left):
            call: Call = key.data
            try:
                call.heard.append((time.monotonic(), call.listener.recv(2_048)))
            except BlockingIOError:
                continue


def decoded(call: Call) -> tuple[Sound, float, int]:
    """What the listener heard; when its first sample could be played, by the median of its packets; and how many of the
    bridge's packets did not come."""
    rtp = [(when, data) for when, data in call.heard if len(data) > 12 and data[1] & 0x7F == PAYLOAD_TYPE]
    if not rtp:
        raise RuntimeError(f"the bridge sent nothing into room {call.room}")
    first = struct.unpack_from("!I", rtp[0][1], 4)[0]
    # Loopback keeps the order: none belongs before the first.
    by_place = {_place(data, first): _payload(data) for _, data in rtp}
    packets = [by_place.get(place) for place in range(max(by_place) + 1)]
    began = np.median([when - _place(data, first) * _SPACING for when, data in rtp])
    return opus.decode(packets), float(began), packets.count(None)


def _place(data: bytes, first: int) -> int:
    return ((struct.unpack_from("!I", data, 4)[0] - first) & 0xFFFFFFFF) // FRAME


def _payload(data: bytes) -> bytes:
    """What stands behind the header, its sources and its extension (RFC 3550, 5.1)."""
    at = 12 + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        at += 4 + 4 * struct.unpack_from("!H", data, at + 2)[0]
    return data[at:]

"""What the network does to a stream: seeded loss and jitter, the same for the bridge and for libopus alone."""

import dataclasses
import random

# A burst of loss lasts so many packets on average.
_BURST_PACKETS = 3


@dataclasses.dataclass(frozen=True)
class Network:
    """One line of the table."""

    loss_percent: int = 0
    in_bursts: bool = False
    # Each packet is delayed by up to so much, evenly distributed.
    jitter_milliseconds: int = 0
    # Whether packets may overtake each other.
    reorders: bool = False

    @property
    def name(self) -> str:
        parts = []
        if self.loss_percent:
            parts.append(f"{self.loss_percent} % {'in bursts' if self.in_bursts else 'random'}")
        if self.jitter_milliseconds:
            parts.append(f"jitter {self.jitter_milliseconds} ms{', reordered' if self.reorders else ''}")
        return " + ".join(parts) or "clean"

    @property
    def is_clean(self) -> bool:
        return self == Network()

    def losses(self, count: int, seed: int) -> list[bool]:
        """Which of so many packets are lost; the same for the same seed."""
        chance = random.Random(f"loss {seed} {self.loss_percent} {self.in_bursts}")
        share = self.loss_percent / 100
        if not self.in_bursts:
            return [chance.random() < share for _ in range(count)]
        # Gilbert's two states: everything is lost in the bad one.
        leave, enter = 1 / _BURST_PACKETS, share / (1 - share) / _BURST_PACKETS
        result, is_bad = [], False
        for _ in range(count):
            is_bad = chance.random() >= leave if is_bad else chance.random() < enter
            result.append(is_bad)
        return result

    def delays(self, count: int, spacing: float, seed: int) -> list[float]:
        """By how many seconds each of so many packets, sent `spacing` seconds apart, is held up."""
        chance = random.Random(f"jitter {seed} {self.jitter_milliseconds} {self.reorders}")
        result, last = [], 0.0
        for index in range(count):
            arrival = index * spacing + chance.uniform(0, self.jitter_milliseconds / 1_000)
            arrival = arrival if self.reorders else max(arrival, last)
            result.append(arrival - index * spacing)
            last = arrival
        return result


def table(quick: bool) -> list[Network]:
    """The networks measured, the clean one first."""
    random_loss = [Network(loss) for loss in (0, 5, 10, 20)]
    bursts = [Network(loss, in_bursts=True) for loss in ((10,) if quick else (5, 10, 20))]
    sizes = (50, 100)
    jitter = [Network(0, False, size, reorders) for size in sizes for reorders in ((True,) if quick else (False, True))]
    both = [] if quick else [Network(10, False, size, True) for size in sizes]
    return random_loss + bursts + jitter + both

import MediaBase

extension PacketTime {
  /// The instant in samples at 48 kHz of the bridge's clock, rounded down: what timelines are laid against.
  var samples: Int64 {
    // 125 µs are 6 samples; multiplying first could overflow.
    let whole = nanoseconds / 125_000
    let rest = nanoseconds % 125_000
    return whole * 6 + (rest * 6) / 125_000
  }

  /// The same, rounded up: what came a little after a tick was not there at it.
  var samplesRoundedUp: Int64 {
    let rest = nanoseconds % 125_000
    return nanoseconds / 125_000 * 6 + (rest > 0 ? (rest * 6 + 124_999) / 125_000 : rest * 6 / 125_000)
  }
}

import MediaBase

extension PacketTime {
  /// The instant in samples at 48 kHz of the bridge's clock, rounded down: what timelines are laid against.
  var samples: Int64 {
    // 125 µs are 6 samples; multiplying first could overflow.
    let whole = nanoseconds / 125_000
    let rest = nanoseconds % 125_000
    return whole * 6 + (rest * 6) / 125_000
  }
}

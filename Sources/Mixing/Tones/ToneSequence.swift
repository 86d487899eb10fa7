import MediaBase

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Soft notes one after the other, made by code: what a room plays where nobody gave it a file.
///
/// A value that describes them; `render` makes the samples, always the same, off the media thread. A note is a sine with a
/// little of its octave, rises in 15 ms and dies away, so that it starts and ends without a click.
public struct ToneSequence: Sendable, Hashable {
  /// One note.
  public struct Note: Sendable, Hashable {
    /// Its pitch in hertz.
    public var hertz: Double
    /// When it begins and how long it sounds, in seconds.
    public var start: Double, length: Double

    /// A note of that pitch at that time.
    public init(hertz: Double, start: Double, length: Double) {
      self.hertz = hertz
      self.start = start
      self.length = length
    }
  }

  /// In any order; where they overlap they are added.
  public var notes: [Note]
  /// How long the whole is, in seconds: what would sound on is cut.
  public var length: Double
  /// The highest level of one note, in dB against full scale.
  public var level: Decibels

  /// Notes within a length, each at most as loud as `level`.
  public init(notes: [Note], length: Double, level: Decibels) {
    self.notes = notes
    self.length = length
    self.level = level
  }

  /// The samples at 48 kHz, mono, full scale ±1.
  public func render() -> [Float] {
    let rate = Double(AudioRate.samplesPerSecond)
    var samples = [Float](repeating: 0, count: max(0, Int(length * rate)))
    for note in notes {
      let first = Int(note.start * rate)
      let start = max(0, first)
      for index in start..<max(start, min(samples.count, first + Int(note.length * rate))) {
        let time = Double(index - first) / rate
        samples[index] += Float(level.linear * Self.wave(note, at: time))
      }
    }
    return samples
  }

  private static func wave(_ note: Note, at time: Double) -> Double {
    let rise = min(1, time / 0.015)
    let left = max(0, 1 - time / note.length)
    // Rises as half a cosine, and falls as a plucked string does.
    let envelope = (1 - cos(.pi * rise)) / 2 * left * left
    let angle = 2 * Double.pi * note.hertz * time
    return envelope * (sin(angle) + 0.2 * sin(2 * angle)) / 1.2
  }
}

extension ToneSequence {
  /// Somebody came: a fifth upwards, a quarter of a second.
  public static let joining = ToneSequence(
    notes: [Note(hertz: 587.33, start: 0, length: 0.16), Note(hertz: 880, start: 0.1, length: 0.2)],
    length: 0.36, level: Decibels(-26))

  /// Somebody left: the same downwards.
  public static let leaving = ToneSequence(
    notes: [Note(hertz: 880, start: 0, length: 0.16), Note(hertz: 587.33, start: 0.1, length: 0.2)],
    length: 0.36, level: Decibels(-26))

  /// For those who wait: eight seconds of a slow broken chord that goes round.
  public static let holding = ToneSequence(
    notes: [(0, 261.63), (1, 329.63), (2, 392), (3, 523.25), (4, 440), (5, 349.23), (6, 392)].map { second, hertz in
      Note(hertz: hertz, start: Double(second), length: 1.8)
    },
    length: 8, level: Decibels(-28))
}

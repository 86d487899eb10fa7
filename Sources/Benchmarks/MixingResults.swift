import MediaBase

/// What one bridge's arithmetic did with one room.
public struct MixingRow: Codable, Sendable, Hashable {
  /// How many talked.
  public var talkers: Int
  /// Each one's level while they talked: rms against full scale.
  public var level: Decibels
  /// The share of the ideal mixes' samples beyond full scale, 0 to 1.
  public var overFullScale: Double
  /// Whose arithmetic.
  public var mix: String
  /// Signal to distortion, a gain with knots 2.5 ms apart set aside; nothing without distortion.
  public var distortion: Decibels?
  /// Distortion against what the ear begins to hear; nothing without distortion.
  public var noiseToMask: Decibels?
  /// Signal to distortion with one gain for the whole run; nothing without distortion.
  public var plainDistortion: Decibels?
  /// What a listener's own voice changes in their mix, against that voice; nothing where it changes nothing.
  public var ownVoiceCaused: Decibels?
  /// What a least-squares fit finds of the voice, at most; nothing where there is nothing to search in.
  public var ownVoiceFoundAtMost: Decibels?

  /// A row with these values.
  public init(
    talkers: Int, level: Decibels, overFullScale: Double, mix: String, distortion: Decibels?, noiseToMask: Decibels?,
    plainDistortion: Decibels?, ownVoiceCaused: Decibels?, ownVoiceFoundAtMost: Decibels?
  ) {
    self.talkers = talkers
    self.level = level
    self.overFullScale = overFullScale
    self.mix = mix
    self.distortion = distortion
    self.noiseToMask = noiseToMask
    self.plainDistortion = plainDistortion
    self.ownVoiceCaused = ownVoiceCaused
    self.ownVoiceFoundAtMost = ownVoiceFoundAtMost
  }
}

/// The rows of a run.
public struct MixingResults: Codable, Sendable, Hashable {
  /// In groups: all bridges over one room, then the next room.
  public var rows: [MixingRow]

  /// These rows.
  public init(rows: [MixingRow]) {
    self.rows = rows
  }
}

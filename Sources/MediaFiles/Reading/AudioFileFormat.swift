/// What an opened audio file holds: a plain value, known at opening.
public struct AudioFileFormat: Sendable, Equatable {
  /// In words, such as "Ogg Opus" or "WAV, 16-bit PCM".
  public var description: String

  /// Frames a second, as `read` delivers them: at least 1; always 48,000 for Opus.
  public var sampleRate: Int

  /// Channels in each frame, as `read` delivers them: at least 1.
  public var channels: Int

  /// How many frames `read` will deliver in all, silence for lost stretches included. `nil` where only reading to the end
  /// tells: MP3, and streams that were never closed.
  public var frames: Int64?

  /// About how many frames there are, for a progress display: `frames` where that is known, else the file's own estimate.
  public var estimatedFrames: Int64?

  /// The length in seconds, where it is known exactly.
  public var seconds: Double? {
    frames.map { Double($0) / Double(sampleRate) }
  }
}

import AudioCodecs
import MediaBase

/// Decoded sound that waits to be played, with the sound that was played right before it.
///
/// The past is kept for what repeats it: stretching and concealment. Part of a voice, 33 KB for mono in a room of 20 ms frames; the
/// media thread alone may touch it. Counts and offsets are in frames: one sample of each channel.
///
///     | past, up to 1,448 | waiting | room |
///                         start     end
struct PlayoutQueue: ~Copyable {
  /// Channels, interleaved.
  let channels: Int
  /// Where the sound is.
  let storage: SampleBuffer
  /// The first frame that waits.
  private(set) var start = pastFrames
  /// Behind the last.
  private(set) var end = pastFrames

  /// Frames of the past that are kept.
  static let pastFrames = 2 * PitchSearch.longestLag + 8
  /// The most that waits: less than a frame, and a packet of 120 ms.
  private let capacityFrames: Int

  /// An empty queue for a room of such frames.
  init(channels: Int, frame: FrameDuration) {
    self.channels = channels
    capacityFrames = frame.samples + OpusDecoder.largestPacketSamples
    storage = SampleBuffer(count: (Self.pastFrames + capacityFrames) * channels)
  }

  /// Frames that wait.
  var count: Int { end - start }

  /// Whether so many more have room.
  func hasRoom(for frames: Int) -> Bool { count + frames <= capacityFrames }

  /// Forgets everything; the past is silence.
  mutating func clear() {
    storage.clear()
    start = Self.pastFrames
    end = Self.pastFrames
  }

  /// The place for up to `frames` more behind the end; `append` then makes them wait.
  mutating func makeRoom(_ frames: Int) -> Range<Int> {
    precondition(hasRoom(for: frames), "more sound than a playout queue holds")
    if (end + frames) * channels > storage.count { moveToFront() }
    return end * channels..<(end + frames) * channels
  }

  /// Makes frames wait that were written to the place that `makeRoom` told.
  mutating func append(_ frames: Int) {
    end += frames
    precondition(end * channels <= storage.count, "more sound than there was room for")
  }

  /// The first `frames` become the past.
  mutating func pass(_ frames: Int) {
    start += min(frames, count)
  }

  /// All that waits becomes the past.
  mutating func passAll() {
    start = end
  }

  /// Takes out `frames` at `offset` behind the start.
  mutating func remove(_ frames: Int, at offset: Int) {
    let place = start + offset
    storage.move(
      from: (place + frames) * channels, to: place * channels, count: (end - place - frames) * channels)
    end -= frames
  }

  /// Makes room for `frames` right at the start, to be written.
  mutating func insertAtStart(_ frames: Int) {
    _ = makeRoom(frames)
    storage.move(from: start * channels, to: (start + frames) * channels, count: count * channels)
    end += frames
  }

  private mutating func moveToFront() {
    let from = start - Self.pastFrames
    storage.move(from: from * channels, to: 0, count: (end - from) * channels)
    start = Self.pastFrames
    end -= from
  }
}

extension PlayoutQueue {
  mutating func code(_ coder: inout CheckpointCoder) {
    var (first, behind) = (start, end)
    coder.code(&first, in: Self.pastFrames...storage.count / channels)
    coder.code(&behind, in: Self.pastFrames...storage.count / channels)
    guard !coder.isDamaged else { return }
    guard first <= behind, behind - first <= capacityFrames else { return coder.fail() }
    (start, end) = (first, behind)
    coder.code(storage)
  }
}

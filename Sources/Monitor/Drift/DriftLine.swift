import MediaBase
import Mixing
import Synchronization

/// A `DriftBuffer` between two threads: one pushes, the other pulls, at any time.
///
/// Its lock is held for as long as 10 ms of sound take to resample, some 20 µs, by threads that may wait; none of them is a
/// media thread of a bridge.
public final class DriftLine: Sendable {
  /// Channels, interleaved.
  public let layout: ChannelLayout
  private let buffer: Mutex<DriftBuffer>

  /// As `DriftBuffer.init`.
  public init(layout: ChannelLayout, pullFrames: Int) throws(ResamplerError) {
    self.layout = layout
    buffer = Mutex(try DriftBuffer(layout: layout, pullFrames: pullFrames))
  }

  /// As `DriftBuffer.push`.
  public func push(_ frames: Span<Float>, at now: PacketTime) {
    buffer.withLock { $0.push(frames, at: now) }
  }

  /// As `DriftBuffer.pull`.
  public func pull(into output: inout MutableSpan<Float>, at now: PacketTime) {
    // A span cannot be lent into a closure that may outlive it; a lock's cannot, but the compiler does not know.
    buffer.withLock { $0.pull(into: &output, at: now) }
  }

  /// Where it stands.
  public var statistics: DriftStatistics { buffer.withLock { $0.statistics } }
}

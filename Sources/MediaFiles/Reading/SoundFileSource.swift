import CSndFile
import Foundation

/// What libsndfile reads a file through: its own position, and a few bytes that it is to see otherwise than they are.
///
/// Owned by one `SoundFileDecoder`, which must outlive the library's handle on it. One thread at a time.
final class SoundFileSource {
  /// Bytes that stand in for those of the file.
  struct Overlay {
    let offset: Int64
    let bytes: [UInt8]
  }

  private let file: InputFile
  private let overlay: Overlay?
  private var position: Int64 = 0

  init(_ file: InputFile, overlay: Overlay?) {
    self.file = file
    self.overlay = overlay
  }

  /// A handle that reads from the file's start; the caller closes it.
  func open(_ info: inout SF_INFO) -> OpaquePointer? {
    position = 0
    var access = Self.access
    return sf_open_virtual(&access, Int32(SFM_READ), &info, Unmanaged.passUnretained(self).toOpaque())
  }

  private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = max(0, file.read(into: buffer, at: position))
    if let overlay {
      for (index, byte) in overlay.bytes.enumerated() {
        let place = overlay.offset + Int64(index) - position
        if place >= 0 && place < Int64(count) { buffer[Int(place)] = byte }
      }
    }
    position += Int64(count)
    return count
  }

  private func seek(by offset: Int64, from whence: Int32) -> Int64 {
    let base: Int64 = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position : file.size
    let (place, overflow) = base.addingReportingOverflow(offset)
    guard !overflow, place >= 0 else { return -1 }
    position = place
    return place
  }

  private static let access = SF_VIRTUAL_IO(
    get_filelen: { source in source.map { object($0).file.size } ?? 0 },
    seek: { offset, whence, source in source.map { object($0).seek(by: offset, from: whence) } ?? -1 },
    read: { bytes, count, source in
      guard let bytes, let source, count > 0 else { return 0 }
      let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))
      return sf_count_t(object(source).read(into: buffer))
    },
    write: { _, _, _ in 0 },
    tell: { source in source.map { object($0).position } ?? 0 })

  private static func object(_ pointer: UnsafeMutableRawPointer) -> SoundFileSource {
    Unmanaged<SoundFileSource>.fromOpaque(pointer).takeUnretainedValue()
  }
}

import Foundation

/// A regular file open for reading, with its size at opening.
///
/// Owns the descriptor and closes it at its end. Reads by position, so that it has no position to share; the readers' C
/// libraries keep their own.
final class InputFile {
  let path: String
  private let descriptor: Int32
  let size: Int64

  /// Opens without waiting (a FIFO would wait for its writer) and refuses everything that is no regular file.
  init(path: String) throws(AudioFileError) {
    if path == OutputFile.standardOutput {
      throw .cannotOpen(path: path, reason: "standard input cannot be sought in: save it to a file first")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      throw .cannotOpen(path: path, reason: SystemErrorText.whileReading(errno))
    }
    var status = stat()
    let failed = fstat(descriptor, &status) != 0
    if let reason = Self.reason(toRefuse: status, failed: failed) {
      close(descriptor)
      throw .cannotOpen(path: path, reason: reason)
    }
    self.path = path
    self.descriptor = descriptor
    size = Int64(status.st_size)
  }

  deinit {
    close(descriptor)
  }

  private static func reason(toRefuse status: stat, failed: Bool) -> String? {
    if failed { return SystemErrorText.whileReading(errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return status.st_size == 0 ? "it is empty (0 bytes)" : nil
    case S_IFDIR: return "it is a directory"
    case S_IFIFO, S_IFSOCK: return "a pipe cannot be sought in: save it to a file first"
    default: return "it is a device: only files can be read"
    }
  }

  /// A stream of the C library over the same file, from its start; the caller closes it.
  func openStream() throws(AudioFileError) -> UnsafeMutablePointer<FILE> {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw .cannotOpen(path: path, reason: SystemErrorText.whileReading(errno)) }
    guard let stream = fdopen(copy, "r") else {
      close(copy)
      throw .cannotOpen(path: path, reason: "there is not enough memory")
    }
    return stream
  }

  /// Up to `count` bytes from `offset`: fewer at the file's end, none if the disk fails.
  func bytes(at offset: Int64, count: Int) -> [UInt8] {
    guard offset >= 0, count > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = max(0, read(into: UnsafeMutableRawBufferPointer(buffer), at: offset))
    }
  }

  /// Fills `buffer` from `offset`, short only at the file's end; -1 with `errno` when the disk fails.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = pread(descriptor, buffer.baseAddress! + filled, buffer.count - filled, off_t(offset) + filled)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { return -1 }
      if count == 0 { break }
      filled += count
    }
    return filled
  }
}

import Foundation

/// A file that appears under its name only when it is whole.
///
/// Bytes are gathered in a buffer and written beside the final place (see `OutputPlace`); `commit` closes it and renames it
/// over what was there. Letting it go without a commit, or `discard`, removes it. One owner, one thread at a time; costs a
/// descriptor and a buffer of 32 KiB. The first failure sticks: every later call throws it again.
public final class OutputFile {
  /// Whether the writer goes back, to complete a header.
  public enum Access: Sendable {
    case sequential, random
  }

  /// The path that means standard output.
  public static let standardOutput = "-"

  /// As it was given.
  public let path: String

  /// Bytes written so far, those in the buffer included.
  public private(set) var size: Int64 = 0

  /// Where the next byte goes.
  public private(set) var position: Int64 = 0

  private let place: OutputPlace
  private let access: Access
  private var buffer: [UInt8] = []
  /// Where in the file the buffer's first byte goes.
  private var bufferStart: Int64 = 0
  private var failure: AudioFileError?
  private var isOpen = true

  private static let bufferSize = 32 * 1024

  /// Makes the hidden file, or opens the stream; throws where the output cannot be made, and touches nothing then.
  public init(path: String, access: Access) throws(AudioFileError) {
    place = try OutputPlace.open(path: path, access: access)
    self.path = path
    self.access = access
    buffer.reserveCapacity(Self.bufferSize)
  }

  /// Makes a file that grows under its own name: a recording that is to be there when its writer is killed. It stays, also
  /// without a commit; one that is there already is not touched. Appended to only.
  public init(growingAt path: String) throws(AudioFileError) {
    place = try OutputPlace.grow(path: path)
    self.path = path
    access = .sequential
    buffer.reserveCapacity(Self.bufferSize)
  }

  deinit {
    discard()
  }

  /// Writes at `position` and moves it behind.
  public func write(_ bytes: Span<UInt8>) throws(AudioFileError) {
    bytes.withUnsafeBufferPointer { write(UnsafeRawBufferPointer($0)) }
    try check()
  }

  /// Writes a whole file at once: it appears when all of it is there.
  public static func write(_ bytes: [UInt8], to path: String) throws(AudioFileError) {
    let file = try OutputFile(path: path, access: .sequential)
    try file.write(bytes.span)
    try file.commit()
  }

  /// Goes to `offset` from the file's start; random access only.
  public func seek(to offset: Int64) throws(AudioFileError) {
    precondition(access == .random && offset >= 0, "this output can only be appended to")
    if offset != position {
      flush()
      position = offset
    }
    try check()
  }

  /// Throws what went wrong, if anything did: what C callbacks could not throw.
  public func check() throws(AudioFileError) {
    if let failure { throw failure }
  }

  /// Writes what is in the buffer, closes, and gives the file its name.
  public func commit() throws(AudioFileError) {
    precondition(isOpen, "an output can be committed once")
    flush()
    if failure == nil, case .copy(let descriptor) = place.ending { copyOut(to: descriptor) }
    if let failure {
      discard()
      throw failure
    }
    isOpen = false
    // Errors that the file system held back until now (NFS, quotas) come with close.
    if close(place.descriptor) != 0 && errno != EINTR { note(errno) }
    switch place.ending {
    case .rename(let hidden, let final):
      if failure == nil && rename(hidden, final) != 0 { note(errno) }
      if failure != nil { unlink(hidden) }
    case .copy(let descriptor):
      if close(descriptor) != 0 && errno != EINTR { note(errno) }
    case .stay: break
    }
    try check()
  }

  /// Closes and removes it; what was under its name before stays. Does nothing after `commit`.
  public func discard() {
    guard isOpen else { return }
    isOpen = false
    close(place.descriptor)
    switch place.ending {
    case .rename(let hidden, _): unlink(hidden)
    case .copy(let descriptor): close(descriptor)
    case .stay: break
    }
  }
}

// MARK: - For the C libraries' callbacks, which cannot throw

extension OutputFile {
  /// Writes at `position`; whether that went well is told by `hasFailed`.
  func write(_ bytes: UnsafeRawBufferPointer) {
    precondition(isOpen, "an output cannot be written after its end")
    guard failure == nil else { return }
    if buffer.isEmpty { bufferStart = position }
    if bytes.count >= Self.bufferSize {
      flush()
      writeOut(bytes, at: position)
    } else {
      if buffer.count + bytes.count > Self.bufferSize { flush() }
      buffer.append(contentsOf: bytes)
    }
    position += Int64(bytes.count)
    size = max(size, position)
  }

  /// A write has failed, and `check` will throw it.
  var hasFailed: Bool { failure != nil }

  /// Hands what is in the buffer to the system; whether that went well is told by `check`.
  public func flush() {
    guard failure == nil, !buffer.isEmpty else { return }
    buffer.withUnsafeBytes { writeOut($0, at: bufferStart) }
    bufferStart += Int64(buffer.count)
    buffer.removeAll(keepingCapacity: true)
  }

  private func note(_ number: Int32) {
    if failure == nil { failure = .cannotWrite(path: path, reason: SystemErrorText.whileWriting(number)) }
  }

  /// Writes all of `bytes`: at their offset in a file of ours, at the end of a stream.
  private func writeOut(_ bytes: UnsafeRawBufferPointer, at offset: Int64) {
    if case .stay = place.ending { return writeStream(bytes, to: place.descriptor) }
    var done = 0
    while done < bytes.count {
      let count = pwrite(place.descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset) + done)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return note(count < 0 ? errno : EIO) }
      done += count
    }
  }

  private func writeStream(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let (count, number) = BrokenPipe.survive { Foundation.write(descriptor, rest.baseAddress, rest.count) }
      if count < 0 && number == EINTR { continue }
      if count < 0 && number == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
        continue
      }
      if count <= 0 { return note(count < 0 ? number : EIO) }
      done += count
    }
  }

  private func copyOut(to descriptor: Int32) {
    withUnsafeTemporaryAllocation(byteCount: Self.bufferSize, alignment: 16) { piece in
      var offset: Int64 = 0
      while failure == nil {
        let count = pread(place.descriptor, piece.baseAddress, piece.count, off_t(offset))
        if count < 0 && errno == EINTR { continue }
        if count < 0 { return note(errno) }
        if count == 0 { return }
        writeStream(UnsafeRawBufferPointer(rebasing: piece[..<count]), to: descriptor)
        offset += Int64(count)
      }
    }
  }
}

/// Keeps a reader that went away (`partyline mix … | head`) from killing the process: its SIGPIPE is taken out of the
/// writing thread's way, and the write fails with EPIPE instead. Other threads and the process's settings are not touched.
private enum BrokenPipe {
  static func survive(_ write: () -> Int) -> (count: Int, number: Int32) {
    var pipe = sigset_t()
    var before = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    let count = write()
    let number = errno
    if count < 0 && number == EPIPE {
      var none = timespec()
      while sigtimedwait(&pipe, nil, &none) < 0 && errno == EINTR {}
    }
    pthread_sigmask(SIG_SETMASK, &before, nil)
    return (count, number)
  }
}

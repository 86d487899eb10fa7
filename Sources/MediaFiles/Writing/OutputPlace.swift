import Foundation

/// Where an output's bytes go until they are all there, and where in the end.
///
/// - A file: a hidden file beside it, renamed over it.
/// - Standard output, a device, a pipe: straight into it; or, for formats that go back to their header, an unlinked file in
///   TMPDIR that is copied out at the end.
struct OutputPlace {
  /// What bytes are written to.
  let descriptor: Int32
  /// What becomes of it at the end.
  let ending: Ending

  enum Ending {
    /// The hidden file gets the final name.
    case rename(from: String, to: String)
    /// The bytes are where they belong.
    case stay
    /// The spooled bytes are copied to this descriptor.
    case copy(to: Int32)
  }

  /// A new file under its name from the start. One that is there already is not touched, for it may be somebody's recording.
  static func grow(path: String) throws(AudioFileError) -> OutputPlace {
    if path.isEmpty { throw .cannotWrite(path: path, reason: "the name is empty") }
    let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0o666)
    if descriptor < 0 && errno == EEXIST { throw .cannotWrite(path: path, reason: "it is there already") }
    guard descriptor >= 0 else { throw failure(path) }
    return OutputPlace(descriptor: descriptor, ending: .stay)
  }

  /// Decides and opens.
  static func open(path: String, access: OutputFile.Access) throws(AudioFileError) -> OutputPlace {
    if path == OutputFile.standardOutput {
      return try stream(dup(STDOUT_FILENO), path: path, access: access)
    }
    if path.isEmpty { throw .cannotWrite(path: path, reason: "the name is empty") }
    var status = stat()
    let exists = stat(path, &status) == 0
    if !exists && errno != ENOENT { throw failure(path) }
    switch exists ? status.st_mode & S_IFMT : S_IFREG {
    case S_IFDIR: throw .cannotWrite(path: path, reason: SystemErrorText.whileWriting(EISDIR))
    case S_IFREG:
      if exists && Foundation.access(path, W_OK) != 0 { throw failure(path) }
      let target = try resolved(path)
      return try hiddenFile(beside: target, path: path, mode: exists ? status.st_mode & 0o777 : nil)
    default:
      return try stream(Foundation.open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), path: path, access: access)
    }
  }

  /// What `path` leads to when its symbolic links are followed, whether or not that exists yet.
  private static func resolved(_ path: String) throws(AudioFileError) -> String {
    var current = path
    for _ in 0..<40 {
      var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      let count = readlink(current, &target, target.count - 1)
      // No link: EINVAL for a file, ENOENT for what is to be made.
      if count < 0 { return current }
      let text = String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      current = text.hasPrefix("/") ? text : directory(of: current) + "/" + text
    }
    throw .cannotWrite(path: path, reason: SystemErrorText.whileWriting(ELOOP))
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func hiddenFile(
    beside target: String, path: String, mode: mode_t?
  ) throws(AudioFileError) -> OutputPlace {
    let name = target.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
    if name.isEmpty || name == "." || name == ".." {
      throw .cannotWrite(path: path, reason: SystemErrorText.whileWriting(EISDIR))
    }
    // A name may have 255 bytes; ours is longer than the final one, so its front must do.
    if name.utf8.count > 255 { throw .cannotWrite(path: path, reason: SystemErrorText.whileWriting(ENAMETOOLONG)) }
    let front = String(name.prefix(40))
    for attempt in 0..<1000 {
      let hidden = "\(directory(of: target))/.\(front).\(getpid())-\(attempt).partial"
      let descriptor = Foundation.open(hidden, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 {
        if let mode { fchmod(descriptor, mode) }
        return OutputPlace(descriptor: descriptor, ending: .rename(from: hidden, to: target))
      }
      if errno != EEXIST { throw failure(path) }
    }
    throw .cannotWrite(path: path, reason: "its directory is full of abandoned .partial files: remove them")
  }

  private static func stream(
    _ descriptor: Int32, path: String, access: OutputFile.Access
  ) throws(AudioFileError) -> OutputPlace {
    guard descriptor >= 0 else { throw failure(path) }
    if access == .sequential { return OutputPlace(descriptor: descriptor, ending: .stay) }
    let directory = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    var template = Array("\(directory)/.partyline-XXXXXX".utf8CString)
    let spool = mkstemp(&template)
    guard spool >= 0 else {
      let reason = SystemErrorText.whileWriting(errno)
      close(descriptor)
      throw .cannotWrite(path: path, reason: "no temporary file in \(directory) (set TMPDIR): \(reason)")
    }
    unlink(template)
    _ = fcntl(spool, F_SETFD, FD_CLOEXEC)
    return OutputPlace(descriptor: spool, ending: .copy(to: descriptor))
  }

  private static func failure(_ path: String) -> AudioFileError {
    .cannotWrite(path: path, reason: SystemErrorText.whileWriting(errno))
  }
}

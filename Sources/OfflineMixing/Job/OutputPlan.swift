import Foundation
import MediaFiles

/// Which files a job writes, checked against its legs and one another before anything is begun.
package struct OutputPlan {
  /// One file to write.
  struct File {
    enum Kind: String {
      case mix
      case mixMinus = "mix-minus"
      case stem
    }
    var path: String
    var kind: Kind
    /// Index into the legs, for mix-minus and stems.
    var leg: Int?
    var encoding: AudioFileEncoding
  }

  private(set) var files: [File] = []
  /// Folders that must be there before the files can be.
  private let folders: [String]

  init(_ job: OfflineMixJob, legs: [Leg]) throws(OfflineMixError) {
    let encoding = try Self.encoding(of: job)
    let names = Self.fileNames(legs)
    folders = [job.mixMinusFolder, job.stemsFolder].compactMap(\.self)
    if let output = job.output { files.append(File(path: output, kind: .mix, encoding: encoding)) }
    if let folder = job.mixMinusFolder {
      for (index, name) in names.enumerated() {
        let path = "\(folder)/\(name).\(encoding.fileExtension)"
        files.append(
          File(path: path, kind: .mixMinus, leg: index, encoding: Self.distinct(encoding, stream: index + 1)))
      }
    }
    if let folder = job.stemsFolder {
      for (index, name) in names.enumerated() {
        let path = "\(folder)/\(name).wav"
        files.append(File(path: path, kind: .stem, leg: index, encoding: .wav(.float32)))
      }
    }
    try checkCollisions(legs: legs, with: [])
  }

  private static func encoding(of job: OfflineMixJob) throws(OfflineMixError) -> AudioFileEncoding {
    if let encoding = job.encoding { return encoding }
    guard let output = job.output, output != OutputFile.standardOutput else { return .oggOpus() }
    do {
      return try AudioFileEncoding(forPath: output)
    } catch {
      throw .file(error)
    }
  }

  /// Ogg streams each have a number of their own, so that files may be chained; ours follow from their place in the mix, so
  /// that the same job writes the same bytes.
  private static func distinct(_ encoding: AudioFileEncoding, stream: Int) -> AudioFileEncoding {
    guard case .oggOpus(var settings) = encoding else { return encoding }
    settings.serial &+= UInt32(stream)
    return .oggOpus(settings)
  }

  /// A file name for each leg: unique, as different names may come to the same one.
  private static func fileNames(_ legs: [Leg]) -> [String] {
    var names = UniqueNames()
    return legs.map { names.take(fileName($0.name)) }
  }

  /// A leg's name as a file's: nothing that leads elsewhere, hides, or is too long.
  package static func fileName(_ name: String) -> String {
    // By scalars: a point with an accent hides a file too.
    var safe = name.unicodeScalars.enumerated().map { index, scalar in
      let leadsElsewhere = scalar == "/" || scalar == "\\" || scalar.value < 32 || scalar.value == 127
      return leadsElsewhere || (index == 0 && scalar == ".") ? "_" : String(scalar)
    }.joined()
    while safe.utf8.count > 200 { safe.removeLast() }
    return safe.isEmpty ? "_" : safe
  }

  // MARK: Checks

  /// Checks that no output is a leg, or another output.
  func checkCollisions(legs: [Leg], with reports: [String]) throws(OfflineMixError) {
    var outputs: [FileIdentity: String] = [:]
    var inputs: [FileIdentity: String] = [:]
    for leg in legs { inputs[FileIdentity(leg.specification.file)] = leg.specification.file }
    for path in files.map(\.path) + reports where path != OutputFile.standardOutput {
      let identity = FileIdentity(path)
      if let leg = inputs[identity] { throw .outputIsLeg(output: path, leg: leg) }
      if let first = outputs.updateValue(path, forKey: identity), !identity.isDevice {
        throw .outputsCollide(first: first, second: path)
      }
    }
  }

  // MARK: Folders

  /// Makes the folders that are missing, and returns them, outer ones first. Makes none if one cannot be made.
  func makeFolders() throws(OfflineMixError) -> [String] {
    var made: [String] = []
    for folder in folders {
      for path in Self.missingFolders(to: folder) {
        guard mkdir(path, 0o777) != 0 else {
          made.append(path)
          continue
        }
        let number = errno
        // Somebody else may have made it just now.
        if number == EEXIST { continue }
        Self.removeFolders(made)
        throw .folder(path: folder, reason: String(cString: strerror(number)).lowercased())
      }
    }
    return made
  }

  /// Removes folders that were made, unless something has been put into them.
  static func removeFolders(_ made: [String]) {
    for path in made.reversed() { rmdir(path) }
  }

  /// The folders on the way to this one, itself included, that do not exist yet; outer ones first.
  private static func missingFolders(to folder: String) -> [String] {
    var missing: [String] = []
    var url = URL(fileURLWithPath: folder)
    while FileIdentity.status(url.path) == nil, url.path != "/" {
      missing.append(url.path)
      url.deleteLastPathComponent()
    }
    return missing.reversed()
  }
}

/// What tells whether two paths mean one file: the file itself where it exists, else the folder nearest to it that does, and
/// the way from there.
package struct FileIdentity: Hashable {
  private var device: UInt64 = 0
  private var inode: UInt64 = 0
  private var way: [String] = []
  /// Whether it is a device, such as /dev/null, which many may write to.
  package private(set) var isDevice = false

  package init(_ path: String) {
    if let status = Self.status(path) {
      (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
      isDevice = status.st_mode & S_IFMT == S_IFCHR
      return
    }
    var folder = URL(fileURLWithPath: path).standardizedFileURL
    repeat {
      way.append(folder.lastPathComponent)
      folder.deleteLastPathComponent()
      guard let status = Self.status(folder.path) else { continue }
      (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
      return
    } while folder.path != "/"
  }

  /// What the system says of it; nothing where it does not exist.
  static func status(_ path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
  }
}

import Conference
import Dispatch
import Foundation
import Logging
import Mixing

/// The sounds that rooms play: files of one folder, decoded when they are wanted, and tones made by code.
///
/// A file that plays in ten rooms is in memory once, for as long as one of them plays it. An actor; files are read on a
/// queue of its own, one at a time, since that blocks.
actor SoundLibrary {
  /// For those who join, and for those who leave.
  static let joining = RoomSound(.joining), leaving = RoomSound(.leaving)

  private let settings: BridgeConfiguration.SoundSettings
  private let logger: Logger
  private let queue = DispatchQueue(label: "partyline.sounds")
  private var known: [String: Known] = [:]
  private var hold: RoomSound?

  /// A sound that somebody may still hold, and which state of the file it is.
  private struct Known {
    weak var sound: RoomSound?
    let stamp: Stamp
  }

  private struct Stamp: Equatable {
    let modified: Date?
    let bytes: Int?
  }

  init(settings: BridgeConfiguration.SoundSettings, logger: Logger) {
    self.settings = settings
    self.logger = logger
  }

  /// The sound in a file of the folder.
  func sound(_ name: String) async throws(SoundError) -> RoomSound {
    guard !settings.directory.isEmpty else { throw .off }
    guard let path = Self.resolve(name, in: settings.directory) else { throw .missing(name) }
    let stamp = Self.stamp(of: path)
    if let known = known[path], known.stamp == stamp, let sound = known.sound { return sound }
    let sound = try await read(path, name: name)
    // Others were read while this one waited for its turn.
    guard bytesInUse + sound.bytes <= settings.megabytes << 20 else { throw .tooMuch(megabytes: settings.megabytes) }
    known[path] = Known(sound: sound, stamp: stamp)
    return sound
  }

  /// What those hear who wait: the file that is set, or where there is none, or it cannot be read, soft tones.
  func holdSound() async -> RoomSound {
    if let hold { return hold }
    var sound = RoomSound(.holding)
    if !settings.holdMusic.isEmpty {
      do throws(SoundError) {
        sound = try await read(settings.holdMusic, name: settings.holdMusic)
      } catch {
        logger.error("no hold music", metadata: ["file": "\(settings.holdMusic)", "reason": "\(error)"])
      }
    }
    hold = hold ?? sound
    return hold ?? sound
  }

  private var bytesInUse: Int { known.values.reduce(hold?.bytes ?? 0) { $0 + ($1.sound?.bytes ?? 0) } }

  private func read(_ path: String, name: String) async throws(SoundError) -> RoomSound {
    known = known.filter { $0.value.sound != nil }
    let most = settings.megabytes << 20
    let used = bytesInUse
    let result: Result<RoomSound, SoundError> = await withCheckedContinuation { continuation in
      queue.async {
        do throws(SoundError) {
          continuation.resume(returning: .success(try SoundFile.read(path, name: name, mostBytes: most - used)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    if case .failure(.tooMuch) = result { throw .tooMuch(megabytes: settings.megabytes) }
    return try result.get()
  }

  /// The file of that name, wherever links within the folder lead; `nil` where there is none, or it is outside.
  static func resolve(_ name: String, in directory: String) -> String? {
    guard isName(name), let folder = realPath(directory), let path = realPath(folder + "/" + name),
      path.hasPrefix(folder == "/" ? "/" : folder + "/")
    else { return nil }
    return path
  }

  /// Whether a text can name a file below a folder: relative, and without a way up.
  static func isName(_ text: String) -> Bool {
    (1...1_024).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
      && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func stamp(of path: String) -> Stamp {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return Stamp(modified: attributes?[.modificationDate] as? Date, bytes: attributes?[.size] as? Int)
  }
}

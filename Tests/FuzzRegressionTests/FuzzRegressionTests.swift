import Foundation
import FuzzEntries
import Testing

/// Feeds every entry its seeds, and every input that once crashed it: what `tools/fuzz` starts from and keeps.
@Suite struct FuzzRegressionTests {
  static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "tools/fuzzing")

  static func inputs(_ kind: String, of entry: FuzzEntry) throws -> [URL] {
    let folder = directory.appending(path: kind).appending(path: entry.rawValue)
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .sorted { $0.path < $1.path }
  }

  @Test(arguments: FuzzEntry.allCases)
  func everySeedKeepsWhatTheEntryPromises(entry: FuzzEntry) throws {
    let seeds = try Self.inputs("seeds", of: entry)
    #expect(!seeds.isEmpty)
    for seed in seeds { try Self.feed(seed, to: entry) }
  }

  @Test(arguments: FuzzEntry.allCases)
  func everyInputThatOnceCrashedIsHarmless(entry: FuzzEntry) throws {
    for crash in try Self.inputs("crashes", of: entry) { try Self.feed(crash, to: entry) }
  }

  /// Inputs cut off at every length, which is what a broken transfer makes of them.
  @Test(arguments: FuzzEntry.allCases)
  func everySeedMayEndEarly(entry: FuzzEntry) throws {
    for seed in try Self.inputs("seeds", of: entry) {
      let bytes = try [UInt8](Data(contentsOf: seed))
      for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 50)) {
        entry.run(bytes.span.extracting(0..<count))
      }
    }
  }

  /// Rooms whose legs, sounds, keys and lobbies come and go at random: a seed for what a seed file does not think of.
  @Test func randomScriptsKeepWhatTheRoomPromises() {
    var state: UInt64 = 2026
    for _ in 0..<400 {
      let script = (0..<300).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
      }
      FuzzEntry.room.run(script.span)
    }
  }

  private static func feed(_ file: URL, to entry: FuzzEntry) throws {
    let bytes = try [UInt8](Data(contentsOf: file))
    entry.run(bytes.span)
  }
}

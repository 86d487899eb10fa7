import Foundation
import Testing

/// One job gives one result, on however many cores and however often.
@Suite struct SameBytesTests {
  let scratch: ScratchDirectory

  let legs: [String]

  /// Everything that changes samples on their way: other rates, channels, Opus, drift, pans.
  init() throws {
    scratch = try ScratchDirectory()
    let murmur = try Recordings(scratch: scratch).murmur("murmur.wav", seconds: 6, amplitude: 0.8)
    let opus = scratch.path("murmur.opus")
    try Program.ffmpeg.run("-v", "error", "-i", murmur, "-c:a", "libopus", opus)
    let conference = Recordings.conference.path
    legs = [
      "\(opus)@3.3,gain=6", "\(murmur)@1,drift=120,pan=-0.5", "\(conference)/dave.wav,pan=0.5",
      "\(conference)/hotline.ogg@2,channel=each",
    ]
  }

  @Test(arguments: ["opus", "wav", "flac"])
  func theBytesAreTheSameOnOneCoreAndOnMany(format: String) throws {
    var results: [[String: Data]] = []
    for (run, jobs) in ["1", "2", "7", "2"].enumerated() {
      let folder = scratch.path("\(run)")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      var arguments = legs + ["--complexity", "0", "--jobs", jobs, "-o", "\(folder)/mix.\(format)"]
      // The second of the formats bears the rest: all that can be written, after a pass that measures.
      if format != "flac" { arguments += ["--mix-minus", "\(folder)/minus"] }
      if format == "wav" { arguments += ["--normalize", "-16", "--stems", "\(folder)/stems"] }
      try Partyline.mix(arguments)
      results.append(try files(in: folder))
    }
    #expect(results[0].count == ["opus": 6, "wav": 11, "flac": 1][format])
    for other in results.dropFirst() { #expect(other == results[0]) }
  }

  private func files(in folder: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let full = "\(folder)/\(path)"
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: full, isDirectory: &isFolder)
      if !isFolder.boolValue { files[path] = try Data(contentsOf: URL(fileURLWithPath: full)) }
    }
    return files
  }
}

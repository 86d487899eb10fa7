import Foundation
import MediaFiles
import Testing

@Suite struct ReadingTests {
  let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
  }

  struct Kind: CustomTestStringConvertible {
    let fileExtension: String
    let arguments: [String]
    let description: String
    var testDescription: String { description }
  }

  static let losslessKinds = [
    Kind(fileExtension: "wav", arguments: ["-b", "16"], description: "WAV, 16-bit PCM"),
    Kind(fileExtension: "wav", arguments: ["-b", "24"], description: "WAV, 24-bit PCM"),
    Kind(fileExtension: "wav", arguments: ["-b", "32", "-e", "float"], description: "WAV, 32-bit float"),
    Kind(fileExtension: "flac", arguments: ["-b", "16"], description: "FLAC, 16-bit"),
    Kind(fileExtension: "flac", arguments: ["-b", "24"], description: "FLAC, 24-bit"),
    Kind(fileExtension: "aiff", arguments: ["-b", "16"], description: "AIFF, 16-bit PCM"),
    Kind(fileExtension: "au", arguments: ["-b", "16"], description: "AU, 16-bit PCM"),
    Kind(fileExtension: "caf", arguments: ["-b", "16"], description: "CAF, 16-bit PCM"),
    Kind(fileExtension: "w64", arguments: ["-b", "16"], description: "W64, 16-bit PCM"),
  ]

  @Test(arguments: losslessKinds, [8_000, 16_000, 44_100, 48_000, 96_000])
  func losslessFilesAreReadAsSoxDecodesThem(kind: Kind, rate: Int) throws {
    for channels in [1, 2, 6] {
      let path = directory.path("\(channels).\(kind.fileExtension)")
      try ExternalProgram.sox.run(
        ["-R", "-n", "-r", "\(rate)", "-c", "\(channels)"] + kind.arguments
          + [path, "synth", "0.37", "pinknoise", "vol", "0.7"])
      let expected = Sound.floats(
        fromFloat32: try ExternalProgram.sox.run(path, "-t", "raw", "-e", "float", "-b", "32", "-L", "-"))
      let sound = try ReadSound(path, pieceFrames: 1000)
      #expect(sound.format.description == kind.description)
      #expect(sound.format.sampleRate == rate)
      #expect(sound.channels == channels)
      #expect(sound.format.frames == Int64(expected.count / channels))
      #expect(firstDifference(sound.samples, expected) == nil)
      #expect(sound.damage == [])
    }
  }
}

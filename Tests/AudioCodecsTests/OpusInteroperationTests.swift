import AudioCodecs
import Foundation
import MediaBase
import Testing

@Suite("Opus beside other programs")
struct OpusInteroperationTests {
  static let files: [(name: String, program: String, arguments: [String])] = [
    ("opusenc, speech", "opusenc", ["--quiet", "--speech", "--bitrate", "24", "--raw-chan", "1"]),
    ("opusenc, 60 ms", "opusenc", ["--quiet", "--bitrate", "32", "--framesize", "60", "--raw-chan", "1"]),
    ("opusenc, 2.5 ms, stereo", "opusenc", ["--quiet", "--bitrate", "96", "--framesize", "2.5", "--raw-chan", "2"]),
    ("opusenc, hard CBR", "opusenc", ["--quiet", "--hard-cbr", "--bitrate", "64", "--raw-chan", "2"]),
    ("ffmpeg, voip", "ffmpeg", ["-application", "voip", "-b:a", "24k", "-frame_duration", "20"]),
    ("ffmpeg, audio, 120 ms", "ffmpeg", ["-application", "audio", "-b:a", "96k", "-frame_duration", "120"]),
    ("ffmpeg, low delay, 5 ms", "ffmpeg", ["-application", "lowdelay", "-b:a", "64k", "-frame_duration", "5"]),
    ("ffmpeg, FEC", "ffmpeg", ["-application", "voip", "-b:a", "32k", "-fec", "1", "-packet_loss", "20"]),
  ]

  @Test("Packets of opusenc and ffmpeg decode to what opusdec decodes them to", arguments: files.indices)
  func decodesOthers(index: Int) throws {
    let (name, program, arguments) = Self.files[index]
    let isStereo = program == "ffmpeg" || arguments.last == "2"
    let channels = isStereo ? 2 : 1
    let sound = CodecSignal.voice(frames: 100_000, channels: channels)
    try ExternalProgram.withFolder { folder in
      let pcm = sound.flatMap { sample -> [UInt8] in
        let value = UInt16(bitPattern: Int16(sample * 32_000))
        return [UInt8(value & 0xFF), UInt8(value >> 8)]
      }
      try Data(pcm).write(to: folder.appending(path: "in.raw"))
      if program == "ffmpeg" {
        let input = ["-f", "s16le", "-ar", "48000", "-ac", "2", "-i", "in.raw", "-c:a", "libopus"]
        try ExternalProgram.run(program, input + arguments + ["out.opus"], in: folder)
      } else {
        let input = ["--raw", "--raw-rate", "48000"]
        try ExternalProgram.run(program, input + arguments + ["in.raw", "out.opus"], in: folder)
      }
      try ExternalProgram.run("opusdec", ["--quiet", "--float", "--force-wav", "out.opus", "out.wav"], in: folder)
      let wav = try Data(contentsOf: folder.appending(path: "out.wav"))
      let file = try OggPackets(folder.appending(path: "out.opus"))

      var decoder = try OpusDecoder(layout: isStereo ? .stereo : .mono)
      for packet in file.audio {
        #expect(try OpusStream.inspect(packet).durationSamples > 0)
      }
      let decoded = try OpusStream.sound(of: file.audio, by: &decoder)
      let heard = Array(decoded[(file.preSkip * channels)..<(file.endPosition * channels)])
      let expected = try #require(Self.floats(inWAV: wav))
      #expect(heard.count == expected.count, "\(name)")
      let isSame = zip(heard, expected).allSatisfy { abs($0 - $1) < 1e-6 }
      #expect(isSame, "\(name)")
    }
  }

  /// The samples behind a WAV file's "data" chunk head.
  static func floats(inWAV wav: Data) -> [Float]? {
    guard let data = wav.range(of: Data("data".utf8)) else { return nil }
    let body = [UInt8](wav[(data.upperBound + 4)...])
    return stride(from: 0, to: body.count / 4 * 4, by: 4).map { at in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(body[at + $1]) << UInt32(8 * $1) })
    }
  }
}

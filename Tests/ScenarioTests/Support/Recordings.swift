import Foundation

/// Makes recordings with programs that we did not write.
struct Recordings {
  let scratch: ScratchDirectory

  /// A recording of sines, one for each channel.
  ///
  /// - Parameters:
  ///   - name: its file name, whose ending tells the format.
  ///   - hertz: one sine a channel; 0 is silence.
  ///   - seconds: its length.
  ///   - amplitude: of each sine, full scale 1.
  ///   - codec: ffmpeg's name of the codec; nothing for 32-bit float WAV, or what the ending tells.
  @discardableResult
  func tone(
    _ name: String, hertz: [Double], seconds: Double, amplitude: Double = 0.1, rate: Int = 48_000, codec: String? = nil,
    options: [String] = []
  ) throws -> String {
    let expressions = hertz.map { "\(amplitude)*sin(2*PI*\($0)*t)" }.joined(separator: "|")
    let samples = Int((seconds * Double(rate)).rounded())
    let source = "aevalsrc=\(expressions):s=\(rate),atrim=end_sample=\(samples)"
    let chosen = codec ?? (name.hasSuffix(".wav") ? "pcm_f32le" : nil)
    try Program.ffmpeg.run(
      ["-v", "error", "-y", "-f", "lavfi", "-i", source] + (chosen.map { ["-c:a", $0] } ?? []) + options
        + [scratch.path(name)])
    return scratch.path(name)
  }

  @discardableResult
  func tone(_ name: String, hertz: Double, seconds: Double, amplitude: Double = 0.1) throws -> String {
    try tone(name, hertz: [hertz], seconds: seconds, amplitude: amplitude)
  }

  /// Pink noise that comes and goes like speech: something with peaks, for loudness and limiters.
  @discardableResult
  func murmur(_ name: String, seconds: Double, amplitude: Double, seed: Int = 1) throws -> String {
    let source =
      "anoisesrc=c=pink:r=48000:a=\(amplitude):d=\(seconds):seed=\(seed),tremolo=f=\(2 + Double(seed % 3)):d=0.9"
    try Program.ffmpeg.run(
      ["-v", "error", "-y", "-f", "lavfi", "-i", source, "-c:a", "pcm_f32le", scratch.path(name)])
    return scratch.path(name)
  }

  /// A WAV of silence with a hole instead of samples: of any length, and made at once.
  ///
  /// - Parameter tail: bytes of samples at its end.
  @discardableResult
  func sparseWAV(
    _ name: String, frames: Int, rate: Int, bitsPerSample: Int = 16, tail: Data = Data()
  ) throws -> String {
    let bytesPerFrame = bitsPerSample / 8
    func little(_ value: Int, _ count: Int) -> Data { Data((0..<count).map { UInt8(value >> (8 * $0) & 255) }) }
    let size = frames * bytesPerFrame
    precondition(size < 1 << 32, "the size has 32 bits in a WAV's header")
    let header =
      Data("RIFF".utf8) + little(36 + size, 4) + Data("WAVEfmt ".utf8) + little(16, 4) + little(1, 2) + little(1, 2)
      + little(rate, 4) + little(rate * bytesPerFrame, 4) + little(bytesPerFrame, 2) + little(bitsPerSample, 2)
      + Data("data".utf8) + little(size, 4)
    try scratch.write(header, to: name)
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: scratch.path(name)))
    defer { try? file.close() }
    try file.truncate(atOffset: UInt64(header.count + size))
    try file.seek(toOffset: UInt64(header.count + size - tail.count))
    try file.write(contentsOf: tail)
    return scratch.path(name)
  }

  /// The sample conference of this package.
  static var conference: URL {
    URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Samples/conference")
  }
}

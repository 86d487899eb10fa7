import Foundation

/// Sound cards of a test's own: ALSA's `file` plugin, by a configuration that only the test's programs read.
///
/// `speaker` writes what is played to a file, `microphone` reads a file, `silent` is ALSA's `null`. All take floats, one
/// channel. They have no clock: the program keeps their time.
final class SoundCards {
  let scratch: ScratchDirectory
  static let speaker = "partyline_speaker", microphone = "partyline_microphone", silent = "null"

  init() throws {
    scratch = try ScratchDirectory()
    try scratch.write(Data(), to: "said.raw")
    try write(names: [Self.speaker, Self.microphone])
  }

  /// What programs are to find in their environment.
  var environment: [String: String] { ["ALSA_CONFIG_PATH": scratch.path("asoundrc")] }

  /// Makes the cards of these names, and no others.
  func write(names: [String]) throws {
    let cards = names.map { name in
      let input = name == Self.microphone ? #"infile "\#(scratch.path("said.raw"))""# : ""
      let output = name == Self.microphone ? "/dev/null" : scratch.path(name + ".raw")
      return #"pcm.\#(name) { type file slave.pcm null file "\#(output)" \#(input) format raw }"#
    }
    try scratch.write("</usr/share/alsa/alsa.conf>\n" + cards.joined(separator: "\n") + "\n", to: "asoundrc")
  }

  /// What the microphone hears from its opening on: a tone.
  func say(hertz: Double, amplitude: Float, seconds: Double) throws {
    let samples = (0..<Int(seconds * 48_000)).map { amplitude * Float(sin(2 * .pi * hertz * Double($0) / 48_000)) }
    try scratch.write(samples.withUnsafeBytes { Data($0) }, to: "said.raw")
  }

  /// How many samples were played so far.
  func playedCount(_ name: String = speaker) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: scratch.path(name + ".raw"))
    return (attributes?[.size] as? Int ?? 0) / 4
  }

  /// What was played.
  func played(_ name: String = speaker) throws -> Sound {
    let bytes = try scratch.bytes(name + ".raw")
    let samples = bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    return Sound(interleaved: samples, channels: 1, rate: 48_000)
  }
}

/// A tone within a recording, judged piece by piece.
struct HeardTone {
  /// Where it begins and ends, in seconds.
  var span: Range<Double>
  /// Level in dB against a sine of full scale, of each 20 ms in between.
  var levels: [Double]
  /// The largest part of any 20 ms that is not the tone, in dB against the tone.
  var rest: Double

  /// Finds the tone; `nil` where it is not there. Its first and last quarter of a second are left out: codecs and buffers
  /// settle there.
  init?(of hertz: Double, in sound: Sound) {
    let step = 0.02
    let times = stride(from: 0, to: Double(sound.count) / 48_000 - step, by: step).map { $0 }
    let isThere = times.map { sound.level(hertz: hertz, $0..<$0 + step) > -40 }
    guard let first = isThere.firstIndex(of: true), let last = isThere.lastIndex(of: true), last - first > 50 else {
      return nil
    }
    span = times[first]..<times[last]
    let inner = times[(first + 12)..<(last - 12)]
    levels = inner.map { sound.level(hertz: hertz, $0..<$0 + step) }
    rest = inner.map { Self.rest(sound.part($0..<$0 + step), hertz: hertz) }.max() ?? 0
  }

  /// Takes the best sine away, and gives what is left against it.
  private static func rest(_ samples: ArraySlice<Float>, hertz: Double) -> Double {
    let (samples, omega) = (samples.map(Double.init), 2 * Double.pi * hertz / 48_000)
    let (cosines, sines) = (
      samples.indices.map { cos(omega * Double($0)) }, samples.indices.map { sin(omega * Double($0)) }
    )
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let (cc, ss, cs) = (dot(cosines, cosines), dot(sines, sines), dot(cosines, sines))
    let (xc, xs) = (dot(samples, cosines), dot(samples, sines))
    let determinant = cc * ss - cs * cs
    let (a, b) = ((xc * ss - xs * cs) / determinant, (xs * cc - xc * cs) / determinant)
    let rest = samples.indices.reduce(0.0) { sum, index in
      let difference = samples[index] - a * cosines[index] - b * sines[index]
      return sum + difference * difference
    }
    return 10 * log10(max(rest, 1e-12) / max(dot(samples, samples) - rest, 1e-12))
  }
}

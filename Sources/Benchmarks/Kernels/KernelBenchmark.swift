import Foundation
import MediaBase
import Mixing
import RTC

/// Times the mixer's inner loops, and SRTP, beside memcpy of a frame's bytes.
///
/// Each kernel and memcpy are timed in turns, so that what else the machine does falls on both; what counts is the ratio of
/// their medians.
public struct KernelBenchmark: Sendable {
  /// Samples of one frame: 20 ms mono.
  public static let samples = FrameDuration.ms20.samples
  /// How often each is timed.
  public var rounds = 300
  /// Calls timed together.
  private static let calls = 200

  /// The usual number of rounds.
  public init() {}

  /// One kernel on one instruction set, or SRTP by its suite.
  public struct Row: Codable, Sendable, Hashable {
    /// The instruction set, such as `avx2`; SRTP's suite where it is a packet.
    public var instructionSet: String
    /// The kernel.
    public var kernel: String
    /// Median time for one frame of 960 samples, or one packet.
    public var nanoseconds: Double
    /// The kernel's median over that of memcpy of the frame's 3,840 bytes, timed in turns with it.
    public var timesMemcpy: Double
  }

  /// Times everything on every instruction set that the machine has.
  public func run() -> [Row] {
    kernelRows() + SRTPKeys.Suite.allCases.flatMap(packetRows)
  }

  private func kernelRows() -> [Row] {
    var rows: [Row] = []
    for kernels in MixKernels.available {
      var frames = KernelFrames(kernels)
      for kernel in TimedKernel.allCases where kernel != .memcpy {
        var own: [Double] = []
        var copies: [Double] = []
        for _ in 0..<rounds {
          copies.append(nanoseconds(.memcpy, &frames))
          own.append(nanoseconds(kernel, &frames))
        }
        let (median, copy) = (own.sorted()[rounds / 2], copies.sorted()[rounds / 2])
        rows.append(
          Row(
            instructionSet: kernels.name, kernel: kernel.rawValue, nanoseconds: median, timesMemcpy: median / copy))
      }
    }
    return rows
  }

  /// Protecting and unprotecting a packet, beside memcpy on the instruction set that mixing would take.
  private func packetRows(_ suite: SRTPKeys.Suite) -> [Row] {
    guard let kernels = MixKernels.available.last, var packets = TimedPackets(suite, count: Self.calls) else {
      return []
    }
    var frames = KernelFrames(kernels)
    var (protecting, unprotecting, copies): ([Double], [Double], [Double]) = ([], [], [])
    for _ in 0..<rounds {
      copies.append(nanoseconds(.memcpy, &frames))
      protecting.append(packets.protectAll())
      unprotecting.append(packets.unprotectAll())
    }
    let copy = copies.sorted()[rounds / 2]
    return [("protect", protecting), ("unprotect", unprotecting)].map { name, times in
      let median = times.sorted()[rounds / 2]
      return Row(
        instructionSet: suite.rawValue, kernel: "\(name) \(TimedPackets.payloadBytes) bytes of payload",
        nanoseconds: median, timesMemcpy: median / copy)
    }
  }

  private func nanoseconds(_ kernel: TimedKernel, _ frames: inout KernelFrames) -> Double {
    let start = ContinuousClock.now
    for _ in 0..<Self.calls { frames.run(kernel) }
    let took = (ContinuousClock.now - start).components
    return (Double(took.seconds) * 1e9 + Double(took.attoseconds) * 1e-9) / Double(Self.calls)
  }

  /// The rows as a table.
  public static func table(_ rows: [Row]) -> String {
    var lines = [
      "ns a frame of \(samples) samples or a packet, and times memcpy of its \(samples * 4) bytes (medians, timed in turns)"
    ]
    var set = ""
    for row in rows {
      if row.instructionSet != set {
        set = row.instructionSet
        lines += ["", set]
      }
      let name = row.kernel.padding(toLength: 36, withPad: " ", startingAt: 0)
      lines.append("  " + name + String(format: "%8.1f ns  %7.2f x memcpy", row.nanoseconds, row.timesMemcpy))
    }
    return lines.joined(separator: "\n")
  }
}

/// What is timed, by the names in the table.
enum TimedKernel: String, CaseIterable {
  case memcpy
  case accumulate
  case accumulateRamp = "accumulate with a ramp"
  case subtract
  case gainRamp = "gain ramp"
  case panRamp = "pan ramp (mono to stereo)"
  case interleave
  case deinterleave
  case downmix
  case peak
  case energy
  case applyGain = "limit: apply gain"
  case toInt16 = "limit: convert to 16 bits"
  case fromInt16 = "convert from 16 bits"
  case truePeak = "limit: true peak (near threshold)"
  case add = "limit: add (20 times, while limiting)"
}

/// Buffers of one frame, and the kernels over them.
private struct KernelFrames: ~Copyable {
  private let kernels: MixKernels
  private let a = Self.noise(KernelBenchmark.samples)
  private let b = Self.noise(KernelBenchmark.samples)
  private let out = SampleBuffer(count: KernelBenchmark.samples)
  private let left = SampleBuffer(count: KernelBenchmark.samples)
  private let wideOut = SampleBuffer(count: KernelBenchmark.samples * 2)
  private let wide = Self.noise(KernelBenchmark.samples * 2)
  private let taps = Self.noise(MixKernels.interpolatorTaps / 2 * MixKernels.interpolatorPhases)
  private var integers = [Int16](repeating: 5, count: KernelBenchmark.samples)
  private var level: Float = 0

  init(_ kernels: MixKernels) {
    self.kernels = kernels
  }

  private static func noise(_ count: Int) -> SampleBuffer {
    let buffer = SampleBuffer(count: count)
    var state: UInt32 = 1
    for index in 0..<count {
      state = state &* 1_664_525 &+ 1_013_904_223
      buffer[index] = Float(Int32(bitPattern: state)) / 2_147_483_648
    }
    return buffer
  }

  mutating func run(_ kernel: TimedKernel) {
    let ramp = MixKernels.Ramp(gain: 0.5, step: 1e-4)
    var out = self.out.mutableSpan
    switch kernel {
    case .memcpy: out.copy(a.span, at: 0)
    case .accumulate: kernels.accumulate(a.span, into: &out)
    case .accumulateRamp: kernels.accumulate(a.span, gain: ramp.gain, step: ramp.step, into: &out)
    case .subtract: kernels.subtract(b.span, from: a.span, into: &out)
    case .gainRamp: kernels.gainRamp(a.span, gain: ramp.gain, step: ramp.step, into: &out)
    case .applyGain: kernels.apply(gain: b.span, to: a.span, into: &out)
    case .downmix: kernels.downmix(wide.span, into: &out)
    case .peak: level = kernels.peak(a.span)
    case .energy: level = kernels.energy(a.span)
    case .fromInt16: kernels.convert(integers.span, to: &out)
    case .panRamp, .interleave, .deinterleave: runStereo(kernel, ramp)
    case .truePeak: findPeaks()
    case .add: kernels.add(a.span, b.span, into: &out)
    case .toInt16: Self.convert(a, to: &integers, kernels)
    }
  }

  private static func convert(_ samples: borrowing SampleBuffer, to integers: inout [Int16], _ kernels: MixKernels) {
    var output = integers.mutableSpan
    kernels.convert(samples.span, to: &output)
  }

  private func runStereo(_ kernel: TimedKernel, _ ramp: MixKernels.Ramp) {
    var stereo = wideOut.mutableSpan
    var left = self.left.mutableSpan
    var right = out.mutableSpan
    switch kernel {
    case .panRamp: kernels.panRamp(a.span, left: ramp, right: ramp, into: &stereo)
    case .interleave: kernels.interleave(left: a.span, right: b.span, into: &stereo)
    default: kernels.deinterleave(wide.span, left: &left, right: &right)
    }
  }

  private func findPeaks() {
    var out = self.out.mutableSpan
    let samples = wide.span(0..<KernelBenchmark.samples + MixKernels.interpolatorTaps - 1)
    kernels.interpolatedPeak(samples, taps: taps.span, quiet: 0, into: &out)
  }
}

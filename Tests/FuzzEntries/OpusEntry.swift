import AudioCodecs
import MediaBase

/// Plays the bytes as a stream of Opus packets with losses.
///
/// The first byte's lowest bit: stereo. Then steps: a byte whose lowest three bits tell what to do and whose others, with
/// the next byte, tell the packet's length or the time that is lost.
func feedOpus(_ bytes: Span<UInt8>) {
  var script = ByteScript(bytes)
  let layout: ChannelLayout = script.byte() & 1 == 0 ? .mono : .stereo
  guard var decoder = try? OpusDecoder(layout: layout) else { preconditionFailure("no memory for a decoder") }
  var samples = [Float](repeating: 0, count: OpusDecoder.largestPacketSamples * layout.count)
  while !script.isAtEnd {
    let step = script.byte()
    let number = Int(step >> 3) << 8 | Int(script.byte())
    let lost = (number % 48 + 1) * OpusDecoder.concealmentStepSamples
    switch step & 7 {
    case 0, 1, 2: decode(script.take(number), with: &decoder, into: &samples)
    case 3: recover(from: script.take(number), lost: lost, with: &decoder, into: &samples)
    case 4: conceal(lost, with: &decoder, into: &samples)
    case 5: conceal(number, with: &decoder, into: &samples)
    case 6: try? decoder.setGain(Decibels(Double(number % 40 - 20)))
    default: decoder.reset()
    }
  }
}

private func decode(_ packet: Span<UInt8>, with decoder: inout OpusDecoder, into samples: inout [Float]) {
  let inspected = inspect(packet)
  var span = samples.mutableSpan
  do throws(OpusError) {
    let count = try decoder.decode(packet, into: &span)
    precondition(count == inspected?.durationSamples, "\(count) samples decoded, told \(String(describing: inspected))")
    check(samples, count * decoder.layout.count)
  } catch {
    precondition(error == .invalidPacket, "decoding failed: \(error)")
    precondition(inspected == nil, "a packet that inspection took for good was refused")
  }
}

private func inspect(_ packet: Span<UInt8>) -> OpusPacket? {
  guard let inspected = try? OpusPacket(inspecting: packet) else { return nil }
  precondition((120...OpusPacket.maximumDurationSamples).contains(inspected.durationSamples), "\(inspected)")
  precondition(inspected.frameBytes >= 0 && inspected.paddingBytes >= 0, "\(inspected)")
  precondition(inspected.frameBytes + inspected.paddingBytes < packet.count, "\(inspected) in \(packet.count) bytes")
  return inspected
}

private func recover(
  from next: Span<UInt8>, lost: Int, with decoder: inout OpusDecoder, into samples: inout [Float]
) {
  var span = samples.mutableSpan
  do throws(OpusError) {
    let count = try decoder.decodeFEC(from: next, lostSamples: lost, into: &span)
    precondition(count == lost, "\(count) samples instead of \(lost)")
    check(samples, count * decoder.layout.count)
  } catch {
    precondition(error == .invalidPacket, "recovery failed: \(error)")
  }
  decode(next, with: &decoder, into: &samples)
}

private func conceal(_ lost: Int, with decoder: inout OpusDecoder, into samples: inout [Float]) {
  let isAllowed = lost > 0 && lost % OpusDecoder.concealmentStepSamples == 0
  var span = samples.mutableSpan
  do throws(OpusError) {
    let count = try decoder.conceal(lostSamples: lost, into: &span)
    precondition(isAllowed && count == lost, "\(count) samples instead of \(lost)")
    check(samples, count * decoder.layout.count)
  } catch {
    precondition(!isAllowed || lost > OpusDecoder.largestPacketSamples, "concealment of \(lost) failed: \(error)")
  }
}

private func check(_ samples: [Float], _ count: Int) {
  precondition(samples[..<count].allSatisfy(\.isFinite), "a sample that is no number")
}

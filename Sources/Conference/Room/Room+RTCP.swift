import MediaBase
import RTC

/// Reports from and to the legs (RFC 3550, 6).
extension Room {
  /// Takes a datagram of RTCP: what a leg says of our stream and of its own.
  mutating func receiveRTCP(_ datagram: Span<UInt8>, for index: MemberIndex, at arrival: PacketTime) {
    guard var reader = try? RTCPReader(datagram) else { return reject(index) }
    members[index].reports.noteReceived(bytes: datagram.count)
    while let packet = reader.next() {
      switch packet {
      case .report(let report): take(report, from: index, at: arrival)
      case .goodbye(let goodbye):
        if let source = members[index].reception.source, goodbye.names(source) {
          tell(.leftByRTCP(members[index].id), at: arrival)
        }
      case .extendedReport(var report): take(&report, from: index, at: arrival)
      case .malformed: reject(index)
      case .sourceDescription, .feedback, .other: break
      }
    }
  }

  private mutating func take(_ report: borrowing RTCPReport, from index: MemberIndex, at arrival: PacketTime) {
    if let info = report.info {
      members[index].reception.noteSenderReport(from: report.sender, time: info.time, at: arrival)
    }
    guard let block = report.block(on: senders[index].ssrc) else { return }
    members[index].quality.reportedLossFraction = block.lossFraction
    if let trip = block.roundTripNanoseconds(at: wall.timestamp(at: arrival)) {
      members[index].quality.roundTripMilliseconds = Float(trip) / 1e6
    }
    if members[index].format.usesFEC {
      setProtection(members[index].protection.next(reportedLoss: block.lossFraction), of: index)
    }
  }

  /// A receiver that sends nothing measures the round trip by these (RFC 3611, 4.4 and 4.5).
  private mutating func take(
    _ report: inout RTCPExtendedReport, from index: MemberIndex, at arrival: PacketTime
  ) {
    while let block = report.next() {
      if case .receiverReferenceTime(let time) = block {
        members[index].reference = ReferenceTime(sender: report.sender, middle: time.middle, arrival: arrival)
      }
    }
  }

  /// Sends the report that is due, if one is: on what was sent and what came, who we are, and how it was heard.
  mutating func report<Sink: PacketSink & ~Copyable>(
    to index: MemberIndex, at now: PacketTime, into sink: inout Sink
  ) {
    guard senders[index].isReady, now >= members[index].reports.nextReport else { return }
    let bytes = write(to: index, goodbye: false, at: now, into: &sink)
    members[index].reports.noteSent(bytes: bytes, at: now, generator: &random)
  }

  /// Tells a leg that it has left (RFC 3550, 6.6).
  public mutating func sayGoodbye<Sink: PacketSink & ~Copyable>(
    to index: MemberIndex, at now: PacketTime, into sink: inout Sink
  ) {
    guard senders[index].isReady else { return }
    _ = write(to: index, goodbye: true, at: now, into: &sink)
  }

  private mutating func write<Sink: PacketSink & ~Copyable>(
    to index: MemberIndex, goodbye: Bool, at now: PacketTime, into sink: inout Sink
  ) -> Int {
    let ssrc = senders[index].ssrc
    let info = senders[index].statistics.senderInfo(at: now, clock: wall)
    let block = members[index].reception.takeReportBlock(at: now)
    let metrics = voipMetrics(of: index)
    let delay = members[index].reference?.delay(at: now)
    let cname = CanonicalName(ssrc)
    let isEncrypted = senders[index].isEncrypted
    return sink.send(to: members[index].rtcpRoute) { slot in
      var writer = RTCPWriter(slot._mutatingExtracting(0..<slot.count))
      writer.writeReport(from: ssrc, info: info, block: block)
      cname.write(to: &writer, of: ssrc)
      if let metrics { writer.writeVoIPMetrics(metrics, from: ssrc) }
      if let delay { writer.writeReceiverDelay(delay, from: ssrc) }
      if goodbye { writer.writeGoodbye(of: ssrc, reason: Span()) }
      // A slot holds all of these.
      let count = (try? writer.finish()) ?? 0
      guard isEncrypted, count > 0 else { return count }
      return (try? encryption[index].protectRTCP(&slot, count: count)) ?? 0
    }
  }

  private func voipMetrics(of index: MemberIndex) -> RTCPVoIPMetrics? {
    guard let source = members[index].reception.source else { return nil }
    var metrics = members[index].losses.metrics(
      of: source, packetMilliseconds: members[index].format.packet.milliseconds)
    let quality = members[index].quality
    metrics.roundTripMilliseconds = UInt16(max(0, min(65_535, quality.roundTripMilliseconds)))
    let depth = UInt16(max(0, min(65_535, quality.depthMilliseconds)))
    metrics.nominalDepthMilliseconds = depth
    metrics.maximumDepthMilliseconds = depth
    metrics.endSystemMilliseconds = UInt16(min(65_535, Double(depth) + frame.milliseconds))
    return metrics
  }
}

/// The reference time that a receiver sent last, to be answered in our next report.
struct ReferenceTime {
  let sender: SSRC
  let middle: UInt32
  let arrival: PacketTime

  func delay(at now: PacketTime) -> RTCPReceiverDelay {
    RTCPReceiverDelay(
      source: sender, lastReceiverReport: middle,
      delaySinceLastReceiverReport: NTPTimestamp.shortUnits(ofNanoseconds: now.nanoseconds(since: arrival)))
  }
}

/// What a stream is called besides its SSRC (RFC 7022): made of the SSRC alone, so that it says nothing about who we are.
private struct CanonicalName {
  private var bytes: InlineArray<8, UInt8>

  init(_ ssrc: SSRC) {
    bytes = InlineArray { index in
      let digit = UInt8(truncatingIfNeeded: ssrc.rawValue >> UInt32(28 - 4 * index)) & 0xf
      return digit < 10 ? 0x30 + digit : 0x57 + digit
    }
  }

  func write(to writer: inout RTCPWriter, of ssrc: SSRC) {
    writer.writeSourceDescription(of: ssrc, cname: bytes.span)
  }
}

import MediaBase
import RTC

/// Reads the bytes as a datagram, to its last item.
func feedRTCP(_ bytes: Span<UInt8>) {
  guard var reader = try? RTCPReader(bytes) else { return }
  while let packet = reader.next() {
    switch packet {
    case .report(let report):
      for index in 0..<report.blockCount { check(report, index) }
    case .sourceDescription(var description):
      while let item = description.next() { precondition(item.text.count <= 255, "a text of \(item.text.count)") }
    case .goodbye(let goodbye):
      for index in 0..<goodbye.sourceCount {
        precondition(goodbye.names(goodbye.source(index)), "a goodbye names its sources")
      }
      precondition(goodbye.reason.count <= 255, "a reason of \(goodbye.reason.count)")
    case .extendedReport(var report):
      while let block = report.next() { check(block) }
    case .feedback, .other, .malformed: break
    }
  }
}

private func check(_ report: borrowing RTCPReport, _ index: Int) {
  guard let block = report.block(index) else { preconditionFailure("a report without its block \(index)") }
  if let roundTrip = block.roundTripNanoseconds(at: NTPTimestamp(rawValue: 1 << 40)) {
    precondition(roundTrip >= 0, "a round trip of \(roundTrip)")
  }
  var bytes = [UInt8](repeating: 0, count: 64)
  var writer = RTCPWriter(bytes.mutableSpan)
  writer.writeReport(from: report.sender, info: report.info, block: block)
  guard let count = try? writer.finish(), var reader = try? RTCPReader(bytes.span.extracting(0..<count)),
    case .report(let again)? = reader.next()
  else { preconditionFailure("a report that cannot be written again") }
  precondition(again.block(0) == block && again.info == report.info && again.sender == report.sender, "\(block)")
}

private func check(_ block: RTCPExtendedReport.Block) {
  guard case .voipMetrics(let metrics) = block else { return }
  var bytes = [UInt8](repeating: 0, count: 64)
  var writer = RTCPWriter(bytes.mutableSpan)
  writer.writeVoIPMetrics(metrics, from: metrics.source)
  guard let count = try? writer.finish(), var reader = try? RTCPReader(bytes.span.extracting(0..<count)),
    case .extendedReport(var again)? = reader.next()
  else { preconditionFailure("metrics that cannot be written again") }
  precondition(again.next() == block, "\(metrics)")
}

extension RoomLoadResult {
  /// Takes what the generator saw in `seconds` of measuring; `joinedBytes` is what memory grew by when the legs joined.
  mutating func take(_ record: LoadRecord, seconds: Double, joinedBytes: Int) {
    let reception = record.reception
    let expected = Double(max(1, reception.expectedPerLeg))
    let received = reception.legs.map { Double($0.received) }
    // A leg may get one packet more than its share, by where the measured time begins; it makes up for nobody's loss.
    receivedShare = received.reduce(0) { $0 + min($1, expected) } / (expected * Double(max(1, received.count)))
    worstReceivedShare = min(1, (received.min() ?? 0) / expected)
    intervalP50 = reception.intervals.milliseconds(at: 0.5)
    intervalP99 = reception.intervals.milliseconds(at: 0.99)
    intervalMaximum = reception.intervals.maximumMilliseconds
    sequenceGaps = reception.legs.reduce(0) { $0 + $1.gaps }
    sequenceMissing = reception.legs.reduce(0) { $0 + $1.missing }
    generatorLatenessP99 = record.lateness.milliseconds(at: 0.99)
    generatorLatenessMaximum = record.lateness.maximumMilliseconds
    generatorDrops = record.unreadDrops + Int(record.sent.dropped + record.sent.refused)
    bridgeCores = Double(record.othersCPUNanoseconds) * 1e-9 / seconds
    generatorCores = Double(record.generatorCPUNanoseconds) * 1e-9 / seconds
    memoryKiBPerLeg = Double(joinedBytes + record.residentGrowthBytes) / 1_024 / Double(max(1, legs))
  }
}

import MediaBase
import RTC
import Testing

/// What is heard when of what comes when.
@Suite struct VoiceDrawingTests {
  @Test func packetsInTimeArePlayedAtTheNextTick() throws {
    let played = try TimeDrawing.playout(of: "0123456789", ticks: 10)
    #expect(played.drawing == "0123456789")
    #expect(played.statistics.samplesConcealed == 0)
    #expect(played.statistics.samplesShrunk == 0 && played.statistics.samplesStretched == 0)
  }

  @Test func nothingIsHeardBeforeTheFirstPacket() throws {
    #expect(try TimeDrawing.playout(of: "...0123", ticks: 7).drawing == "___0123")
  }

  @Test func aLostPacketIsConcealedAndDelaysNothing() throws {
    let played = try TimeDrawing.playout(of: "0123.567", ticks: 8)
    #expect(played.drawing == "0123~567")
    #expect(played.statistics.samplesConcealed == 960)
  }

  @Test func aLatePacketIsPlayedAndNotSkipped() throws {
    let played = try TimeDrawing.playout(of: "0123.(45)67", ticks: 9)
    #expect(played.drawing == "0123~4567")
    #expect(played.statistics.packetsLate == 0)
  }

  @Test func swappedPacketsArePutInOrderWhereThereIsDepth() throws {
    // The pause lets the buffer have two packets in hand.
    let played = try TimeDrawing.playout(of: "0123.(45)(67)(98)abcd", ticks: 13)
    #expect(played.drawing.hasPrefix("0123~45678"))
    #expect(played.outcomes.allSatisfy { $0 == .accepted })
  }

  @Test func duplicatesAreToldAndDropped() throws {
    let played = try TimeDrawing.playout(of: "0(11)(23)3(42)567", ticks: 8)
    #expect(played.statistics.packetsDuplicate == 3)
    #expect(played.statistics.packetsLate == 0)
  }

  @Test func whatWasConcealedForGoodIsLate() throws {
    let played = try TimeDrawing.playout(of: "0123.5(46)78", ticks: 9)
    #expect(played.drawing.hasPrefix("0123~5678"))
    #expect(played.statistics.packetsLate == 1)
  }

  @Test func aSilenceOfTheSenderIsNoLoss() throws {
    // Timestamps and arrivals skip three packets' time, the numbers do not.
    let played = try TimeDrawing.playout(of: "0123...789a", ticks: 11) { packet in
      if packet.number >= 7 { packet.sequence &-= 3 }
    }
    #expect(played.drawing.hasPrefix("0123") && played.drawing.hasSuffix("789a"))
    #expect(played.statistics.samplesConcealed == 0)
  }

  @Test func timestampsThatJumpAreTiedTogetherAtOnce() throws {
    for jump: Int32 in [2_400_000, -2_400_000, 8_000, -8_000, -320, .min, .max] {
      let played = try TimeDrawing.playout(of: "0123456789", ticks: 10) { packet in
        if packet.number >= 5 { packet.timestamp &+= UInt32(bitPattern: jump) }
      }
      #expect(played.drawing == "0123456789", "a jump of \(jump) ticks")
    }
  }

  @Test func onePacketFromTheFarFutureHarmsNoOther() throws {
    let played = try TimeDrawing.playout(of: "0123456789", ticks: 10) { packet in
      if packet.number == 5 { packet.timestamp &+= 8_000 * 1_000 }
    }
    #expect(played.drawing == "0123456789")
  }

  @Test func sequenceNumbersThatJumpMuteNobody() throws {
    for jump: Int16 in [1_000, -1_000, -3, .min, .max] {
      let played = try TimeDrawing.playout(of: "0123456789", ticks: 10) { packet in
        if packet.number >= 5 { packet.sequence &+= UInt16(bitPattern: jump) }
      }
      #expect(played.drawing == "0123456789", "a jump of \(jump)")
    }
  }

  @Test func anotherSourceGoesOnWithoutAPause() throws {
    let played = try TimeDrawing.playout(of: "0123456789", ticks: 10) { packet in
      if packet.number >= 5 {
        packet.ssrc = 7
        packet.sequence &+= 12_345
        packet.timestamp &-= 1_000_000
      }
    }
    #expect(played.drawing == "0123456789")
    #expect(played.statistics.samplesConcealed == 0)
  }

  @Test func aSenderThatRestartsIsHeardWithinThreePackets() throws {
    for seconds in [0.1, 1, 100] {
      let played = try TimeDrawing.playout(of: "0123456789abcdef", ticks: 16) { packet in
        if packet.number >= 5 {
          packet.sequence &-= 500
          packet.timestamp &-= UInt32(8_000 * seconds)
        }
      }
      #expect(played.drawing.hasPrefix("01234"))
      #expect(played.drawing.contains("89abcdef"), "\(played.drawing) after \(seconds) s")
    }
  }

  @Test func timestampsThatStoodStillWhileNothingWasSentAreForgiven() throws {
    var rig = try PlayoutRig(.pcma)
    rig.send(
      TimeDrawing.arrivals("0123456789abcdef") { packet in
        if packet.number >= 5 { packet.milliseconds += 60_000 }
      })
    rig.play(ticks: 3_016)
    #expect(TimeDrawing.playout(rig.frames.suffix(11)) == "56789abcdef")
  }
}

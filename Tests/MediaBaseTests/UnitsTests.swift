import Foundation
import MediaBase
import Testing

@Suite struct DecibelsTests {
  @Test func linearFactorsAreTwentyTimesTheLogarithm() {
    #expect(Decibels(20).linear == 10)
    #expect(abs(Decibels(-6).linear - 0.501_187) < 1e-6)
    #expect(abs(Decibels(linear: 0.5).value + 6.0206) < 1e-4)
    #expect(abs(Decibels(power: 0.5).value + 3.0103) < 1e-4)
    #expect(Decibels(linear: -2).value == Decibels(linear: 2).value)
  }

  @Test func silenceIsNoSound() {
    #expect(Decibels.silence.linear == 0)
    #expect(Decibels(linear: 0) == .silence)
    #expect(Decibels.silence < Decibels(-200))
  }

  @Test func isWrittenAsABareNumber() throws {
    let json = try JSONEncoder().encode([Decibels(-3.5)])
    #expect(String(decoding: json, as: UTF8.self) == "[-3.5]")
    #expect(try JSONDecoder().decode([Decibels].self, from: json) == [Decibels(-3.5)])
  }
}

@Suite struct StorageTests {
  @Test func sampleBuffersStartSilentAndKeepWhatIsCopied() {
    let buffer = SampleBuffer(count: 5)
    #expect((0..<5).allSatisfy { buffer[$0] == 0 })
    buffer.copy(([1, 2, 3] as [Float]).span, at: 1)
    #expect((0..<5).map { buffer[$0] } == [0, 1, 2, 3, 0])
    buffer.move(from: 1, to: 2, count: 3)
    #expect((0..<5).map { buffer[$0] } == [0, 1, 1, 2, 3])
    #expect(buffer.span(3..<5)[1] == 3)
  }

  @Test func fixedArraysFreeTheirElements() {
    final class Witness {
      let leave: () -> Void
      init(_ leave: @escaping () -> Void) { self.leave = leave }
      deinit { leave() }
    }
    var freed = 0
    do {
      var array = FixedArray(count: 3) { _ in Witness { freed += 1 } }
      array[1] = Witness { freed += 10 }
      #expect(freed == 1)
    }
    #expect(freed == 13)
  }

  @Test func framesAreWholeFractionsOfASecond() {
    #expect(FrameDuration.allCases.map(\.milliseconds) == [2.5, 5, 10, 20, 40, 60])
    #expect(FrameDuration.allCases.allSatisfy { Double($0.samples) == $0.milliseconds * 48 })
  }
}

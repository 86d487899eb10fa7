import MediaBase
import Monitor
import Testing

/// Our sound in a card's form, and the other way round.
@Suite struct CardSamplesTests {
  @Test(arguments: ChannelLayout.allCases, [1, 2]) func floatsGoAndComeUnchangedButForTheirChannels(
    layout: ChannelLayout, channels: Int
  ) {
    let samples: [Float] = layout == .mono ? [0.25, -0.5, 1] : [0.25, 0.75, -0.5, 0.5, 1, -1]
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 16)
    defer { bytes.deallocate() }
    CardSamples.convert(samples.span, layout, to: bytes, channels: channels, isFloat: true)
    let card = (0..<3 * channels).map { bytes.load(fromByteOffset: 4 * $0, as: Float.self) }
    switch (layout, channels) {
    case (.mono, 1): #expect(card == samples)
    case (.mono, _): #expect(card == [0.25, 0.25, -0.5, -0.5, 1, 1])
    case (.stereo, 1): #expect(card == [0.5, 0, 0])
    case (.stereo, _): #expect(card == samples)
    }
    var back = [Float](repeating: .nan, count: samples.count)
    var span = back.mutableSpan
    CardSamples.convert(bytes, channels: channels, isFloat: true, to: &span, layout)
    #expect(layout == .stereo && channels == 1 ? back == [0.5, 0.5, 0, 0, 0, 0] : back == samples)
  }

  @Test func sixteenBitsAreRoundedAndClippedAndNeverTrap() {
    let samples: [Float] = [0, 1, -1, 2, -.infinity, .nan, 0.5, 1 / 32_768 * 0.6]
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 16)
    defer { bytes.deallocate() }
    CardSamples.convert(samples.span, .mono, to: bytes, channels: 1, isFloat: false)
    let card = samples.indices.map { bytes.load(fromByteOffset: 2 * $0, as: Int16.self) }
    #expect(card == [0, 32_767, -32_768, 32_767, 0, 0, 16_384, 1])
    var back = [Float](repeating: .nan, count: samples.count)
    var span = back.mutableSpan
    CardSamples.convert(bytes, channels: 1, isFloat: false, to: &span, .mono)
    #expect(back[6] == 0.5 && back[2] == -1)
  }

  @Test func aMicrophoneThatGivesNoNumberGivesSilence() {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)
    defer { bytes.deallocate() }
    bytes.storeBytes(of: Float.nan, as: Float.self)
    bytes.storeBytes(of: Float.infinity, toByteOffset: 4, as: Float.self)
    var back = [Float](repeating: 1, count: 2)
    var span = back.mutableSpan
    CardSamples.convert(bytes, channels: 1, isFloat: true, to: &span, .mono)
    #expect(back == [0, 0])
  }
}

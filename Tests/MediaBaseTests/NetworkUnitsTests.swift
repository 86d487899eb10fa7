import MediaBase
import Testing

@Suite struct SequenceNumberTests {
  @Test func distancesGoTheShorterWayAround() {
    #expect(SequenceNumber(rawValue: 2).distance(from: SequenceNumber(rawValue: 65_534)) == 4)
    #expect(SequenceNumber(rawValue: 65_534).distance(from: SequenceNumber(rawValue: 2)) == -4)
    #expect(SequenceNumber(rawValue: 0x8000).distance(from: SequenceNumber(rawValue: 0)) == -32_768)
    #expect(SequenceNumber(rawValue: 65_535).advanced(by: 3) == SequenceNumber(rawValue: 2))
    #expect(SequenceNumber(rawValue: 1).advanced(by: -3) == SequenceNumber(rawValue: 65_534))
  }

  @Test func timestampsWrapToo() {
    let late = RTPTimestamp(rawValue: 0xffff_ff00)
    #expect(late.advanced(by: 960).distance(from: late) == 960)
    #expect(late.distance(from: late.advanced(by: 960)) == -960)
  }
}

@Suite struct TransportAddressTests {
  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
    ("::1", "::1"),
    ("2001:db8::1", "2001:db8::1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("1::", "1::"),
    // RFC 5952, 4.2.2 and 4.2.3: one group is no run, and of two runs the first.
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("::ffff:192.0.2.1", "192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
  ])
  func isReadAndWritten(text: String, canonical: String) throws {
    let address = try #require(TransportAddress(text, port: 5004))
    #expect(address.addressText == canonical)
    #expect(TransportAddress(canonical, port: 5004) == address)
    #expect(address.description == (canonical.contains(":") ? "[\(canonical)]:5004" : "\(canonical):5004"))
  }

  @Test(arguments: [
    "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.-4", "1.2.3.٤", " 1.2.3.4", ":", ":::", "1:2",
    "1::2::3",
    "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "12345::", "g::", "::1.2.3", "::1.2.3.4:5", "[::1]", "fe80::1%eth0",
    "localhost",
    String(repeating: ":", count: 100),
  ])
  func refusesWhatIsNone(text: String) {
    #expect(TransportAddress(text, port: 1) == nil)
  }
}

@Suite struct ByteTests {
  @Test func whatIsWrittenIsReadBack() {
    var bytes = [UInt8](repeating: 0xEE, count: 18)
    var writer = ByteWriter(bytes.mutableSpan)
    writer.write(UInt8(1))
    writer.write(UInt16(0x0203))
    writer.write(UInt32(0x0405_0607))
    writer.write(UInt64(0x0809_0a0b_0c0d_0e0f))
    writer.write([0x10, 0x11].span)
    writer.overwrite(0xfffe, at: 1)
    #expect(writer.count == 17 && !writer.hasOverflowed)
    writer.write(UInt16(7))
    writer.write(UInt8(7))
    #expect(writer.count == 17 && writer.hasOverflowed)
    #expect(bytes == [1, 0xff, 0xfe, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0xEE])

    var reader = ByteReader(bytes.span)
    #expect(reader.readUInt8() == 1)
    #expect(reader.readUInt24() == 0xfffe04)
    #expect(reader.readUInt32() == 0x0506_0708)
    #expect(reader.readUInt64() == 0x090a_0b0c_0d0e_0f10)
    #expect(reader.readUInt32() == nil && reader.remaining == 2)
    #expect(reader.readBytes(3) == nil && !reader.skip(-1) && !reader.skip(3))
    #expect(reader.readBytes(1)?[0] == 17)
    #expect(reader.skip(1) && reader.readUInt8() == nil)
  }
}

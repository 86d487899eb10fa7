import MediaBase
import Monitor
import Testing

/// What a user writes as a bridge's address, and what a bridge writes as events.
@Suite struct ClientTextTests {
  @Test(arguments: [
    ("http://127.0.0.1:8080", "127.0.0.1", 8_080), ("http://bridge.example/", "bridge.example", 80),
    ("http://[2001:db8::1]:99", "2001:db8::1", 99),
  ]) func anAddressIsReadAsPeopleWriteIt(text: String, host: String, port: Int) {
    let address = ServerAddress(text)
    #expect(address?.host == host && address?.port == port)
  }

  @Test(arguments: [
    "", "127.0.0.1:8080", "https://bridge.example", "http://", "http://a:0", "http://a:70000", "http://a/v1", "ftp://a",
    "http://user@a", "http://a?b", "http://a b",
  ]) func whatIsNoAddressIsNone(text: String) {
    #expect(ServerAddress(text) == nil)
  }

  @Test(arguments: 1...40) func eventsAreReadInPiecesOfAnySize(size: Int) {
    let stream = """
      retry: 2000

      : keep alive

      id: 1-2
      event: talking
      data: {"member":"7",
      data: "talking":true}

      event: memberLeft\r
      data: {}\r
      \r

      """
    var lines = EventLines()
    var events: [EventLines.Event] = []
    let bytes = Array(stream.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      events += lines.read(bytes[start..<min(bytes.count, start + size)])
    }
    #expect(events.map(\.name) == ["talking", "memberLeft"])
    #expect(events.map(\.data) == ["{\"member\":\"7\",\n\"talking\":true}", "{}"])
  }

  @Test func aLineWithoutEndEndsTheReading() {
    var lines = EventLines()
    #expect(lines.read(repeatElement(UInt8(0x61), count: 100_000)).isEmpty && lines.isBroken)
    #expect(lines.read(Array("\ndata: a\n\n".utf8)).isEmpty)
  }

  @Test func anyBytesAreTaken() {
    var random = SeededGenerator(seed: 8)
    for _ in 0..<200 {
      var lines = EventLines()
      _ = lines.read(random.bytes(300).map { $0 % 3 == 0 ? $0 : [0x0a, 0x3a, 0x64, 0x20][Int($0) % 4] })
    }
  }
}

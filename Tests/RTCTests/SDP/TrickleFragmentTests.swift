import RTC
import Testing

@Suite struct TrickleFragmentTests {
  /// RFC 9725, 4.3.1, shortened.
  private static let fragment = """
    a=ice-ufrag:EsAw
    a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
    m=audio 9 RTP/AVP 0
    a=mid:0
    a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host
    a=end-of-candidates

    """

  private static func read(_ text: String) throws -> TrickleFragment {
    try TrickleFragment(Array(text.utf8).span)
  }

  @Test func credentialsAndSectionAreRead() throws {
    let fragment = try Self.read(Self.fragment)
    #expect(fragment.credentials?.usernameFragment == "EsAw")
    #expect(fragment.credentials?.password == "P2uYro0UCOQ4zxjKXaWCBui1")
    #expect(fragment.mid == "0")
  }

  @Test func credentialsInTheSectionAreReadAsWell() throws {
    let lines = Self.fragment.split(separator: "\n")
    let text = (lines[2...3] + lines[0...1]).joined(separator: "\r\n")
    #expect(try Self.read(text).credentials?.usernameFragment == "EsAw")
  }

  @Test func whatIsNoFragmentIsRefused() {
    #expect(throws: SessionDescription.ReadError.noDescription) { try Self.read("") }
    #expect(throws: SessionDescription.ReadError.badMedia(0)) {
      try Self.read(Self.fragment.replacing("EsAw", with: "E"))
    }
  }

  @Test func aRestartIsAnsweredForItsSection() throws {
    let ours = try #require(ICECredentials(usernameFragment: "ours", password: String(repeating: "p", count: 22)))
    #expect(
      try Self.read(Self.fragment).answer(ours, []).split(separator: "\r\n") == [
        "a=ice-lite", "a=ice-ufrag:ours", "a=ice-pwd:pppppppppppppppppppppp", "m=audio 9 RTP/AVP 0", "a=mid:0",
        "a=end-of-candidates",
      ])
  }
}

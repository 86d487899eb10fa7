import MediaBase
import OfflineMixing
import Testing

@Suite("A leg's name as a file's")
struct OutputPlanTests {
  @Test(arguments: [
    ("Alice", "Alice"), ("Li Wei 李薇", "Li Wei 李薇"), ("Dave (telephone)", "Dave (telephone)"), ("a.b", "a.b"),
    ("a/b", "a_b"), ("../../etc/passwd", "_._.._etc_passwd"), ("/", "_"), ("\\\\host\\x", "__host_x"), ("", "_"),
    (".", "_"), ("..", "_."), (".hidden", "_hidden"), ("a\nb\u{0}c\u{1B}d\u{7F}", "a_b_c_d_"), ("a\r\nb", "a__b"),
    ("-", "-"), ("👩‍👩‍👧", "👩‍👩‍👧"),
  ])
  func leadsNowhereElse(_ name: String, file: String) {
    #expect(OutputPlan.fileName(name) == file)
  }

  @Test func isShortEnoughForAnyFileSystem() {
    #expect(OutputPlan.fileName(String(repeating: "a", count: 300)) == String(repeating: "a", count: 200))
    #expect(OutputPlan.fileName(String(repeating: "李", count: 200)) == String(repeating: "李", count: 66))
    #expect(OutputPlan.fileName("e" + String(repeating: "\u{301}", count: 300)) == "_")
  }

  @Test func neverLeadsElsewhereHidesOrIsLong() {
    let pieces = [
      "/", "\\", ".", "..", "\u{0}", "\n", "\r\n", "a", "é", "e\u{301}", "李", "👩‍👩‍👧", " ", "\u{202E}", "\u{301}",
    ]
    var chance = SeededGenerator(seed: 6)
    for _ in 0..<20_000 {
      let length = Int.random(in: 0...90, using: &chance)
      let name = (0..<length).map { _ in pieces.randomElement(using: &chance) ?? "" }.joined()
      let file = OutputPlan.fileName(name)
      let isSafe =
        (1...200).contains(file.utf8.count) && !file.utf8.starts(with: [UInt8(ascii: ".")])
        && !file.utf8.contains { $0 < 32 || $0 == 127 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
      #expect(isSafe, "\(name.debugDescription)")
    }
  }
}

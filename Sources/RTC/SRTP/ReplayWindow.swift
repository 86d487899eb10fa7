/// Which of the newest packets have come (RFC 3711, 3.3.2): a bit for each of `64 · words` indices, used around.
///
/// What is older than all of them counts as having come, since nobody knows. A value of fixed size.
package struct ReplayWindow<let words: Int> {
  /// The highest index that has come; `nil` before the first.
  package private(set) var newest: UInt64?
  private var bits = InlineArray<words, UInt64>(repeating: 0)

  private static var size: UInt64 { UInt64(words) * 64 }

  package init() {}

  /// `replayed` or `tooOld` where a packet of that index may not come.
  package func check(_ index: UInt64) throws(SRTPError) {
    guard let newest, index <= newest else { return }
    guard newest - index < Self.size else { throw .tooOld }
    let (word, bit) = Self.place(of: index)
    guard bits[word] & bit == 0 else { throw .replayed }
  }

  /// A packet has come, and was authentic.
  package mutating func insert(_ index: UInt64) {
    if let newest, index > newest { forget(from: newest + 1, to: index) }
    newest = max(newest ?? index, index)
    let (word, bit) = Self.place(of: index)
    bits[word] |= bit
  }

  private mutating func forget(from first: UInt64, to last: UInt64) {
    guard last - first < Self.size else {
      for word in bits.indices { bits[word] = 0 }
      return
    }
    for index in first...last {
      let (word, bit) = Self.place(of: index)
      bits[word] &= ~bit
    }
  }

  private static func place(of index: UInt64) -> (word: Int, bit: UInt64) {
    let position = index % size
    return (Int(position / 64), 1 << (position % 64))
  }
}

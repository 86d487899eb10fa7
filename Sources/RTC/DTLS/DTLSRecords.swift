/// Cuts joined DTLS records into datagrams.
///
/// A memory BIO keeps bytes and no datagrams, so that a flight comes out of it in one piece. A record must not be cut
/// (RFC 6347, 4.1.1), and each says its length:
///
///     0       1         3       5               11       13
///     | type  | version | epoch | number        | length | that many bytes |
enum DTLSRecords {
  private static let headerBytes = 13
  private static let lengthOffset = 11

  /// As few datagrams as hold them with at most `mtu` bytes each; a longer record is one by itself.
  static func datagrams(of records: [UInt8], mtu: Int) -> [[UInt8]] {
    var datagrams: [[UInt8]] = []
    var begin = 0
    var end = 0
    while end < records.count {
      let next = self.end(ofRecordAt: end, in: records)
      if next - begin > mtu, end > begin {
        datagrams.append(Array(records[begin..<end]))
        begin = end
      }
      end = next
    }
    if begin < records.count { datagrams.append(Array(records[begin...])) }
    return datagrams
  }

  private static func end(ofRecordAt start: Int, in records: [UInt8]) -> Int {
    guard records.count - start >= headerBytes else { return records.count }
    let length = Int(records[start + lengthOffset]) << 8 | Int(records[start + lengthOffset + 1])
    return min(records.count, start + headerBytes + length)
  }
}

/// Writes the state of what is running into bytes, or brings it back from them: the same calls in the same order do both.
///
/// ```
/// coder.code(&count, in: 0...8)      writing: count goes to the bytes      reading: count comes from them, if it is in range
/// ```
/// So that what is written and what is read cannot differ. The bytes may come from a file that anybody made: what is missing
/// or out of range marks them as damaged, from where on nothing is read and every value stays as it was. One owner, for the
/// time between two ticks; writing allocates. Numbers stand lowest byte first, floats by their bits.
public struct CheckpointCoder {
  /// What was written, or is read.
  public private(set) var bytes: [UInt8]
  /// Whether it brings state back.
  public let isReading: Bool
  /// Whether the bytes cannot be those of a checkpoint of the same kind.
  public private(set) var isDamaged = false
  private var position = 0

  /// Whether everything was read, and nothing was wrong.
  public var isComplete: Bool { !isDamaged && (!isReading || position == bytes.count) }

  /// Positions and times: in samples or nanoseconds, far from where sums of a few of them could overflow.
  public static let times: ClosedRange<Int64> = -(1 << 61)...1 << 61

  /// For writing, with room for so many bytes.
  public init(reserving count: Int) {
    bytes = []
    bytes.reserveCapacity(count)
    isReading = false
  }

  /// For reading.
  public init(reading bytes: [UInt8]) {
    self.bytes = bytes
    isReading = true
  }

  /// What was read cannot be.
  public mutating func fail() { isDamaged = true }

  /// A number in a range.
  public mutating func code<Number: FixedWidthInteger>(_ value: inout Number, in range: ClosedRange<Number>) {
    var coded = value
    code(bits: &coded)
    guard isReading, !isDamaged else { return }
    if range.contains(coded) { value = coded } else { isDamaged = true }
  }

  /// A number of which each is possible; for times there is another.
  public mutating func code<Number: FixedWidthInteger>(_ value: inout Number) {
    code(&value, in: Number.min...Number.max)
  }

  /// A position or time.
  public mutating func code(time: inout Int64) { code(&time, in: Self.times) }

  /// Yes or no.
  public mutating func code(_ value: inout Bool) {
    var number: UInt8 = value ? 1 : 0
    code(&number, in: 0...1)
    value = number == 1
  }

  /// Any float, also what is no number.
  public mutating func code(_ value: inout Float) {
    var bits = value.bitPattern
    code(&bits)
    value = Float(bitPattern: bits)
  }

  /// Any float, also what is no number.
  public mutating func code(_ value: inout Double) {
    var bits = value.bitPattern
    code(&bits)
    value = Double(bitPattern: bits)
  }

  /// One that may be missing: `code` is given a value to write or to fill in, `empty` where none is there yet.
  public mutating func code<Value>(
    _ value: inout Value?, empty: Value, _ code: (inout CheckpointCoder, inout Value) -> Void
  ) {
    var isThere = value != nil
    self.code(&isThere)
    guard isThere else {
      if !isDamaged { value = nil }
      return
    }
    var some = value ?? empty
    code(&self, &some)
    if !isDamaged { value = some }
  }

  /// One of a few cases.
  public mutating func code<Value: Equatable>(_ value: inout Value, of cases: [Value]) {
    var number = UInt8(cases.firstIndex(of: value) ?? 0)
    code(&number, in: 0...UInt8(cases.count - 1))
    value = cases[Int(number)]
  }

  /// All samples of a buffer.
  public mutating func code(_ buffer: borrowing SampleBuffer) {
    let count = buffer.count * MemoryLayout<Float>.stride
    guard isReading else {
      buffer.span.withUnsafeBytes { bytes.append(contentsOf: $0) }
      return
    }
    guard let start = take(count) else { return }
    var samples = buffer.mutableSpan
    samples.withUnsafeMutableBytes { place in
      bytes.withUnsafeBytes { place.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + count])) }
    }
  }

  /// Some bytes, at most so many.
  public mutating func code(_ value: inout [UInt8], most: Int) {
    var count = value.count
    code(&count, in: 0...most)
    guard isReading else { return bytes.append(contentsOf: value) }
    guard !isDamaged, let start = take(count) else { return }
    value = Array(bytes[start..<start + count])
  }

  private mutating func code<Number: FixedWidthInteger>(bits value: inout Number) {
    let count = Number.bitWidth / 8
    guard isReading else {
      for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> Number(8 * index))) }
      return
    }
    guard let start = take(count) else { return }
    var read: Number = 0
    for index in 0..<count { read |= Number(truncatingIfNeeded: bytes[start + index]) << Number(8 * index) }
    value = read
  }

  /// Where the next bytes stand; `nil`, and damaged, where there are fewer.
  private mutating func take(_ count: Int) -> Int? {
    guard !isDamaged, count <= bytes.count - position else {
      isDamaged = true
      return nil
    }
    defer { position += count }
    return position
  }
}

// What libFuzzer calls, and what it lends (https://llvm.org/docs/LibFuzzer.html). Its `main` is the program's.
import Foundation
import FuzzEntries

/// The entry that this run feeds, by its name in PARTYLINE_FUZZ.
private let entry: FuzzEntry = {
  let name = ProcessInfo.processInfo.environment["PARTYLINE_FUZZ"] ?? ""
  guard let entry = FuzzEntry(rawValue: name) else {
    let known = FuzzEntry.allCases.map(\.rawValue).joined(separator: ", ")
    FileHandle.standardError.write(Data("PARTYLINE_FUZZ names the target: \(known)\n".utf8))
    exit(2)
  }
  return entry
}()

/// One input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let buffer = UnsafeBufferPointer(start: bytes, count: count)
  entry.run(Span(_unsafeElements: buffer))
  return 0
}

/// Its own way of changing an input.
@_silgen_name("LLVMFuzzerMutate")
private func mutate(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int) -> Int

/// Changes an input as ever; then, three times of four, mends the checksums of Ogg pages.
@_cdecl("LLVMFuzzerCustomMutator")
public func customMutator(
  _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int, _ seed: UInt32
) -> Int {
  let changed = mutate(bytes, count, capacity)
  guard entry == .oggPage || entry == .audioFile, seed % 4 != 0 else { return changed }
  var copy = Array(UnsafeBufferPointer(start: bytes, count: changed))
  mendOggChecksums(in: &copy)
  bytes.update(from: copy, count: changed)
  return changed
}

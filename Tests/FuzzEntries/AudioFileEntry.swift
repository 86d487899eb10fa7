import Foundation
import MediaFiles

/// Opens the bytes as an audio file and reads it through, as far as a mix of one minute would.
func feedAudioFile(_ bytes: Span<UInt8>) {
  guard let file = UnlinkedFile(bytes) else { return }
  let gainTags = GainTags.allCases[bytes.count % GainTags.allCases.count]
  do throws(AudioFileError) {
    readThrough(try openAudioFile(at: file.path, gainTags: gainTags), chunk: [1024, 8192, 37][bytes.count % 3])
  } catch {
    precondition(!error.description.isEmpty, "an error without words")
  }
}

/// Frames that are read at most: a small file may declare a year of sound.
private let mostFrames: Int64 = 48_000 * 60

private func readThrough(_ reader: any AudioFileReader, chunk frames: Int) {
  let format = reader.format
  precondition(format.sampleRate > 0 && (1...1024).contains(format.channels), "no format: \(format)")
  precondition(format.frames ?? 0 >= 0, "a length of \(format.frames ?? 0) frames")
  // Many channels take long: as many samples as two channels would have.
  let most = max(mostFrames * 2 / Int64(max(2, format.channels)), 1)
  var samples = [Float](repeating: 0, count: frames * format.channels)
  var expected: Int64 = 0
  var calls = 0
  while expected < most {
    calls += 1
    precondition(calls <= 4 * mostFrames, "reading does not come to an end")
    do throws(AudioFileError) {
      var span = samples.mutableSpan
      let count = try reader.read(into: &span)
      precondition((0...frames).contains(count), "\(count) frames in a buffer of \(frames)")
      expected += Int64(count)
      precondition(reader.position == expected, "position \(reader.position) after \(expected) frames")
      precondition(samples[..<(count * format.channels)].allSatisfy { abs($0) <= 64 }, "a sample beyond ±64")
      if count == 0 { break }
    } catch {
      guard case .damaged(_, let second, _) = error else { return }
      precondition(second.isFinite && second >= 0, "damaged at \(second) s")
    }
  }
  if let declared = format.frames {
    precondition(expected <= declared, "\(expected) frames of \(declared)")
    precondition(expected == declared || expected >= most, "\(expected) frames of \(declared) at the end")
  }
}

/// A file in memory that has a path as long as it lives, and leaves nothing behind even when the process is killed.
struct UnlinkedFile: ~Copyable {
  private let descriptor: Int32
  var path: String { "/proc/self/fd/\(descriptor)" }

  init?(_ bytes: Span<UInt8>) {
    let directory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(directory)/partyline-fuzz-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { preconditionFailure("no file can be made in \(directory)") }
    unlink(template)
    self.descriptor = descriptor
    let written = bytes.withUnsafeBufferPointer { $0.isEmpty ? 0 : write(descriptor, $0.baseAddress, $0.count) }
    guard written == bytes.count else { return nil }
  }

  deinit {
    close(descriptor)
  }
}

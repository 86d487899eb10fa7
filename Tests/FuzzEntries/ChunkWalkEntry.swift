import MediaFiles

/// Walks the chunks of a file that consists of these bytes.
func feedChunkWalk(_ bytes: Span<UInt8>) {
  var walk = ChunkWalk()
  var steps = 0
  while let request = walk.request {
    steps += 1
    precondition(steps <= ChunkWalk.longestWalk + 2, "a walk without an end")
    precondition((1...36).contains(request.count), "a chunk's first \(request.count) bytes are asked for")
    let start = Int(clamping: min(request.offset, UInt64(bytes.count)))
    walk.take(bytes.extracting(start..<min(bytes.count, start + request.count)))
  }
  switch walk.result {
  case .bytes(let size, let offset, let frameSize):
    precondition(frameSize > 0 && size <= UInt64(Int64.max), "\(size) bytes in frames of \(frameSize)")
    precondition(offset <= UInt64(bytes.count), "samples behind the end, at \(offset)")
  case .neverClosed(let offset):
    precondition(offset <= UInt64(bytes.count), "a size behind the end, at \(offset)")
  case .frames, nil: break
  }
}

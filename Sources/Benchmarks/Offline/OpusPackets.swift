import COgg
import Foundation

/// The Opus packets of an Ogg file, whole in memory: for timing the codec alone. Headers are left out.
///
/// For files that this benchmark made itself; not a reader for others.
final class OpusPackets {
  /// Every packet, one after another.
  private(set) var bytes: [UInt8] = []
  /// Where each packet lies in `bytes`.
  private(set) var ranges: [Range<Int>] = []

  /// Takes the packets out of the first stream of a file.
  init(path: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    var sync = ogg_sync_state()
    ogg_sync_init(&sync)
    defer { ogg_sync_clear(&sync) }
    data.withUnsafeBytes { source in
      guard let start = source.baseAddress, let room = ogg_sync_buffer(&sync, source.count) else { return }
      memcpy(room, start, source.count)
      ogg_sync_wrote(&sync, source.count)
    }
    var stream = ogg_stream_state()
    var hasStream = false
    var page = ogg_page()
    var skipped = 0
    while ogg_sync_pageout(&sync, &page) == 1 {
      if !hasStream {
        ogg_stream_init(&stream, ogg_page_serialno(&page))
        hasStream = true
      }
      ogg_stream_pagein(&stream, &page)
      var packet = ogg_packet()
      while ogg_stream_packetout(&stream, &packet) == 1 {
        skipped += 1
        // OpusHead and OpusTags.
        if skipped > 2 { append(packet) }
      }
    }
    if hasStream { ogg_stream_clear(&stream) }
  }

  private func append(_ packet: ogg_packet) {
    let start = bytes.count
    bytes.append(contentsOf: UnsafeBufferPointer(start: packet.packet, count: packet.bytes))
    ranges.append(start..<bytes.count)
  }
}

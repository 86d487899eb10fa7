import COpus
import COpusFile

/// Decodes the packets of mono and stereo streams in libopusfile's stead, straight with the one decoder that they need.
///
/// libopusfile decodes through libopus's multistream decoder, which asks for the size of a decoder with each packet. In a
/// libopus with custom modes (Debian's) the answer takes CPUID instructions, and each of those leaves a virtual machine: on
/// one, three times the decoder's own work. The decoder used here is the one within libopusfile's own, so gains and resets
/// that the library sets hold, and the samples are the same; whatever has more streams is left to the library.
///
/// Owned by the file's decoder, which keeps it as long as the library may call it; one thread at a time.
final class OneStreamDecoding {
  private let handle: OpaquePointer
  /// The library's decoder and the link it was last asked for, and the decoder within.
  private var known: (multistream: OpaquePointer, link: Int32)?
  private var decoder: OpaquePointer?

  init(_ handle: OpaquePointer) {
    self.handle = handle
  }

  /// Has the library call here for each packet from now on.
  func takeOver() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    op_set_decode_callback(
      handle,
      { context, multistream, samples, packet, count, _, format, link in
        guard let context, let multistream, let samples, let packet, format == OP_DEC_FORMAT_FLOAT else {
          return OP_DEC_USE_DEFAULT
        }
        let decoding = Unmanaged<OneStreamDecoding>.fromOpaque(context).takeUnretainedValue()
        guard let decoder = decoding.decoder(within: multistream, link: link) else { return OP_DEC_USE_DEFAULT }
        let decoded = opus_decode_float(
          decoder, packet.pointee.packet, Int32(clamping: packet.pointee.bytes),
          samples.assumingMemoryBound(to: Float.self), count, 0)
        return min(0, decoded)
      }, context)
  }

  /// The decoder of a link's only stream; nothing where the link has several.
  private func decoder(within multistream: OpaquePointer, link: Int32) -> OpaquePointer? {
    if let known, known.multistream == multistream, known.link == link { return decoder }
    known = (multistream, link)
    // Mapping family 0 (RFC 7845, 5.1.1.1) is one stream, mono or stereo.
    let isOneStream = op_head(handle, link).map { $0.pointee.mapping_family == 0 } ?? false
    decoder = isOneStream ? partyline_opus_first_decoder(multistream) : nil
    return decoder
  }
}

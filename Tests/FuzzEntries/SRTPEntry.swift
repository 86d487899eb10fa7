import MediaBase
import RTC

/// The first byte's lowest bit: the suite. Then steps: what to do, and with how many of the next bytes.
func feedSRTP(_ bytes: Span<UInt8>) {
  var script = ByteScript(bytes)
  let suite: SRTPKeys.Suite = script.byte() & 1 == 0 ? .aeadAES128GCM : .aesCM128HMACSHA180
  let key = [UInt8](repeating: 7, count: suite.keyAndSaltBytes)
  guard let keys = SRTPKeys(suite: suite, send: key, receive: key), var context = try? SRTPContext(keys) else {
    preconditionFailure("no memory for a context")
  }
  while !script.isAtEnd {
    let step = script.byte()
    let packet = script.take(Int(script.byte()))
    var buffer = packet.indices.map { packet[$0] } + [UInt8](repeating: 0xee, count: SRTPContext.rtcpTrailerBytes)
    var span = buffer.mutableSpan
    switch step & 3 {
    case 0:
      let forged = try? context.unprotect(&span, count: packet.count)
      precondition(forged == nil, "a packet that nobody protected")
    case 1:
      let forged = try? context.unprotectRTCP(&span, count: packet.count)
      precondition(forged == nil, "a datagram that nobody protected")
    case 2: sendAndReceive(packet, &span, &context, isRTCP: false)
    default: sendAndReceive(packet, &span, &context, isRTCP: true)
    }
  }
}

private func sendAndReceive(
  _ packet: Span<UInt8>, _ span: inout MutableSpan<UInt8>, _ context: inout SRTPContext, isRTCP: Bool
) {
  let sent =
    isRTCP ? try? context.protectRTCP(&span, count: packet.count) : try? context.protect(&span, count: packet.count)
  guard let sent else { return }
  precondition(sent > packet.count && sent <= span.count, "\(packet.count) bytes became \(sent)")
  do {
    let count = isRTCP ? try context.unprotectRTCP(&span, count: sent) : try context.unprotect(&span, count: sent)
    precondition(count == packet.count, "\(packet.count) bytes came back as \(count)")
    for index in 0..<count { precondition(span[index] == packet[index], "byte \(index) came back changed") }
  } catch {
    precondition(error == .tooManySources || error == .replayed || error == .tooOld, "it did not come back: \(error)")
  }
}

import Foundation
import OfflineMixing

/// Reads the bytes as one leg of a command line.
func feedLegArgument(_ bytes: Span<UInt8>) {
  let text = String(decoding: bytes.withUnsafeBufferPointer { Array($0) }, as: UTF8.self)
  do throws(LegSpecificationError) {
    check(try LegArgument.parse(text))
  } catch {
    precondition(!error.description.isEmpty, "an error without words")
  }
}

/// Reads the bytes as a manifest, beside which the recordings are or not.
func feedManifest(_ bytes: Span<UInt8>) {
  let data = bytes.withUnsafeBufferPointer { Data($0) }
  let folder = bytes.count % 2 == 0 ? nil : "calls"
  do throws(LegManifestError) {
    let manifest = try LegManifest(data, folder: folder)
    precondition(manifest.legs.count <= LegManifest.mostLegs, "more legs than a mix may have")
    for leg in manifest.legs {
      check(leg)
      precondition(!leg.file.utf8.contains(0), "a path with a null byte")
    }
  } catch {
    precondition(!error.description.isEmpty, "an error without words")
  }
}

private func check(_ leg: LegSpecification) {
  typealias Limits = LegSpecification.Limits
  precondition(!leg.file.isEmpty, "a leg without a file")
  precondition(Limits.start.contains(leg.start), "a start of \(leg.start) s")
  precondition(leg.gain == .silence || Limits.gaindB.contains(leg.gain.value), "a gain of \(leg.gain.value) dB")
  precondition(leg.pan.map(Limits.pan.contains) ?? true, "a pan of \(leg.pan ?? .nan)")
  precondition(Limits.driftPPM.contains(leg.driftPPM), "a drift of \(leg.driftPPM) ppm")
  precondition(leg.name.map { (1...Limits.nameLength).contains($0.count) } ?? true, "a name too long or empty")
  if case .one(let channel) = leg.channel { precondition(Limits.channel.contains(channel), "channel \(channel)") }
}

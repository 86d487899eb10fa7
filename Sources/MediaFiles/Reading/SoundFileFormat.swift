import CSndFile
import Foundation

/// libsndfile's format code in our words.
struct SoundFileFormat: Equatable {
  private let container: Int
  private let encoding: Int

  init(code: Int32) {
    container = Int(code) & SF_FORMAT_TYPEMASK
    encoding = Int(code) & SF_FORMAT_SUBMASK
  }

  /// The header gives only an estimate of the length, so that an early end is no damage.
  var hasEstimatedLength: Bool { container == SF_FORMAT_MPEG }

  /// The decoder can be set down behind a damaged stretch.
  var canResume: Bool { container == SF_FORMAT_FLAC }

  /// Lives in Ogg pages, whose last one says that it is the last.
  var isOgg: Bool { container == SF_FORMAT_OGG }

  /// Such as "WAV, 16-bit PCM", "FLAC, 24-bit", "Ogg Vorbis".
  var description: String {
    switch container {
    case SF_FORMAT_OGG: encoding == SF_FORMAT_VORBIS ? "Ogg Vorbis" : "Ogg \(encodingName)"
    case SF_FORMAT_MPEG: encoding == SF_FORMAT_MPEG_LAYER_III ? "MP3" : "MPEG audio"
    case SF_FORMAT_FLAC: "FLAC, " + encodingName.replacing(" PCM", with: "")
    default: "\(containerName), \(encodingName)"
    }
  }

  private var containerName: String {
    switch container {
    case SF_FORMAT_WAV, SF_FORMAT_WAVEX: "WAV"
    case SF_FORMAT_RF64: "RF64"
    case SF_FORMAT_W64: "W64"
    case SF_FORMAT_AIFF: "AIFF"
    case SF_FORMAT_AU: "AU"
    case SF_FORMAT_CAF: "CAF"
    default: libraryName(of: container) ?? "audio file"
    }
  }

  private var encodingName: String {
    switch encoding {
    case SF_FORMAT_PCM_S8, SF_FORMAT_PCM_U8: "8-bit PCM"
    case SF_FORMAT_PCM_16: "16-bit PCM"
    case SF_FORMAT_PCM_24: "24-bit PCM"
    case SF_FORMAT_PCM_32: "32-bit PCM"
    case SF_FORMAT_FLOAT: "32-bit float"
    case SF_FORMAT_DOUBLE: "64-bit float"
    case SF_FORMAT_ULAW: "G.711 µ-law"
    case SF_FORMAT_ALAW: "G.711 A-law"
    default: libraryName(of: encoding) ?? "encoding \(encoding)"
    }
  }

  private func libraryName(of code: Int) -> String? {
    var info = SF_FORMAT_INFO()
    info.format = Int32(truncatingIfNeeded: code)
    let failed = sf_command(nil, Int32(SFC_GET_FORMAT_INFO), &info, Int32(MemoryLayout<SF_FORMAT_INFO>.size))
    guard failed == 0, let name = info.name else { return nil }
    return String(cString: name)
  }
}

import ArgumentParser
import BridgeServer
import Foundation
import Monitor

/// What `monitor` and `talk` share: which room of which bridge, and by which right.
struct SeatOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The room.", valueName: "room"))
  var room: String

  @Option(help: ArgumentHelp("The bridge's HTTP API.", valueName: "url"))
  var server = "http://127.0.0.1:8080"

  @Option(help: ArgumentHelp("A bearer token in its first line; else the variable PARTYLINE_TOKEN.", valueName: "file"))
  var tokenFile: String?

  @Option(help: ArgumentHelp("ALSA's name of the sound card, as 'aplay -L' lists them.", valueName: "pcm"))
  var device = "default"

  @Option(help: ArgumentHelp("Leave after so many seconds.", valueName: "n"))
  var seconds: Double?

  @Option(help: ArgumentHelp("What others see; by default the user's name.", valueName: "text"))
  var name: String?

  func validate() throws {
    if let seconds, !(seconds > 0 && seconds < 1e9) { throw ValidationError("--seconds must be a number above 0") }
    guard ServerAddress(server) != nil else {
      throw ValidationError(
        "--server must be like http://127.0.0.1:8080: neither https nor a path (a seat's RTP is not encrypted either)")
    }
  }

  /// The bridge, with the right to ask it.
  func makeClient() throws -> BridgeClient {
    guard let address = ServerAddress(server) else { throw Complaint.exit("no server", code: EX_USAGE) }
    return BridgeClient(server: address, token: try token())
  }

  private func token() throws -> String {
    if let tokenFile {
      do {
        return try AccessTokens.read(file: tokenFile)[0]
      } catch {
        throw Complaint.exit("\(error)")
      }
    }
    guard let token = ProcessInfo.processInfo.environment["PARTYLINE_TOKEN"], !token.isEmpty else {
      throw Complaint.exit("a token is needed: --token-file FILE, or the variable PARTYLINE_TOKEN")
    }
    // What cannot stand in a header would end the request early.
    guard token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw Complaint.exit("PARTYLINE_TOKEN holds letters that no token has")
    }
    return token
  }

  /// The room's PIN, which belongs on no command line.
  var pin: String? { ProcessInfo.processInfo.environment["PARTYLINE_PIN"].flatMap { $0.isEmpty ? nil : $0 } }

  /// What others see.
  func memberName(_ activity: String) -> String {
    let name = name ?? "\(NSUserName()) (\(activity))"
    return String(name.prefix(100))
  }
}

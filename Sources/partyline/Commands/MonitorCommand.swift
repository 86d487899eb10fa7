import ArgumentParser

/// `partyline monitor`: hears a room on the local sound card.
struct MonitorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "monitor",
    abstract: "Hear a room of a running bridge on this machine's sound card.",
    discussion: """
      Joins the room as a listener, over the HTTP API and RTP, and plays it until Ctrl-C. A sound card that is missing, busy \
      or unplugged is told in one line and tried again, and so is a bridge that restarts. On a terminal, one line says who \
      talks and how loud it is.

      The token is read from --token-file or from PARTYLINE_TOKEN, a room's PIN from PARTYLINE_PIN. To play a room within the \
      bridge itself, without a token, see 'partyline host --monitor'.

      EXAMPLES
        partyline monitor demo --token-file tokens
        partyline monitor daily --server http://192.0.2.7:8080 --device plughw:1 --seconds 60
      """)

  @OptionGroup var seat: SeatOptions

  func run() throws {
    try SeatRun(seat, talks: false).run()
  }
}

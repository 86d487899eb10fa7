import ArgumentParser

/// `partyline talk`: a seat in a room at the local sound card, with its microphone.
struct TalkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "talk",
    abstract: "Talk in a room of a running bridge, by this machine's sound card.",
    discussion: """
      As 'partyline monitor', and the microphone is heard in the room. Use headphones: echo is not taken away. What you say is \
      not played back to you.

      On a terminal, m or the space bar and Enter mutes and unmutes. Who is muted stays in the room and sends silence.

      EXAMPLES
        partyline talk daily --token-file tokens
        partyline talk daily --name Ada --device plughw:1 --muted
      """)

  @OptionGroup var seat: SeatOptions

  @Option(help: ArgumentHelp("The microphone, where it is another device.", valueName: "pcm"))
  var microphone: String?

  @Flag(help: "Begin with the microphone off.")
  var muted = false

  func run() throws {
    try SeatRun(seat, talks: true, microphone: microphone, isMuted: muted).run()
  }
}

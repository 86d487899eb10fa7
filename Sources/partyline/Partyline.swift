import ArgumentParser
import MediaBase

/// The program: one subcommand a file in `Commands`.
@main
struct Partyline: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "partyline",
    abstract: "A conference bridge: mixes people's voices, each without their own.",
    discussion: """
      It hosts calls (host), takes part in them by the local sound card (monitor, talk), mixes recorded legs of a \
      conference into one recording with the same mixer (mix), and measures that mixer (bench).

      EXAMPLES
        partyline host
        partyline monitor daily --token-file tokens
        partyline mix alice.opus bob.wav@12.5 -o conference.opus
        partyline mix --manifest Samples/conference/conference.json -o conference.opus --report conference.html
        partyline bench mixing
      """,
    version: PartylineVersion.program,
    subcommands: [HostCommand.self, MonitorCommand.self, TalkCommand.self, MixCommand.self, BenchCommand.self])

  static func main() {
    StandardStreams.secure()
    main(nil)
  }
}

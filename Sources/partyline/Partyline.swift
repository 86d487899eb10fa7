import ArgumentParser

@main
struct Partyline: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "x")
}

import Foundation
import Testing

/// Command lines that mean nothing: exit code 64, and nothing is done.
@Suite struct BadCommandLineTests {
  let scratch: ScratchDirectory
  let leg: String

  init() throws {
    scratch = try ScratchDirectory()
    leg = try Recordings(scratch: scratch).tone("leg.wav", hertz: 440, seconds: 0.1)
  }

  @Test(arguments: [
    ("@-1", "start"), ("@1e99", "start"), ("@1:99", "start"), ("@1:2:3:4", "start"), (",start=", "start"),
    (",start=soon", "start"), (",gain=", "gain"), (",gain=loud", "gain"), (",gain=1e400", "gain"),
    (",gain=nan", "gain"),
    (",gain=61", "gain"), (",gain=inf", "gain"), (",pan=2", "pan"), (",pan=left", "pan"), (",drift=1e9", "drift"),
    (",channel=middle", "channel"), (",name=", "name"), (",volume=3", "volume"), (",Gain=3", "Gain"),
  ])
  func aSettingThatCannotBeIsNamed(setting: String, word: String) throws {
    let ended = try Partyline.tryMix(leg + setting, "-o", scratch.path("mix.wav"))
    expectUsageError(ended, holding: leg + setting, word)
    #expect(try scratch.contents() == ["leg.wav"])
  }

  @Test(arguments: [
    ["--bitrate", "0"], ["--bitrate", "1000"], ["--bitrate", "nan"], ["--complexity", "11"], ["--normalize", "0"],
    ["--normalize", "nan"], ["--normalize", "-71"], ["--jobs", "0"], ["--jobs", "many"], ["--bits", "32"],
    ["--format", "mp3"], ["--mono", "--stereo"], ["--gain-tags", "loud"], ["--colour"],
  ])
  func anOptionThatCannotBeIsNamed(_ options: [String]) throws {
    let ended = try Partyline.tryMix([leg, "-o", scratch.path("mix.wav")] + options)
    #expect(ended.exitCode == 64)
    #expect(ended.errors.contains(options.last ?? "") || ended.errors.contains(options[0]), "\(ended.errors)")
    #expect(ended.output.isEmpty)
    #expect(try scratch.contents() == ["leg.wav"])
  }

  @Test func optionsThatDoNotGoTogetherAreNamed() throws {
    expectUsageError(
      try Partyline.tryMix(leg, "-o", scratch.path("mix.opus"), "--bits", "24"), holding: "--bits", "Opus")
    expectUsageError(
      try Partyline.tryMix(leg, "-o", scratch.path("mix.flac"), "--bits", "float"), holding: "FLAC", "24")
  }

  @Test func nothingToMixAndNothingToWriteAreTold() throws {
    #expect(try Partyline.tryMix("-o", scratch.path("mix.wav")).exitCode == 64)
    expectOneLine(try Partyline.tryMix(leg), holding: "nothing is asked for", "-o FILE")
    #expect(try scratch.contents() == ["leg.wav"])
  }
}

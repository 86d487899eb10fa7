// swift-tools-version: 6.2
import PackageDescription

// A warning is an error where the checks run, and only there: a newer compiler's new warning must not stop an operator.
let warningsAreErrors = Context.environment["PARTYLINE_WARNINGS_AS_ERRORS"] == "1"
let swiftSettings: [SwiftSetting] =
  [.enableExperimentalFeature("Lifetimes")] + (warningsAreErrors ? [.treatAllWarnings(as: .error)] : [])
let cSettings: [CSetting] = warningsAreErrors ? [.treatAllWarnings(as: .error)] : []

/// A door to a system library: no logic, only the module map and, where Swift cannot import a thing, a shim that says why.
func door(_ name: String, pkgConfig: String, package: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

/// The files of the web page, which is built into the program.
let pageFiles = [
  "api.js",
  "audio-panel.js",
  "audio.js",
  "banner.js",
  "base.css",
  "call.js",
  "chinese.js",
  "composer.js",
  "controls.js",
  "dom.js",
  "english.js",
  "events.js",
  "host.js",
  "icons.svg",
  "index.html",
  "invite.js",
  "items.js",
  "join.css",
  "join.js",
  "logo.svg",
  "main.js",
  "meeting.js",
  "memory.js",
  "photo.js",
  "quality-view.js",
  "quality.js",
  "room.css",
  "room.js",
  "sdp.js",
  "seats.js",
  "sharing.js",
  "things.css",
  "things.js",
  "window.js",
  "words.js",
]

func module(_ name: String, imports dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
  .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: swiftSettings)
}

func tests(of name: String, imports dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: dependencies, resources: resources, swiftSettings: swiftSettings)
}

let package = Package(
  name: "partyline",
  products: [
    .executable(name: "partyline", targets: ["partyline"]),
    .library(name: "Mixing", targets: ["MediaBase", "Mixing"]),
    .library(name: "AudioCodecs", targets: ["AudioCodecs"]),
    .library(name: "OfflineMixing", targets: ["MediaFiles", "OfflineMixing"]),
    // For the fuzzer's own package, tools/fuzzing.
    .library(name: "FuzzEntries", targets: ["FuzzEntries"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    // Without its traits it needs no configuration package.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // Floor 0: doors to C.
    door("COpus", pkgConfig: "opus", package: "libopus-dev"),
    door("COpusFile", pkgConfig: "opusfile", package: "libopusfile-dev"),
    door("COgg", pkgConfig: "ogg", package: "libogg-dev"),
    door("CSndFile", pkgConfig: "sndfile", package: "libsndfile1-dev"),
    door("CSoxr", pkgConfig: "soxr", package: "libsoxr-dev"),
    door("CSpeexDSP", pkgConfig: "speexdsp", package: "libspeexdsp-dev"),
    door("CEBUR128", pkgConfig: "libebur128", package: "libebur128-dev"),
    door("CPcap", pkgConfig: "libpcap", package: "libpcap-dev"),
    door("CSRTP", pkgConfig: "libsrtp2", package: "libsrtp2-dev"),
    door("COpenSSL", pkgConfig: "openssl", package: "libssl-dev"),
    door("CALSA", pkgConfig: "alsa", package: "libasound2-dev"),
    .target(name: "CMixKernels", cSettings: cSettings),
    .target(name: "CLinux", cSettings: cSettings),

    // Floor 1: pure. No Foundation, no clock, no file, no thread.
    module("MediaBase", imports: []),
    module("Mixing", imports: ["MediaBase", "CMixKernels", "CSoxr", "CSpeexDSP", "CEBUR128"]),
    module("AudioCodecs", imports: ["MediaBase", "COpus"]),

    // Floor 2: protocols and media of one leg, without a socket or clock.
    module("RTC", imports: ["MediaBase", "Mixing", "AudioCodecs", "COpenSSL"]),

    // Floor 3: the bridge, without a socket or clock.
    module("Conference", imports: ["MediaBase", "Mixing", "AudioCodecs", "RTC"]),

    // Floor 4: runtime.
    module("MediaRuntime", imports: ["MediaBase", "Mixing", "AudioCodecs", "RTC", "Conference", "CLinux"]),
    module(
      "MediaFiles",
      imports: ["MediaBase", "Mixing", "AudioCodecs", "COpus", "COpusFile", "COgg", "CSndFile", "CPcap"]),
    module("Recording", imports: ["MediaBase", "Mixing", "AudioCodecs", "RTC", "Conference", "MediaFiles"]),
    module(
      "Monitor",
      imports: [
        "MediaBase", "Mixing", "AudioCodecs", "RTC", "Conference", "MediaRuntime", "CALSA",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),

    // Floor 5: application.
    module(
      "OfflineMixing", imports: ["MediaBase", "Mixing", "MediaFiles"],
      resources: [.embedInCode("Report/Report.html"), .embedInCode("Legs/LegManifest.schema.json")]),
    module(
      "BridgeServer",
      imports: [
        "MediaBase", "Mixing", "RTC", "Conference", "MediaFiles", "Recording",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "Yams", package: "Yams"),
      ],
      resources: [.embedInCode("HTTPAPI/OpenAPI.json")] + pageFiles.map { .embedInCode("WebPage/Page/\($0)") }),
    module(
      "Benchmarks",
      imports: ["MediaBase", "Mixing", "AudioCodecs", "RTC", "Conference", "MediaRuntime", "MediaFiles", "COgg"]),
    .executableTarget(
      name: "partyline",
      dependencies: [
        "MediaBase", "Mixing", "AudioCodecs", "RTC", "Conference", "MediaRuntime", "MediaFiles", "Recording",
        "OfflineMixing", "Monitor", "Benchmarks",
        "BridgeServer",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: swiftSettings),

    .target(name: "AllocationCounter", path: "Tests/AllocationCounter", cSettings: cSettings),
    tests(of: "MediaBase", imports: ["MediaBase"]),
    tests(of: "Mixing", imports: ["Mixing", "MediaBase", "AllocationCounter"]),
    tests(of: "AudioCodecs", imports: ["AudioCodecs", "MediaBase"]),
    tests(
      of: "RTC", imports: ["RTC", "AudioCodecs", "Mixing", "MediaBase", "CSRTP", "AllocationCounter"],
      resources: [.copy("SDP/Offers")]),
    tests(of: "Conference", imports: ["Conference", "RTC", "AudioCodecs", "Mixing", "MediaBase", "AllocationCounter"]),
    tests(of: "MediaRuntime", imports: ["MediaRuntime", "Conference", "RTC", "AudioCodecs", "Mixing", "MediaBase"]),
    tests(of: "MediaFiles", imports: ["MediaFiles", "AudioCodecs", "MediaBase"]),
    tests(
      of: "Recording",
      imports: ["Recording", "MediaFiles", "Conference", "RTC", "AudioCodecs", "Mixing", "MediaBase"],
      resources: [.copy("Captures")]),
    tests(
      of: "Monitor",
      imports: ["Monitor", "AudioCodecs", "RTC", "MediaRuntime", "Mixing", "MediaBase", "AllocationCounter"]),
    tests(of: "OfflineMixing", imports: ["OfflineMixing", "MediaFiles", "Mixing", "MediaBase"]),
    tests(of: "Benchmarks", imports: ["Benchmarks", "MediaRuntime", "Conference", "RTC", "AudioCodecs", "MediaBase"]),
    tests(
      of: "BridgeServer",
      imports: [
        "BridgeServer", "Conference", "RTC", "Mixing", "MediaBase",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
      ]),
    tests(of: "Scenario", imports: []),

    // What takes bytes from outside, as functions of bytes: for the fuzzer, and for a test over the inputs that it kept.
    .target(
      name: "FuzzEntries",
      dependencies: [
        "Conference", "AudioCodecs", "MediaBase", "MediaFiles", "Mixing", "OfflineMixing", "RTC", "Recording",
      ],
      path: "Tests/FuzzEntries", swiftSettings: swiftSettings),
    tests(of: "FuzzRegression", imports: ["FuzzEntries"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)

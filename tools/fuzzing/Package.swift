// swift-tools-version: 6.2
import PackageDescription

// The fuzzer's program, apart from the main package: it links only with -sanitize=fuzzer, which `tools/fuzz` gives it.
let package = Package(
  name: "fuzzing",
  dependencies: [.package(name: "partyline", path: "../..")],
  targets: [
    .executableTarget(
      name: "fuzz", dependencies: [.product(name: "FuzzEntries", package: "partyline")],
      swiftSettings: [.enableExperimentalFeature("Lifetimes")])
  ],
  swiftLanguageModes: [.v6]
)

// swift-tools-version: 6.2
import PackageDescription

// Sluice: a local, OpenAI-compatible gateway. `docs/architecture.md` says what each module is for and who may
// import whom; `Tests/TidyTests` fails on any other edge.

/// Settings every Swift target shares. CI adds `-warnings-as-errors` through `scripts/test`.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // docs/decisions/0008-exclusivity-checks.md
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// A module of the product.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// A pure module: every use of memory that the compiler cannot vouch for says `unsafe`.
func pureModule(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings + [.strictMemorySafety()])
}

/// A test target named after the module it tests.
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil, exclude: [String] = [])
  -> Target
{
  .testTarget(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: settings)
}

/// Benchmarks that need the product's modules; `scripts/allocations` asks for them, no other build has to wait for
/// them.
let benchmarks: [Target] =
  Context.environment["SLUICE_BENCH"] == nil
  ? []
  : [
    .target(name: "CAllocCount", path: "Benchmarks/CAllocCount"),
    .executableTarget(
      name: "AllocationBench", dependencies: ["CAllocCount", "Gateway", "Config", "Wire"],
      path: "Benchmarks/Allocations", swiftSettings: settings),
  ]

/// What runs the fuzz targets under libFuzzer; only `scripts/fuzz` asks for it, with the flags that it needs.
let fuzzer: [Target] =
  Context.environment["SLUICE_FUZZ"] == nil
  ? []
  : [.executableTarget(name: "Fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Driver", swiftSettings: settings)]

let package = Package(
  name: "sluice",
  products: [
    .executable(name: "sluice", targets: ["sluice"]),
    .executable(name: "MockUpstream", targets: ["MockUpstream"]),
  ],
  targets: [
    // System libraries and headers.
    .target(name: "CLinux"),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSSL", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

    // Pure: bytes and decisions, no descriptor, clock or queue.
    pureModule("Time", []),
    pureModule("Wire", ["CZlib"]),
    pureModule("Policy", ["Time", "CCrypto"]),
    pureModule("Dialects", ["Wire", "Policy"]),

    // Effectful: loops, sockets, transfers.
    module("Telemetry"),
    module("Reactor", ["Time", "CLinux", "Telemetry"]),
    module("HTTPServer", ["Time", "Reactor", "Wire", "CSSL"]),
    module("Upstream", ["Time", "Reactor", "Policy", "Wire", "CCurl"]),
    module("Store", ["Policy", "Wire", "CSQLite"]),

    // Composition.
    pureModule("Config", ["Policy"]),
    module(
      "Gateway",
      [
        "Time", "Wire", "Policy", "Dialects", "Telemetry", "Reactor", "HTTPServer", "Upstream", "Store", "Config",
      ]),
    .executableTarget(name: "sluice", dependencies: ["Gateway", "Config"], swiftSettings: settings),
    .executableTarget(
      name: "MockUpstream", dependencies: ["Time", "HTTPServer", "Reactor", "Wire"], swiftSettings: settings),

    // What several test targets share.
    .target(
      name: "TestSupport", dependencies: ["Reactor", "Wire"], path: "Tests/TestSupport", swiftSettings: settings),
    .target(
      name: "FuzzTargets",
      dependencies: ["Wire", "Policy", "Dialects", "Config", "Upstream", "Gateway", "Reactor", "TestSupport"],
      path: "Tests/Fuzz/Targets", swiftSettings: settings),
    tests("WireTests", ["Wire", "TestSupport"], exclude: ["Fixtures"]),
    tests("PolicyTests", ["Policy", "Time"]),
    tests("DialectsTests", ["Dialects", "Wire", "Policy"], exclude: ["Fixtures"]),
    tests("TelemetryTests", ["Telemetry"]),
    tests("ReactorTests", ["Reactor", "Time", "TestSupport"]),
    tests("HTTPServerTests", ["HTTPServer", "Time", "Reactor", "Wire", "TestSupport"]),
    tests("UpstreamTests", ["Upstream", "Time", "Reactor", "Policy", "HTTPServer", "Wire", "TestSupport"]),
    tests("StoreTests", ["Store", "Policy", "Wire", "CSQLite", "TestSupport"]),
    tests("ConfigTests", ["Config", "Policy", "Wire"]),
    tests("GatewayTests", ["Gateway", "Time", "Config", "Policy", "Wire", "Dialects", "Upstream", "Store"]),
    tests("FuzzTests", ["FuzzTargets"]),
    tests("TidyTests", []),
  ] + benchmarks + fuzzer
)

// Counts the heap allocations of the gateway per operation, and fails when one exceeds its threshold.
//
// Usage: AllocationBench LOAD_GENERATOR THRESHOLDS.json
//
// Each figure is the difference between a longer and a shorter run, divided by the operations between them: what
// happens once, at the start or per connection, drops out. All threads of the gateway count, libcurl included.

import CAllocCount
import Config
import Gateway
import Glibc

/// One operation, and two loads that differ only in how often it happens.
struct Measurement {
  let operation: StaticString
  let short: [String]
  let long: [String]
  let operations: Double
}

let measurements = [
  Measurement(
    operation: "event", short: stream(requests: 10, events: 200), long: stream(requests: 10, events: 2200),
    operations: 20_000),
  Measurement(
    operation: "event in a batch of 8", short: stream(requests: 10, events: 800, batch: 8),
    long: stream(requests: 10, events: 8800, batch: 8), operations: 80_000),
  Measurement(
    operation: "stream", short: stream(requests: 100, events: 4), long: stream(requests: 1100, events: 4),
    operations: 1000),
  Measurement(
    operation: "blocking request", short: ["blocking", "--connections", "10", "--requests", "100"],
    long: ["blocking", "--connections", "10", "--requests", "1100"], operations: 1000),
]

func stream(requests: Int, events: Int, batch: Int = 1) -> [String] {
  [
    "stream", "--connections", "10", "--requests", String(requests), "--events", String(events),
    "--batch", String(batch),
  ]
}

func fail(_ message: String) -> Never {
  let line = Array("error: \(message)\n".utf8)
  _ = write(STDERR_FILENO, line, line.count)
  exit(2)
}

/// A port that nobody listens on; the generator's upstream takes it a moment later.
func freePort() -> UInt16 {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  let isBound = withUnsafeMutableBytes(of: &address) { bytes in
    guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
    return bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
  }
  guard isBound else { fail("no free port") }
  return UInt16(bigEndian: address.sin_port)
}

/// Starts the gateway in this process, as it starts without a configuration file: everything on, access log included.
func startGateway(upstreamPort: UInt16) -> (process: GatewayProcess, port: UInt16) {
  var overrides = ConfigurationOverrides()
  overrides.port = "0"
  overrides.loops = "1"
  let environment = ["SLUICE_UPSTREAM": "http://127.0.0.1:\(upstreamPort)/v1"]
  do {
    let configuration = try ConfigurationLoader.load(
      file: nil, environment: { environment[$0] },
      readFile: { path, _ throws(ConfigFileFailure) in throw ConfigFileFailure("\(path) is not expected") },
      overrides: overrides)
    let process = try GatewayProcess(configuration: configuration, logDescriptor: open("/dev/null", O_WRONLY))
    return (process, try process.start())
  } catch {
    fail("the gateway does not start: \(error)")
  }
}

/// - Returns: whether the operation keeps within its threshold.
func check(_ measurement: Measurement, _ load: Load, _ thresholds: Thresholds) throws(Load.Failure) -> Bool {
  let short = try load.allocations(measurement.short)
  let long = try load.allocations(measurement.long)
  let each = max(0, (Double(long) - Double(short)) / measurement.operations)
  guard let limit = thresholds.limit(for: measurement.operation) else {
    fail("no threshold for '\(measurement.operation)'")
  }
  // Growing tables and the timer of a slow machine leave a trace in the third decimal.
  let isWithin = each <= limit + 0.01
  let rounded = (each * 1000).rounded() / 1000
  print("\(isWithin ? "ok    " : "FAILED") \(measurement.operation): \(rounded) allocations, at most \(limit)")
  return isWithin
}

sluice_alloc_exclude_thread()
guard CommandLine.arguments.count == 3, let thresholds = Thresholds(path: CommandLine.arguments[2]) else {
  fail("usage: AllocationBench LOAD_GENERATOR THRESHOLDS.json")
}
let upstreamPort = freePort()
let gateway = startGateway(upstreamPort: upstreamPort)
let load = Load(executable: CommandLine.arguments[1], upstreamPort: upstreamPort, proxyPort: gateway.port)
do {
  // Fills the pools, and shows that the counter counts.
  let warm = try load.allocations(["blocking", "--connections", "10", "--requests", "200"])
  guard warm > 0 else { fail("the allocations of the gateway are not counted") }
  var isWithin = true
  for measurement in measurements { isWithin = try check(measurement, load, thresholds) && isWithin }
  exit(isWithin ? 0 : 1)
} catch {
  fail(error.message)
}

/// Who may import whom: the table of `docs/architecture.md`, section "Modules".
enum ModuleGraph {
  /// Modules of this package that each module may import.
  static let edges: [String: Set<String>] = [
    "Time": [],
    "Wire": ["CZlib"],
    "Policy": ["Time", "CCrypto"],
    "Dialects": ["Wire", "Policy"],
    "Telemetry": [],
    "Reactor": ["Time", "CLinux", "Telemetry"],
    "HTTPServer": ["Time", "Reactor", "Wire", "CSSL"],
    "Upstream": ["Time", "Reactor", "Policy", "Wire", "CCurl"],
    "Store": ["Policy", "Wire", "CSQLite"],
    "Config": ["Policy"],
    "Gateway": [
      "Time", "Wire", "Policy", "Dialects", "Telemetry", "Reactor", "HTTPServer", "Upstream", "Store", "Config",
    ],
    "sluice": ["Gateway", "Config"],
    "MockUpstream": ["Time", "HTTPServer", "Reactor", "Wire"],
  ]

  /// What comes with the toolchain and everybody may import. Foundation is not among them: it costs size and start-up.
  static let platform: Set<String> = ["Glibc", "Synchronization"]

  /// Where threads and queues begin; everybody else is called on a loop or is pure.
  static let dispatchUsers: Set<String> = ["Reactor", "Telemetry", "Store", "Gateway", "sluice", "MockUpstream"]

  /// Modules of decisions and bytes only: no clock, no chance, no queue, no output.
  static let pure: Set<String> = ["Time", "Wire", "Policy", "Dialects", "Config"]

  static func mayImport(_ importer: String, _ imported: String) -> Bool {
    if platform.contains(imported) { return true }
    if imported == "Dispatch" { return dispatchUsers.contains(importer) }
    return edges[importer, default: []].contains(imported)
  }
}

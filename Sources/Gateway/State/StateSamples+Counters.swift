import Store
import Telemetry

extension StateSamples {
  init(_ counters: StoreCounters) {
    self.init()
    responses = counters.responses
    conversations = counters.conversations
    bytes = counters.bytes
    pendingCalls = counters.pendingCommands
    commits = counters.commits
    failures = counters.refusals + counters.faults
    removals = counters.removals
  }
}

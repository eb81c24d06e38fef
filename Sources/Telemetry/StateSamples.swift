/// What the store tells about itself at the moment of a scrape, as `MetricsPage` shows it.
package struct StateSamples: Sendable {
  /// Kept responses and conversations, and the bytes of everything.
  package var responses = 0
  package var conversations = 0
  package var bytes = 0
  /// Calls that wait for the disk.
  package var pendingCalls = 0
  /// Since the start: transactions, calls that were refused or that the disk failed, and what went by age or size.
  package var commits = 0
  package var failures = 0
  package var removals = 0

  package init() {}

  func write(to text: inout PrometheusText) {
    text.family("sluice_state_responses", .gauge, help: "Stored responses.")
    text.sample("sluice_state_responses", responses)
    text.family("sluice_state_conversations", .gauge, help: "Stored conversations.")
    text.sample("sluice_state_conversations", conversations)
    text.family("sluice_state_bytes", .gauge, help: "Bytes of everything that is stored.")
    text.sample("sluice_state_bytes", bytes)
    text.family("sluice_state_pending_calls", .gauge, help: "Calls that wait for the store.")
    text.sample("sluice_state_pending_calls", pendingCalls)
    text.family("sluice_state_commits_total", .counter, help: "Transactions of the store.")
    text.sample("sluice_state_commits_total", commits)
    text.family("sluice_state_failures_total", .counter, help: "Calls that the store refused or the disk failed.")
    text.sample("sluice_state_failures_total", failures)
    text.family("sluice_state_removals_total", .counter, help: "Responses and conversations removed by age or size.")
    text.sample("sluice_state_removals_total", removals)
  }
}

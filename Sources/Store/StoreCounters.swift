/// What a store tells about itself. Rows and bytes are as of the last sweep or the opening.
package struct StoreCounters: Equatable, Sendable {
  /// Responses, those included that are only kept for the sake of others.
  package var responses = 0
  package var conversations = 0
  /// Bytes of content and its indices in the file.
  package var bytes = 0
  /// Calls that wait for the disk or are being worked on, and the bytes that they brought along.
  package var pendingCommands = 0
  package var pendingBytes = 0
  /// Since the opening: transactions, calls refused because too many waited, calls and transactions that the disk
  /// failed, responses and conversations removed by age or size.
  package var commits = 0
  package var refusals = 0
  package var faults = 0
  package var removals = 0
}

import Reactor

/// Who is told what transfers do. All calls come on the loop: an implementation may start, cancel,
/// detach and resume transfers, its own included.
package protocol TransferDelegate: AnyObject {
  /// The head of the answer is complete; interim answers are not reported.
  func transferReceivedHead(_ owner: SlotID, _ head: consuming UpstreamHead)
  /// The next bytes of the body, valid during the call.
  ///
  /// - Returns: false to refuse them: the transfer is paused, and `resume` brings the same bytes again.
  func transferReceivedBody(_ owner: SlotID, _ bytes: UnsafeRawBufferPointer) -> Bool
  /// The last thing a transfer reports; not reported after `cancel` or `detach`.
  func transferEnded(_ owner: SlotID, _ end: TransferEnd)
}

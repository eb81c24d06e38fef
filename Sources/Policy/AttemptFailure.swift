/// Why one attempt at an upstream failed, as far as what to do next depends on it. All of these happen before the
/// commit point, or where a broken stream may be asked for again.
package enum AttemptFailure: Equatable, Sendable {
  /// No connection: name lookup, TCP or TLS failed. The upstream has not seen the request.
  case connect
  /// The connection was lost, or closed without an answer, before the first event.
  case reset
  /// The upstream took the request and said nothing until the first-event limit passed.
  case silent
  /// The upstream answered with an error.
  case answered(UpstreamAnswer)
  /// The upstream's answer is another one than that of the stream to which it was to be joined.
  case differs
}

/// What an upstream's error answer says about asking again.
package struct UpstreamAnswer: Equatable, Sendable {
  /// Refusals that another model may not share.
  package enum Refusal: Equatable, Sendable {
    /// The request is longer than the model's context.
    case contextLength
    /// A filter of the provider objects to what the request says.
    case contentFilter
  }

  /// HTTP status.
  package var status: Int
  /// `error.code`, or `error.type` where there is no code; nil when the body is of another shape.
  package var errorCode: String?
  /// What `RetryAfter` read from this very answer; never remembered from an earlier one.
  package var retryAfter: Duration?
  /// `x-should-retry: true` or `false`, which in the OpenAI SDKs overrides the status.
  package var shouldRetry: Bool?
  /// Whether the attempt was made with a key of the gateway's own: what is wrong with it is not the client's fault.
  package var usedOwnKey: Bool
  /// What the request was refused for, where that is known.
  package var refusal: Refusal?

  package init(
    status: Int, errorCode: String? = nil, retryAfter: Duration? = nil, shouldRetry: Bool? = nil,
    usedOwnKey: Bool = false, refusal: Refusal? = nil
  ) {
    self.status = status
    self.errorCode = errorCode
    self.retryAfter = retryAfter
    self.shouldRetry = shouldRetry
    self.usedOwnKey = usedOwnKey
    self.refusal = refusal
  }

  /// Error codes that no repetition cures: the account behind the upstream's key has no money left.
  package static let emptyAccountCodes: Set<String> = [
    "insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
  ]

  /// Whether the account has no money left; 402 is what DeepSeek and OpenRouter answer then.
  var isEmptyAccount: Bool {
    status == 402 || errorCode.map { UpstreamAnswer.emptyAccountCodes.contains($0) } ?? false
  }
}

extension AttemptFailure {
  /// What may help against a failure.
  package enum Remedy: Equatable, Sendable {
    /// Nothing: every upstream would answer the same.
    case nothing
    /// Another target, or another key.
    case otherTarget
    /// Asking, here or elsewhere; here not before the upstream's own `retry-after`.
    case asking(retryAfter: Duration?)
  }

  /// What may help.
  package func remedy(_ policy: RetryPolicy) -> Remedy {
    switch self {
    case .connect, .reset: .asking(retryAfter: nil)
    // It has the request and may still be working on it: asking again doubles its load and rarely helps.
    case .silent, .differs: .otherTarget
    case .answered(let answer): answer.remedy(policy)
    }
  }

  /// What the failure says about the key that was used; nil = nothing.
  package var keyFailure: KeyRing.Failure? {
    guard case .answered(let answer) = self, answer.usedOwnKey else { return nil }
    if answer.isEmptyAccount { return .exhausted }
    return switch answer.status {
    case 429: .limited(answer.retryAfter)
    case 401: .refused
    default: nil
    }
  }

  /// What the failure says about the target's health.
  package var outcome: Breaker.Outcome {
    switch self {
    case .connect, .reset, .silent: .failure
    case .answered(let answer): answer.outcome
    // It has answered well, and nobody waits for the rest.
    case .differs: .unknown
    }
  }

  /// How long the target wants to be left alone; nil = it did not say.
  package var bench: Duration? {
    guard case .answered(let answer) = self, answer.status == 429 || answer.status == 503 else { return nil }
    return answer.retryAfter
  }

  /// What the request was refused for; nil for every other failure.
  package var refusal: UpstreamAnswer.Refusal? {
    if case .answered(let answer) = self { answer.refusal } else { nil }
  }
}

extension UpstreamAnswer {
  fileprivate func remedy(_ policy: RetryPolicy) -> AttemptFailure.Remedy {
    if refusal != nil { return .otherTarget }
    if isEmptyAccount { return usedOwnKey || status == 429 ? .otherTarget : .nothing }
    // The gateway's own key is at fault; with another target's the same request is in order.
    if status == 401 || status == 403 { return usedOwnKey ? .otherTarget : .nothing }
    if shouldRetry == true { return .asking(retryAfter: retryAfter) }
    guard policy.statuses.contains(status) else { return .nothing }
    // "Do not ask me again", as another gateway says after its own retries, is no reason not to ask somebody else.
    return shouldRetry == false ? .otherTarget : .asking(retryAfter: retryAfter)
  }

  /// Errors that are the request's own fault prove that the target is well.
  fileprivate var outcome: Breaker.Outcome {
    if isEmptyAccount { return usedOwnKey ? .failure : .unknown }
    return switch status {
    case 429: .unknown
    case 401, 403: usedOwnKey ? .failure : .success
    case 408, 500...: .failure
    default: .success
    }
  }
}

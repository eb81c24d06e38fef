/// The models that answer in place of one whose targets all failed, by name, in the order in which they are tried.
///
/// Which list counts depends on the failure, because only some models can help: a larger context for a request that is
/// too long, another provider for one that a content filter refused. Names are those that clients ask for; a `*`
/// stands for what the wildcard matched, until `ModelTable.lookup` puts that in.
package struct FallbackRules: Equatable, Sendable {
  /// After every failure but the two below.
  package var models: [String]
  /// After a 400 that says that the request is longer than the model's context; empty = the error is the answer.
  package var contextLength: [String]
  /// After a 400 of a content filter; empty = the error is the answer.
  package var contentFilter: [String]

  package init(models: [String] = [], contextLength: [String] = [], contentFilter: [String] = []) {
    self.models = models
    self.contextLength = contextLength
    self.contentFilter = contentFilter
  }
}

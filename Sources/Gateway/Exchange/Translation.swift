import Dialects
import Policy

/// How a target is asked that does not have the client's API: in the one that it has. A class, so that having none
/// costs nothing.
final class Translation {
  /// The API that the upstream is asked in.
  let api: UpstreamAPI
  /// What turns its answer into the client's API, as it is at the beginning of the answer.
  let translator: any AnswerTranslator

  init(api: UpstreamAPI, translator: any AnswerTranslator) {
    self.api = api
    self.translator = translator
  }
}

import Dialects
import Policy
extension Exchange {
  func translation(into api: UpstreamAPI) throws(Failure) -> Translation { throw Failure(.notImplemented) }
}

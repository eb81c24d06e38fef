import Store
import Testing

struct ResponseStatusTests {
  @Test(arguments: ResponseStatus.allCases)
  func `a status is running, to be continued, or neither`(status: ResponseStatus) {
    #expect(status.isRunning == [.queued, .inProgress].contains(status))
    #expect(status.isContinuable == [.completed, .incomplete].contains(status))
  }
}

import Policy
import Testing

@testable import Gateway

struct UpstreamAPIsTests {
  @Test func `a configured upstream is asked in an API that it has`() {
    let chatOnly = UpstreamAPIs([.chat])
    #expect(chatOnly.spoken(for: .responses) == .chat)
    #expect(chatOnly.spoken(for: .chat) == .chat)
    let both = UpstreamAPIs([.chat, .responses])
    #expect(both.spoken(for: .responses) == .responses)
    #expect(both.spoken(for: .chat) == .chat)
  }

  @Test func `what a configuration says is not unlearned`() {
    let both = UpstreamAPIs([.chat, .responses])
    both.learn(without: .responses)
    #expect(both.spoken(for: .responses) == .responses)
  }

  @Test func `an upstream is asked in the client's API until it has shown not to have it`() {
    let apis = UpstreamAPIs(nil)
    #expect(apis.spoken(for: .responses) == .responses)
    apis.learn(without: .responses)
    #expect(apis.spoken(for: .responses) == .chat)
    #expect(apis.spoken(for: .chat) == .chat)
  }

  @Test func `one that seems to have neither has other troubles`() {
    let apis = UpstreamAPIs(nil)
    apis.learn(without: .responses)
    apis.learn(without: .chat)
    #expect(apis.spoken(for: .responses) == .responses)
    #expect(apis.spoken(for: .chat) == .chat)
  }
}

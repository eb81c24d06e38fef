import Dialects
import Testing
import Wire

struct ItemReferencesTests {
  @Test(arguments: [
    (#""text""#, []),
    (#"[{"type":"item_reference","id":"msg_1"},{"id":"rs_2"}]"#, ["msg_1", "rs_2"]),
    (#"[{"role":"user","id":"msg_1","content":"x"},{"type":"message","id":"msg_2","role":"user"}]"#, []),
    (#"[{"type":"function_call","id":"fc_1"},7,{"type":null},{}]"#, []),
  ])
  func `only items that are nothing but an id are references`(input: String, ids: [String]) throws {
    let bytes = Array(input.utf8)
    #expect(ItemReferences.read(JSONScan.value(bytes.span), in: bytes.span) == ids)
  }
}

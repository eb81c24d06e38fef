// The event that the upstream writes and the client checks: an OpenAI chunk of a usual size whose content is
// `@` + 16 hexadecimal digits of the time it was written at + 8 of its number in the stream.
#ifndef BENCH_EVENT_H
#define BENCH_EVENT_H

#include <stdint.h>

#define EVENT_MARK "\"content\":\"@"
#define EVENT_HEAD                                                                                         \
  "data: {\"id\":\"chatcmpl-bench0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1760000000," \
  "\"model\":\"bench\",\"system_fingerprint\":\"fp_0123456789\",\"choices\":[{\"index\":0,\"delta\":{" EVENT_MARK
#define EVENT_TAIL "\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n"
/// What follows the last event of a stream.
#define EVENT_END                                                                                          \
  "data: {\"id\":\"chatcmpl-bench0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1760000000," \
  "\"model\":\"bench\",\"system_fingerprint\":\"fp_0123456789\",\"choices\":[{\"index\":0,\"delta\":{},"         \
  "\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"

enum {
  EVENT_TIME_DIGITS = 16,
  EVENT_NUMBER_DIGITS = 8,
  EVENT_BYTES = sizeof EVENT_HEAD - 1 + EVENT_TIME_DIGITS + EVENT_NUMBER_DIGITS + sizeof EVENT_TAIL - 1,
};

static inline void write_hexadecimal(char *out, uint64_t value, int digits) {
  for (int index = digits - 1; index >= 0; index--, value >>= 4) out[index] = "0123456789abcdef"[value & 15];
}

/// False when a character is no digit.
static inline _Bool read_hexadecimal(const char *from, int digits, uint64_t *value) {
  uint64_t result = 0;
  for (int index = 0; index < digits; index++) {
    char digit = from[index];
    if (digit >= '0' && digit <= '9') {
      result = result << 4 | (uint64_t)(digit - '0');
    } else if (digit >= 'a' && digit <= 'f') {
      result = result << 4 | (uint64_t)(digit - 'a' + 10);
    } else {
      return 0;
    }
  }
  *value = result;
  return 1;
}

#endif

// Reads one HTTP/1.1 answer: status, framing, and in a stream each event's time and number.
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  /// Head, or the unfinished event between two reads.
  ANSWER_HELD_MAX = 2048,
  /// Events of one read whose times are reported.
  ANSWER_TIMES_MAX = 1024,
};

enum answer_state { ANSWER_RUNS, ANSWER_COMPLETE, ANSWER_BAD_STATUS, ANSWER_BAD_FRAMING, ANSWER_BAD_ORDER };

struct answer {
  bool is_stream, closes, saw_done;
  enum { ANSWER_HEAD, ANSWER_LENGTH, ANSWER_CHUNK_SIZE, ANSWER_CHUNK, ANSWER_CHUNK_END, ANSWER_TRAILER } part;
  /// Bytes left of the body, or of the current chunk.
  uint64_t left;
  /// Digits of the chunk size so far; characters of the current line of the trailer.
  uint32_t digits;
  /// Events seen; also the number that the next one must carry.
  uint32_t events;
  uint32_t held_bytes;
  char held[ANSWER_HELD_MAX];
};

/// What the last bytes brought.
struct answer_news {
  uint32_t events;
  uint64_t times[ANSWER_TIMES_MAX];
};

void answer_begin(struct answer *answer, bool is_stream);
/// Takes the next bytes of the connection.
enum answer_state answer_take(struct answer *answer, const char *bytes, size_t count, struct answer_news *news);

#endif

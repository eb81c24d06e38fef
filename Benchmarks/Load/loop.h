// One epoll set and one timer heap for everything in this process. Single thread, no allocation after the start.
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/// Embedded in whatever owns a descriptor.
struct handler {
  int descriptor;
  void (*ready)(struct handler *self, uint32_t events);
};

/// Embedded in whatever waits for a point in time. All zero is a timer that is not armed.
struct timer {
  uint64_t deadline;
  /// Place in the heap plus one; 0 when not armed.
  uint32_t place;
  void (*fired)(struct timer *self);
};

/// The enclosing structure of an embedded handler or timer.
#define CONTAINER(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

/// Nanoseconds of CLOCK_MONOTONIC.
uint64_t clock_now(void);

/// - timers: how many may be armed at the same time.
void loop_open(uint32_t timers);
/// Level-triggered; false with errno set when the kernel refuses.
bool loop_watch(struct handler *handler, uint32_t events);
void loop_change(struct handler *handler, uint32_t events);
/// Stops watching and closes the descriptor. Events already fetched for it are not delivered.
void loop_close(struct handler *handler);
/// Arms a timer, or moves an armed one.
void timer_arm(struct timer *timer, uint64_t deadline);
void timer_disarm(struct timer *timer);
/// Handles what is ready and due, or waits for it.
void loop_turn(void);

/// Prints a message and ends the process.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

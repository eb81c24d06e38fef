// Linux system interfaces that the Glibc module does not surface: epoll, eventfd, timerfd, accept4.
#ifndef SLUICE_CLINUX_H
#define SLUICE_CLINUX_H

// No feature macro here: the headers below must look the same as they do in the Glibc and Dispatch modules.
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/// `epoll_ctl` with the datum as one 64-bit value (slot and generation). `operation` is `EPOLL_CTL_ADD`, `_MOD` or `_DEL`.
static inline int sluice_epoll_ctl(int set, int operation, int descriptor, uint32_t events, uint64_t datum) {
  struct epoll_event event;
  event.events = events;
  event.data.u64 = datum;
  return epoll_ctl(set, operation, descriptor, &event);
}

/// The datum of the event at `index`; `struct epoll_event` is packed, so the read is done here.
static inline uint64_t sluice_epoll_datum(const struct epoll_event *events, int index) { return events[index].data.u64; }

/// The readiness bits of the event at `index`.
static inline uint32_t sluice_epoll_bits(const struct epoll_event *events, int index) { return events[index].events; }

/// `fcntl(F_GETFL)` and `F_SETFL` are variadic, which Swift cannot call: makes a descriptor non-blocking.
static inline int sluice_set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL, 0);
  return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

/// Arms `descriptor` (a timerfd on CLOCK_MONOTONIC) to fire once after `nanoseconds`; 0 disarms it.
static inline int sluice_timerfd_arm(int descriptor, uint64_t nanoseconds) {
  struct itimerspec spec = {{0, 0}, {(time_t)(nanoseconds / 1000000000ull), (long)(nanoseconds % 1000000000ull)}};
  return timerfd_settime(descriptor, 0, &spec, 0);
}

/// `accept4` with a non-blocking, close-on-exec result (it needs `_GNU_SOURCE`, so it lives in the .c file).
///
/// `network` becomes the client's IPv4 address, or the upper half of its IPv6 one: who has one address of such a network
/// has them all. 0 for anything else.
int sluice_accept(int listener, uint64_t *network);

/// How many processors this process may run on.
int sluice_usable_processors(void);

/// Has the C library give memory that is free back to the system.
void sluice_trim_memory(void);

/// Has the C library make no more than so many heaps for the threads to come; it would make eight for each processor.
void sluice_limit_heaps(int count);

// What is told when the process dies of a fault; see Crash.c.

/// The id of a request that runs; `length` is 0 where there is none.
struct sluice_running_entry {
  uint8_t length;
  char id[128];
};

/// The requests of one loop, by slot.
struct sluice_running_table {
  uint32_t count;
  struct sluice_running_entry entries[];
};

/// Has faults (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP) leave a backtrace and the ids of the running requests on
/// standard error before they end the process. Called once, early.
void sluice_crash_install(void);

/// Gives the calling thread a stack for that, so that it is told even of a stack that overflowed. Nothing happens where
/// faults are not told of.
void sluice_crash_thread(void);

/// A table that is told of in a crash; it is never given back. NULL without memory for it.
struct sluice_running_table *sluice_running_table_make(uint32_t count);

/// Enters a request; ids that are too long are cut off, slots beyond the table are left out.
static inline void sluice_running_set(struct sluice_running_table *table, uint32_t slot, const void *id, size_t length) {
  if (slot >= table->count) return;
  struct sluice_running_entry *entry = &table->entries[slot];
  if (length > sizeof entry->id) length = sizeof entry->id;
  entry->length = 0;
  memcpy(entry->id, id, length);
  entry->length = (uint8_t)length;
}

/// Takes a request out.
static inline void sluice_running_clear(struct sluice_running_table *table, uint32_t slot) {
  if (slot < table->count) table->entries[slot].length = 0;
}

// The calls of the busy path, straight to the kernel. The C library's own are cancellation points, which in a process
// with threads means two atomic exchanges around each of them; nobody here cancels threads.

/// `epoll_wait`; `epoll_pwait2` is newer than some kernels, and milliseconds are enough here.
int sluice_epoll_wait(int set, struct epoll_event *events, int capacity, int timeout_ms);

/// `recv` without flags.
ssize_t sluice_receive(int descriptor, void *bytes, size_t count);

/// `send` without SIGPIPE.
ssize_t sluice_send(int descriptor, const void *bytes, size_t count);

/// `sendmsg` of these segments, without SIGPIPE.
ssize_t sluice_send_segments(int descriptor, struct iovec *segments, size_t count);

#endif

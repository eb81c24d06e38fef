#define _GNU_SOURCE
#include "CLinux.h"

#include <sched.h>
#include <sys/syscall.h>

int sluice_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

int sluice_usable_processors(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

int sluice_epoll_wait(int set, struct epoll_event *events, int capacity, int timeout_ms) {
  // Every architecture has the variant with a signal mask; without one it is the plain call.
  return (int)syscall(SYS_epoll_pwait, set, events, capacity, timeout_ms, (void *)0, (size_t)8);
}

ssize_t sluice_receive(int descriptor, void *bytes, size_t count) {
  return syscall(SYS_recvfrom, descriptor, bytes, count, 0, (void *)0, (void *)0);
}

ssize_t sluice_send(int descriptor, const void *bytes, size_t count) {
  return syscall(SYS_sendto, descriptor, bytes, count, MSG_NOSIGNAL, (void *)0, 0);
}

ssize_t sluice_send_segments(int descriptor, struct iovec *segments, size_t count) {
  struct msghdr message = {.msg_iov = segments, .msg_iovlen = count};
  return syscall(SYS_sendmsg, descriptor, &message, MSG_NOSIGNAL);
}

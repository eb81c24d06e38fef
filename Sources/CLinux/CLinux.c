#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <sched.h>
#include <sys/syscall.h>

static uint64_t network_of(const struct sockaddr_storage *address) {
  if (address->ss_family == AF_INET) return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr);
  if (address->ss_family != AF_INET6) return 0;
  const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
  uint64_t network = 0;
  int start = IN6_IS_ADDR_V4MAPPED(v6) ? 12 : 0;
  for (int index = start; index < (start ? 16 : 8); index++) network = network << 8 | v6->s6_addr[index];
  return network;
}

int sluice_accept(int listener, uint64_t *network) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  int descriptor = accept4(listener, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor >= 0) *network = network_of(&address);
  return descriptor;
}

int sluice_usable_processors(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

void sluice_trim_memory(void) { malloc_trim(0); }

void sluice_limit_heaps(int count) { mallopt(M_ARENA_MAX, count); }

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

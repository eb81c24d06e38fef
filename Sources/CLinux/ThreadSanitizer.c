#define _GNU_SOURCE
#include "CLinux.h"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if __has_feature(thread_sanitizer)
#include <sched.h>
#include <stdatomic.h>

// Who has to wait for a `Synchronization.Mutex` gets it inside a library that is not instrumented: ThreadSanitizer
// would not see it, and report everything that such a lock guards. So a build for it waits here instead. The word is 0,
// or the thread that holds the lock; as nobody ever asks the kernel for it, the rest of the lock stays out of that
// library.
__attribute__((swiftcall)) void wait_for_mutex(uint32_t thread, __attribute__((swift_context)) _Atomic uint32_t *word)
  __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

__attribute__((swiftcall)) void wait_for_mutex(uint32_t thread, __attribute__((swift_context)) _Atomic uint32_t *word) {
  uint32_t nobody = 0;
  while (!atomic_compare_exchange_weak_explicit(word, &nobody, thread, memory_order_acquire, memory_order_relaxed)) {
    nobody = 0;
    sched_yield();
  }
}
#endif

// Counts the heap allocations of the process it is linked into, libraries included.
#ifndef SLUICE_CALLOCCOUNT_H
#define SLUICE_CALLOCCOUNT_H

#include <stdint.h>

/// Allocations so far on all threads that are not excluded.
uint64_t sluice_alloc_count(void);

/// What the calling thread allocates does not count from now on.
void sluice_alloc_exclude_thread(void);

#endif

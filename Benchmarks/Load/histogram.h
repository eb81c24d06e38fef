// Durations in logarithmic buckets: constant memory, constant cost, within 1.6 % of the true value.
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

enum { HISTOGRAM_SUB_BITS = 6, HISTOGRAM_BUCKETS = (64 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS };

struct histogram {
  uint64_t counts[HISTOGRAM_BUCKETS];
  uint64_t count, sum, max;
};

void histogram_add(struct histogram *histogram, uint64_t nanoseconds);
/// The value below which this share (0 to 1) of the durations lies; nanoseconds.
uint64_t histogram_quantile(const struct histogram *histogram, double share);
/// Writes `{"count":…,"mean":…,"p50":…,…}` in microseconds.
void histogram_print(const struct histogram *histogram, FILE *out);

#endif

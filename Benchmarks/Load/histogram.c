#include "histogram.h"

static uint32_t bucket(uint64_t value) {
  if (value < (1u << HISTOGRAM_SUB_BITS)) return (uint32_t)value;
  uint32_t exponent = 63u - (uint32_t)__builtin_clzll(value) - HISTOGRAM_SUB_BITS;
  return ((exponent + 1) << HISTOGRAM_SUB_BITS) + (uint32_t)(value >> exponent) - (1u << HISTOGRAM_SUB_BITS);
}

/// The middle of a bucket.
static uint64_t value_of(uint32_t index) {
  if (index < (1u << HISTOGRAM_SUB_BITS)) return index;
  uint32_t exponent = (index >> HISTOGRAM_SUB_BITS) - 1;
  uint64_t base = (index & ((1u << HISTOGRAM_SUB_BITS) - 1)) + (1u << HISTOGRAM_SUB_BITS);
  return (base << exponent) + ((1ull << exponent) >> 1);
}

void histogram_add(struct histogram *histogram, uint64_t nanoseconds) {
  histogram->counts[bucket(nanoseconds)]++;
  histogram->count++;
  histogram->sum += nanoseconds;
  if (nanoseconds > histogram->max) histogram->max = nanoseconds;
}

uint64_t histogram_quantile(const struct histogram *histogram, double share) {
  uint64_t wanted = (uint64_t)(share * (double)histogram->count), seen = 0;
  for (uint32_t index = 0; index < HISTOGRAM_BUCKETS; index++) {
    seen += histogram->counts[index];
    if (seen > wanted) return value_of(index);
  }
  return histogram->max;
}

void histogram_print(const struct histogram *histogram, FILE *out) {
  double mean = histogram->count > 0 ? (double)histogram->sum / (double)histogram->count : 0;
  fprintf(out, "{\"count\":%llu,\"mean\":%.2f", (unsigned long long)histogram->count, mean / 1000);
  const double shares[] = {0.5, 0.9, 0.99, 0.999};
  const char *names[] = {"p50", "p90", "p99", "p999"};
  for (int index = 0; index < 4; index++) {
    fprintf(out, ",\"%s\":%.2f", names[index], (double)histogram_quantile(histogram, shares[index]) / 1000);
  }
  fprintf(out, ",\"max\":%.2f}", (double)histogram->max / 1000);
}

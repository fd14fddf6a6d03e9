/* A clock, and latencies in nanoseconds with their quantiles, for the clients in C. */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static int64_t done, *latencies; /* how many, and each */

static int64_t now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static int compare(const void *one, const void *other) {
    int64_t first = *(const int64_t *)one, second = *(const int64_t *)other;
    return (first > second) - (first < second);
}

static void sort_times(int64_t *times, int64_t count) {
    qsort(times, (size_t)count, sizeof *times, compare);
}

static void sort_latencies(void) {
    sort_times(latencies, done);
}

/* Gives a quantile of sorted times, in microseconds; 0 without any. */
static double find_quantile(const int64_t *times, int64_t count, double share) {
    int64_t place = (int64_t)(share * (double)count);
    return count ? (double)times[place < count ? place : count - 1] / 1000 : 0;
}

static double quantile(double share) {
    return find_quantile(latencies, done, share);
}

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

static void sort_latencies(void) {
    qsort(latencies, (size_t)done, sizeof *latencies, compare);
}

/* Gives a quantile of the sorted latencies, in microseconds; 0 without any. */
static double quantile(double share) {
    int64_t place = (int64_t)(share * (double)done);
    return done ? (double)latencies[place < done ? place : done - 1] / 1000 : 0;
}

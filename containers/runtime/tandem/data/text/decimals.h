/* A plain number, read to the bits of Python's float().
 *
 * A number is w * 10^q. Where w and 10^q are doubles exactly, one operation gives the nearest one.
 * Else w is multiplied with the first 128 bits of 5^q, which errs by less than 2 in the last place
 * of the product's first 128 bits; unless that could turn the rounding, its first 53 are the answer.
 * What remains is strtod's.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 u128;

enum { POWERS = 64, DIGITS = 19 }; /* powers of ten up to which we read; digits that 64 bits hold */

static const double TENS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* 5^q = (high * 2^64 + low) * 2^exponent, rounded down; the first entry is 5^-POWERS. */
typedef struct {
    uint64_t high, low;
    int64_t exponent;
} Power;

/* Gives 1 and the nearest double, or 0 where that is not certain. */
static int nearest(uint64_t w, int q, const Power *powers, double *out) {
    if (w <= (1ULL << 53) && q >= -22 && q <= 22) {
        *out = q < 0 ? (double)w / TENS[-q] : (double)w * TENS[q];
        return 1;
    }
    if (w == 0 || q < -POWERS || q > POWERS)
        return 0;
    const Power *power = powers + POWERS + q;
    int zeros = __builtin_clzll(w);
    w <<= zeros;
    u128 low = (u128)w * power->low, high = (u128)w * power->high + (uint64_t)(low >> 64);
    int top = (int)(high >> 127);
    u128 rest = high & (((u128)1 << (74 + top)) - 1), half = (u128)1 << (73 + top);
    if (rest <= half && rest >= half - 2)
        return 0;
    uint64_t mantissa = (uint64_t)(high >> (74 + top)) + (rest > half);
    int64_t exponent = 190 + top + power->exponent + q - zeros;
    if (mantissa >> 53) {
        mantissa >>= 1;
        exponent++;
    }
    if (exponent < -1022 || exponent > 1023)
        return 0;
    uint64_t bits = (uint64_t)(exponent + 1023) << 52 | (mantissa & ((1ULL << 52) - 1));
    memcpy(out, &bits, sizeof bits);
    return 1;
}

static inline int digit(const char *at) {
    return (unsigned char)(*at - '0') < 10;
}

/* Reads a number of JSON from `at`, which a byte that is none of a number's ends.
 * Gives its end, or NULL where it is none, or infinite. */
static const char *number(const char *at, const Power *powers, double *out) {
    const char *start = at;
    int negative = *at == '-';
    at += negative;
    const char *first = at;
    uint64_t w = 0;
    while (digit(at))
        w = 10 * w + (uint64_t)(*at++ - '0');
    int64_t digits = at - first, q = 0;
    if (digits == 0 || (digits > 1 && *first == '0'))
        return NULL;
    if (*at == '.') {
        const char *point = ++at;
        while (digit(at))
            w = 10 * w + (uint64_t)(*at++ - '0');
        if (at == point)
            return NULL;
        q = point - at;
        digits -= q;
    }
    if (*at == 'e' || *at == 'E') {
        int down = *++at == '-';
        at += down || *at == '+';
        const char *power = at;
        int64_t value = 0;
        while (digit(at))
            value = value < 10000 ? 10 * value + (*at - '0') : value, at++;
        if (at == power)
            return NULL;
        q += down ? -value : value;
    }
    if (digits > DIGITS) /* zeros before the first other digit are none of them */
        while (first < at && (*first == '0' || *first == '.')) {
            digits -= *first == '0';
            first++;
        }
    if (digits > DIGITS || q < -1000 || q > 1000 || !nearest(w, (int)q, powers, out)) {
        char *end;
        *out = strtod(start, &end);
        return end == at && isfinite(*out) ? at : NULL; /* elsewhere in a locale with a comma */
    }
    if (negative)
        *out = -*out;
    return at;
}

/* Lines of LIBSVM, their numbers read as decimals.c reads them. */
#include "decimals.h"

/* Reads a number that ends at a colon, at blank space, at the end of a line, or at `end`. */
static const char *word(const char *at, const char *end, const Power *powers, double *out) {
    at = number(at + (*at == '+' && digit(at + 1)), powers, out);
    return at && (at == end || *at == ':' || *at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')
               ? at
               : NULL;
}

static const char *skip_blanks(const char *at) {
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* Reads lines of `label[:weight] [qid:n] index:value ...`; after the text is a blank, the
 * end of a line, or a zero byte. Without
 * `labelled`, a first word with a colon is a value. There is room for a row a line, and for a value
 * four bytes. `counts` gets the numbers of values, labels, weights and queries.
 * Gives the number of rows, or -1 where anything is not certain. */
int64_t tandem_sparse_lines(const char *text, int64_t size, int labelled, const Power *powers,
                            int64_t *starts, int64_t *indices, double *values, double *labels,
                            double *weights, double *queries, int64_t *counts) {
    const char *at = text, *end = text + size;
    int64_t rows = 0, count = 0;
    for (starts[0] = 0; at < end; starts[++rows] = count) {
        const char *first = at = skip_blanks(at);
        double head;
        if (!(at = word(at, end, powers, &head)))
            return -1;
        if (labelled || *at != ':') {
            labels[counts[1]++] = head;
            if (*at == ':' && !(at = word(at + 1, end, powers, weights + counts[2]++)))
                return -1;
            if (*at == ':')
                return -1;
            at = skip_blanks(at);
        } else {
            at = first;
        }
        if (!strncmp(at, "qid:", 4)) {
            if (!(at = word(at + 4, end, powers, queries + counts[3]++)) || *at == ':')
                return -1;
            at = skip_blanks(at);
        }
        while (at < end && *at != '\r' && *at != '\n') {
            const char *start = at;
            int64_t index = 0;
            while (digit(at) && at - start < DIGITS - 1)
                index = 10 * index + (*at++ - '0');
            if (at == start || *at != ':')
                return -1;
            indices[count] = index;
            if (!(at = word(at + 1, end, powers, values + count++)) || *at == ':')
                return -1;
            at = skip_blanks(at);
        }
        at += *at == '\r' && at + 1 < end;
        if (at < end && *at++ != '\n')
            return -1;
    }
    counts[0] = count;
    return rows;
}

/* Lines of records: plain numbers, words that are known, and texts of which the place is told. A cell
 * that is anything else is unusual, and the whole body is left to Python, which knows what becomes of
 * it.
 */
#include "decimals.h"

enum { IGNORED, NUMBER, WORD, TEXT }; /* as in record_lines.py */

/* An entry of a table of words, whose next entry is tried where it is taken. */
typedef struct {
    uint32_t start, length; /* in the layout's text */
    int32_t code;           /* -1: the entry is free */
} Word;

typedef struct {
    double low, high;     /* of a number that is not unusual */
    uint32_t first, mask; /* of the words: the codes of a word's cells, or what means a missing number;
                             of a text `first` is its code, whatever it is */
    int32_t kind;
    int32_t complete;     /* a missing number is unusual */
    int64_t like_number;  /* a word of a column of numbers begins as a number does */
} Column;

typedef struct {
    const Column *columns;
    const Word *words;
    const char *text;
    const Power *powers;
    int64_t width;
} Layout;

/* FNV-1a, and its high bits mixed into the low ones, which choose the entry. */
static uint32_t hash(const char *at, size_t length) {
    uint64_t value = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        value = (value ^ (unsigned char)at[i]) * 0x100000001b3u;
    return (uint32_t)(value ^ value >> 32);
}

/* Puts a word into a table of mask + 1 entries, one of which stays free. */
void tandem_add_word(Word *table, uint32_t mask, const char *text, uint32_t start, uint32_t length,
                     int32_t code) {
    uint32_t at = hash(text + start, length) & mask;
    while (table[at].code >= 0)
        at = (at + 1) & mask;
    table[at] = (Word){start, length, code};
}

/* Gives the code of a word, or -1. */
static int32_t find(const Layout *layout, const Column *column, const char *at, size_t length) {
    const Word *table = layout->words + column->first;
    for (uint32_t i = hash(at, length) & column->mask;; i = (i + 1) & column->mask) {
        const Word *word = table + i;
        if (word->code < 0)
            return -1;
        if (word->length == length && !memcmp(layout->text + word->start, at, length))
            return word->code;
    }
}

/* Reads a number from a cell; gives 0 where it is unusual. */
static int read_number(const Layout *layout, const Column *column, const char *at, const char *end,
                       double *out) {
    if (find(layout, column, at, (size_t)(end - at)) >= 0) {
        *out = NAN;
        return !column->complete;
    }
    return number(at, layout->powers, out) == end && *out >= column->low && *out <= column->high;
}

static inline int ends_cell(const char *at, const char *end) {
    return at == end || *at == ',' || *at == '\n';
}

/* Reads the number of a cell that begins as no word does. Gives its end, or NULL where it is none,
 * or unusual; what is none may be a word all the same. */
static inline const char *read_plain(const Layout *layout, const Column *column, const char *at,
                                     const char *end, double *out) {
    if (column->kind != NUMBER || column->like_number || !(digit(at) || *at == '-'))
        return NULL;
    const char *stop = number(at, layout->powers, out);
    return stop && ends_cell(stop, end) && *out >= column->low && *out <= column->high ? stop : NULL;
}

/* Reads lines of cells; `text` ends with a zero byte. Gives the number of rows, of which there is
 * room for `most`, or -1 where a cell is unusual, quoted, or too few or too many. Of each text
 * `spans` gets its begin and its end. */
int64_t tandem_read_lines(const Layout *layout, const char *text, int64_t size, double *numbers,
                          int32_t *codes, int64_t *spans, int64_t most) {
    const char *at = text, *end = text + size;
    int64_t rows = 0, last = layout->width - 1;
    for (; at < end; rows++) {
        if (rows == most)
            return -1;
        for (int64_t i = 0; i <= last; i++) {
            const Column *column = layout->columns + i;
            const char *start = at;
            const char *stop = read_plain(layout, column, at, end, numbers);
            if (stop) {
                at = stop;
                numbers++;
            } else {
                while (!ends_cell(at, end)) {
                    if (*at == '"' || *at == '\r')
                        return -1;
                    at++;
                }
                if (column->kind == NUMBER && !read_number(layout, column, start, at, numbers++))
                    return -1;
                if (column->kind == WORD
                    && (*codes++ = find(layout, column, start, (size_t)(at - start))) < 0)
                    return -1;
                if (column->kind == TEXT) {
                    *codes++ = (int32_t)column->first;
                    *spans++ = start - text;
                    *spans++ = at - text;
                }
            }
            if (i < last ? at == end || *at++ != ',' : at < end && *at++ != '\n')
                return -1;
        }
    }
    return rows;
}

/* Counts line breaks; a run of 255 bytes is counted in one, as many at a time as the machine can. */
int64_t tandem_count_lines(const char *text, int64_t size) {
    int64_t lines = 0;
    for (int64_t start = 0; start < size; start += 255) {
        int64_t end = start + 255 < size ? start + 255 : size;
        uint8_t found = 0;
        for (int64_t i = start; i < end; i++)
            found += text[i] == '\n';
        lines += found;
    }
    return lines;
}

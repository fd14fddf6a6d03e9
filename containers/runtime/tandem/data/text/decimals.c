/* Lines of plain numbers. */
#include "decimals.h"

/* Reads lines of `width` numbers, an empty cell as NaN; `text` ends with a zero byte.
 * Gives the number of rows, of which there is room for `most`, or -1 where any cell is not certain. */
int64_t tandem_decimals(const char *text, int64_t size, int64_t width, const Power *powers,
                       double *out, int64_t most) {
    const char *at = text, *end = text + size;
    int64_t rows = 0;
    for (; at < end; rows++) {
        if (rows == most)
            return -1;
        for (int64_t column = 0; column < width; column++, out++) {
            int last = column == width - 1;
            if (*at == ',' || *at == '\n' || *at == '\r' || at == end) {
                if (width == 1)
                    return -1; /* an empty line is no empty cell */
                *out = NAN;
            } else if (!(at = number(at, powers, out))) {
                return -1;
            }
            if (!last && *at++ != ',')
                return -1;
        }
        at += *at == '\r' && at + 1 < end;
        if (at < end && *at++ != '\n')
            return -1;
    }
    return rows;
}

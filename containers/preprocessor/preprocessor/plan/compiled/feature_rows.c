/* Features of rows of numbers and of the codes of texts: a program of operations for each feature of
 * a number, and for each code what it changes in the features of the first code. Compiled without
 * contraction of a product and a sum, so that the bits are numpy's.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { FILL, SUBTRACT, DIVIDE, MULTIPLY, ADD, LEAST, MOST, MISSING, PRESENT }; /* number_program.py */

typedef struct {
    double operand;
    int64_t kind;
} Operation;

typedef struct {
    int32_t feature, column;
    uint32_t first, end; /* of its operations */
} Program;

typedef struct {
    int32_t feature;
    float value;
} Change;

typedef struct {
    const Program *programs;
    const Operation *operations;
    const float *base;      /* of each feature */
    const uint32_t *starts; /* of each code's changes, and the end of the last */
    const Change *changes;
    int64_t count, numbers, texts, width; /* programs, columns of numbers and of texts, features */
} Plan;

/* Gives 0 where numpy may choose the sign of a zero in another way. */
static int compute(const Plan *plan, const Program *program, double value, float *out) {
    for (uint32_t i = program->first; i < program->end; i++) {
        double operand = plan->operations[i].operand;
        switch (plan->operations[i].kind) {
        case FILL:
            value = isnan(value) ? operand : value;
            break;
        case SUBTRACT:
            value -= operand;
            break;
        case DIVIDE:
            value /= operand;
            break;
        case MULTIPLY:
            value *= operand;
            break;
        case ADD:
            value += operand;
            break;
        case LEAST:
        case MOST:
            if (value == 0 && operand == 0)
                return 0;
            if (plan->operations[i].kind == LEAST ? value < operand : value > operand)
                value = operand;
            break;
        case MISSING:
            value = isnan(value) ? 1 : 0;
            break;
        case PRESENT:
            value = isnan(value) ? 0 : 1;
            break;
        }
    }
    out[program->feature] = (float)value;
    return 1;
}

/* Computes the features of rows; gives 0, or 1 where the bits of one are not certain. */
int tandem_features(const Plan *plan, const double *numbers, const int32_t *codes, int64_t rows,
                    float *out) {
    for (int64_t row = 0; row < rows; row++) {
        memcpy(out, plan->base, (size_t)plan->width * sizeof *out);
        for (int64_t i = 0; i < plan->count; i++)
            if (!compute(plan, plan->programs + i, numbers[plan->programs[i].column], out))
                return 1;
        for (int64_t i = 0; i < plan->texts; i++)
            for (uint32_t at = plan->starts[codes[i]]; at < plan->starts[codes[i] + 1]; at++)
                out[plan->changes[at].feature] = plan->changes[at].value;
        numbers += plan->numbers;
        codes += plan->texts;
        out += plan->width;
    }
    return 0;
}

/* The trees of an XGBoost model, walked: the leaves that XGBoost 3's cpu_predictor reaches, added up
 * as 32-bit numbers in its order, so that every answer has its bits. Compiled without contraction of
 * a product and a sum, and never with -ffast-math.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A node sends a value that is not below its threshold to the right, which follows the left one.
 * A leaf's threshold is NaN and its left child itself: whoever is there stays. A node that splits
 * categories has a NaN with the number of its set, from 1, in the lower bits: those in the set go to
 * the right. */
typedef struct {
    float threshold;
    uint16_t feature; /* of a row with its missing values low, then of the same row with them high */
    uint16_t left;    /* in the tree */
} Node;

typedef struct {
    uint32_t start; /* of its nodes, and of its leaves' weights */
    uint16_t depth;
    uint16_t output;
} Tree;

/* Of categories: words of 32 bits, a bit a code. */
typedef struct {
    uint32_t start, words;
} Set;

typedef struct {
    const Node *nodes;
    const float *weights; /* one a node; those of leaves count */
    const Tree *trees;
    const float *base;    /* margins to begin with, one an output */
    const Set *sets;
    const uint32_t *bits;
    int32_t count, features, outputs;
    int32_t link;         /* what makes predictions of margins */
    int32_t categorical;  /* whether there are sets */
} Model;

enum { IDENTITY, LOGISTIC, EXPONENTIAL, SOFTMAX, CLASS, HINGE }; /* as in forest.py */
enum { QUIET_NAN = 0x7fc00000, CODES = 1 << 24 };
enum { TOGETHER = 8, BLOCK = 32 };

static void spread(const float *row, float *both, int32_t features) {
    for (int32_t i = 0; i < features; i++) {
        float value = row[i];
        both[i] = isnan(value) ? -INFINITY : value;
        both[features + i] = isnan(value) ? INFINITY : value;
    }
}

/* Says whether a code is in a set. A missing one is infinite, and goes where the row has it. */
static int is_member(const Model *model, uint32_t number, float value) {
    if (!(value >= 0 && value < CODES))
        return value == INFINITY;
    uint32_t code = (uint32_t)value;
    const Set *set = model->sets + (number - 1);
    return code / 32 < set->words && model->bits[set->start + code / 32] >> code % 32 & 1;
}

static inline uint32_t step(const Model *model, const Node *nodes, const float *row, uint32_t at,
                            int categorical) {
    Node node = nodes[at];
    float value = row[node.feature];
    if (categorical) {
        uint32_t bits;
        memcpy(&bits, &node.threshold, sizeof bits);
        if (bits > QUIET_NAN && bits <= QUIET_NAN + 0x3fffff)
            return node.left + (uint32_t)is_member(model, bits - QUIET_NAN, value);
    }
    return node.left + (value >= node.threshold);
}

/* One row: several trees at a time, as each step waits for the one before it. */
static inline void walk_row(const Model *model, const float *row, float *out, int categorical) {
    int32_t t = 0;
    for (; t + TOGETHER <= model->count; t += TOGETHER) {
        const Tree *trees = model->trees + t;
        uint32_t at[TOGETHER] = {0};
        uint32_t depth = 0;
        for (int k = 0; k < TOGETHER; k++)
            depth = trees[k].depth > depth ? trees[k].depth : depth;
        for (uint32_t level = 0; level < depth; level++)
            for (int k = 0; k < TOGETHER; k++)
                at[k] = step(model, model->nodes + trees[k].start, row, at[k], categorical);
        for (int k = 0; k < TOGETHER; k++)
            out[trees[k].output] += model->weights[trees[k].start + at[k]];
    }
    for (; t < model->count; t++) {
        const Tree *tree = model->trees + t;
        uint32_t at = 0;
        for (uint32_t level = 0; level < tree->depth; level++)
            at = step(model, model->nodes + tree->start, row, at, categorical);
        out[tree->output] += model->weights[tree->start + at];
    }
}

/* Many rows: several of them at a time through one tree, which stays in the nearest cache. */
static inline void walk_rows(const Model *model, const float *rows, int32_t count, float *out,
                             int categorical) {
    int32_t width = 2 * model->features;
    for (int32_t t = 0; t < model->count; t++) {
        const Tree *tree = model->trees + t;
        const Node *nodes = model->nodes + tree->start;
        const float *weights = model->weights + tree->start;
        for (int32_t first = 0; first < count; first += TOGETHER) {
            const float *row = rows + (int64_t)first * width;
            uint32_t at[TOGETHER] = {0};
            for (uint32_t level = 0; level < tree->depth; level++)
                for (int k = 0; k < TOGETHER; k++)
                    at[k] = step(model, nodes, row + (int64_t)k * width, at[k], categorical);
            for (int k = 0; k < TOGETHER && first + k < count; k++)
                out[(int64_t)(first + k) * model->outputs + tree->output] += weights[at[k]];
        }
    }
}

static inline void walk(const Model *model, const float *rows, int32_t count, float *out,
                        int categorical) {
    if (count >= TOGETHER) {
        walk_rows(model, rows, count, out, categorical);
        return;
    }
    for (int32_t i = 0; i < count; i++)
        walk_row(model, rows + (int64_t)i * 2 * model->features, out + (int64_t)i * model->outputs,
                 categorical);
}

/* A row's margins become its predictions, as XGBoost's objectives do it. */
static void predictions(int32_t link, float *out, int32_t outputs) {
    if (link == LOGISTIC) {
        for (int32_t i = 0; i < outputs; i++)
            out[i] = 1.0f / (expf(fminf(-out[i], 88.7f)) + 1.0f + 1e-16f);
    } else if (link == EXPONENTIAL) {
        for (int32_t i = 0; i < outputs; i++)
            out[i] = expf(out[i]);
    } else if (link == SOFTMAX) {
        float most = out[0];
        double sum = 0;
        for (int32_t i = 1; i < outputs; i++)
            most = fmaxf(out[i], most);
        for (int32_t i = 0; i < outputs; i++)
            sum += out[i] = expf(out[i] - most);
        for (int32_t i = 0; i < outputs; i++)
            out[i] /= (float)sum;
    } else if (link == CLASS) {
        int32_t best = 0;
        for (int32_t i = 1; i < outputs; i++)
            best = out[i] > out[best] ? i : best;
        out[0] = (float)best;
    } else if (link == HINGE) {
        for (int32_t i = 0; i < outputs; i++)
            out[i] = out[i] > 0 ? 1 : 0;
    }
}

/* A score in the predictions' own units becomes the margin it stands for. */
float tandem_margin(int32_t link, float score) {
    if (link == LOGISTIC)
        return -logf(1.0f / score - 1.0f);
    return link == EXPONENTIAL ? logf(score) : score;
}

/* Predicts `count` rows of `features` numbers, NaN missing, into `count` rows of `outputs`, or of the
 * class alone. Gives 0, or 1 when there is no memory. */
int tandem_walk(const Model *model, const float *rows, int64_t count, float *out) {
    int32_t features = model->features, outputs = model->outputs;
    int32_t most = count < BLOCK ? (int32_t)((count + TOGETHER - 1) / TOGETHER * TOGETHER) : BLOCK;
    int32_t answers = model->link == CLASS ? 1 : outputs;
    /* What a block does not fill is walked and not read: it must be numbers all the same. */
    float *both = calloc((size_t)most * (2 * (size_t)features + (size_t)outputs) + 1, sizeof *both);
    if (!both)
        return 1;
    float *margins = both + (int64_t)most * 2 * features;
    for (int64_t first = 0; first < count; first += BLOCK) {
        int32_t here = count - first < BLOCK ? (int32_t)(count - first) : BLOCK;
        for (int32_t i = 0; i < here; i++) {
            spread(rows + (first + i) * features, both + (int64_t)i * 2 * features, features);
            memcpy(margins + (int64_t)i * outputs, model->base, (size_t)outputs * sizeof *margins);
        }
        if (model->categorical)
            walk(model, both, here, margins, 1);
        else
            walk(model, both, here, margins, 0);
        for (int32_t i = 0; i < here; i++) {
            float *own = margins + (int64_t)i * outputs;
            predictions(model->link, own, outputs);
            memcpy(out + (first + i) * answers, own, (size_t)answers * sizeof *out);
        }
    }
    free(both);
    return 0;
}

#include "messages.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t random_state = 2013;

static double uniform(void) {
    uint64_t z = random_state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

static double normal(void) { return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()); }

static void append(frame *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    text->bytes = realloc(text->bytes, text->size + 256);
    text->size += (size_t)vsnprintf(text->bytes + text->size, 256, format, arguments);
    va_end(arguments);
}

/// As few digits as read back as the same double: what Python and JavaScript write.
static void append_double(frame *text, double value) {
    char digits[32];
    for (int precision = 15; precision <= 17; ++precision) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value) break;
    }
    append(text, strpbrk(digits, ".e") ? "%s" : "%s.0", digits);
}

static frame copy_of(const double *values, size_t count) {
    frame bytes = {count * sizeof(double), malloc(count * sizeof(double))};
    memcpy(bytes.bytes, values, bytes.size);
    return bytes;
}

/// A tensor a feature; its values follow in a frame of their own, or stand in the JSON.
static void add_tensors(message *made, size_t rows, int is_binary) {
    frame body = {0, NULL};
    double *values = malloc(rows * sizeof(double));
    append(&body, "{\"inputs\":[");
    for (int feature = 0; feature < features; ++feature) {
        for (size_t row = 0; row < rows; ++row) values[row] = normal();
        append(&body, "%s{\"name\":\"f%d\",\"shape\":[%zu],\"datatype\":\"FP64\",", feature ? "," : "", feature, rows);
        if (is_binary) {
            append(&body, "\"parameters\":{\"binary_data_size\":%zu}}", rows * sizeof(double));
            made->frames[2 + feature] = copy_of(values, rows);
        } else {
            append(&body, "\"data\":[");
            for (size_t row = 0; row < rows; ++row) {
                if (row) append(&body, ",");
                append_double(&body, values[row]);
            }
            append(&body, "]}");
        }
    }
    append(&body, "]}");
    free(values);
    made->frames[1] = body;
    made->count = is_binary ? 2 + features : 2;
}

static void add_wide_tensor(message *made, size_t rows) {
    size_t count = rows * features;
    double *values = malloc(count * sizeof(double));
    for (size_t i = 0; i < count; ++i) values[i] = normal();
    append(
        &made->frames[1],
        "{\"inputs\":[{\"name\":\"x\",\"shape\":[%zu,%d],\"datatype\":\"FP64\","
        "\"parameters\":{\"binary_data_size\":%zu}}]}",
        rows, features, count * sizeof(double));
    made->frames[2] = copy_of(values, count);
    made->count = 3;
    free(values);
}

static void add_row(message *made, int id) {
    frame *body = &made->frames[1];
    append(body, "{\"id\":\"r%d\",\"features\":{", id);
    for (int feature = 0; feature < features; ++feature) {
        append(body, "%s\"f%d\":", feature ? "," : "", feature);
        append_double(body, normal());
    }
    append(body, "}}");
    made->count = 2;
}

size_t make_messages(const char *format, const char *model, size_t rows, message *messages) {
    int is_rows = strcmp(format, "rows") == 0;
    for (int i = 0; i < distinct_messages; ++i) {
        message *made = &messages[i];
        memset(made, 0, sizeof *made);
        append(&made->frames[0], "%s/%s/", is_rows ? "rows" : "inputs", model);
        if (is_rows) add_row(made, i);
        else if (strcmp(format, "oip-binary") == 0) add_tensors(made, rows, 1);
        else if (strcmp(format, "oip-json") == 0) add_tensors(made, rows, 0);
        else if (strcmp(format, "oip-binary-wide") == 0) add_wide_tensor(made, rows);
        else return 0;
    }
    return is_rows ? 1 : rows;
}

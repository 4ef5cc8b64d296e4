// Parses bodies with simdjson and does nothing with them. Arguments: FORMAT (oip-json or rows) ROWS-A-MESSAGE SECONDS.
// Prints how many rows a second were parsed.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <simdjson.h>

#include "messages.h"

int main(int argc, char **argv) {
    static message messages[distinct_messages];
    const size_t rows = argc == 4 ? make_messages(argv[1], "bench", strtoul(argv[2], nullptr, 10), messages) : 0;
    if (!rows) {
        fprintf(stderr, "usage: parse oip-json|rows ROWS SECONDS\n");
        return 2;
    }
    std::vector<simdjson::padded_string> bodies;
    for (const message &made : messages) bodies.emplace_back(made.frames[1].bytes, made.frames[1].size);
    simdjson::dom::parser parser;
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    std::chrono::duration<double> elapsed{};
    size_t parsed = 0;
    while (elapsed.count() < atof(argv[3])) {
        for (const auto &body : bodies) {
            if (parser.parse(body).error()) return 1;
            ++parsed;
        }
        elapsed = clock::now() - start;
    }
    printf("%.1f\n", double(parsed * rows) / elapsed.count());
}

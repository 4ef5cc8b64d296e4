#include "CSimdJSON.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include <simdjson.h>

namespace dom = simdjson::dom;

struct json_parser {
    explicit json_parser(size_t depth) : maximum_depth(depth) {}

    bool reserve(size_t length);
    simdjson::error_code parse(size_t length);

    const size_t maximum_depth;
    dom::parser parser;
    std::unique_ptr<uint8_t[]> text;
    size_t capacity = 0;
};

/// Grows by doubling: simdjson alone would allocate again for every message a byte longer than all before.
bool json_parser::reserve(size_t length) {
    if (text && length <= capacity) return true;
    const size_t grown = std::max({length, 2 * capacity, size_t(4096)});
    text.reset(new (std::nothrow) uint8_t[grown + simdjson::SIMDJSON_PADDING]);
    capacity = 0;
    if (!text || parser.allocate(grown, maximum_depth) || parser.doc.allocate(grown)) return false;
    capacity = grown;
    return true;
}

simdjson::error_code json_parser::parse(size_t length) {
    return parser.parse(text.get(), length, /* realloc_if_needed */ false).error();
}

namespace {

/// Where the string that opens at `at` has closed, or `end`.
uint8_t *after_string(uint8_t *at, const uint8_t *end) {
    for (++at; at < end; ++at) {
        if (*at == '\\') ++at;
        else if (*at == '"') return at + 1;
    }
    return const_cast<uint8_t *>(end);
}

void write_marker(uint8_t *at, size_t length) {
    memset(at + 1, ' ', length - 2);
    at[0] = at[length - 1] = '"';
    at[1] = 0x7F;
}

bool begins(const uint8_t *at, const uint8_t *end, const char *word, size_t length) {
    return size_t(end - at) >= length && memcmp(at, word, length) == 0;
}

/// Writes a marked string of the same length over each bare NaN and infinity, and says whether there was one.
bool mark_nonfinite(uint8_t *text, size_t length) {
    bool found = false;
    for (uint8_t *at = text, *const end = text + length; at < end;) {
        size_t word = 0;
        switch (*at) {
        case '"': at = after_string(at, end); continue;
        case 'N': word = begins(at, end, "NaN", 3) ? 3 : 0; break;
        case 'I': word = begins(at, end, "Infinity", 8) ? 8 : 0; break;
        case '-': word = begins(at, end, "-Infinity", 9) ? 9 : 0; break;
        }
        if (word) {
            write_marker(at, word);
            found = true;
        }
        at += word ? word : 1;
    }
    return found;
}

bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

/// Copies JSON with a fraction behind each whole number too long for 64 bits: a double, then, and no error.
std::string with_fractions(const uint8_t *text, size_t length) {
    std::string copy;
    copy.reserve(length + 64);
    for (const uint8_t *at = text, *const end = text + length; at < end;) {
        const uint8_t *next = at + 1;
        if (*at == '"') {
            next = after_string(const_cast<uint8_t *>(at), end);
        } else if (is_digit(*at)) {
            while (next < end && is_digit(*next)) ++next;
        }
        copy.append(reinterpret_cast<const char *>(at), next - at);
        const bool ends_number = next == end || !strchr(".eE", *next);
        const bool begins_number = at == text || !strchr(".eE+0123456789", at[-1]);
        if (is_digit(*at) && next - at > 18 && ends_number && begins_number) copy += ".0";
        at = next;
    }
    return copy;
}

json_status status(simdjson::error_code error) {
    switch (error) {
    case simdjson::SUCCESS: return json_ok;
    case simdjson::UTF8_ERROR: return json_not_utf8;
    case simdjson::DEPTH_ERROR: return json_too_deep;
    case simdjson::NUMBER_ERROR: return json_number_out_of_range;
    case simdjson::MEMALLOC: return json_out_of_memory;
    default: return json_malformed;
    }
}

}  // namespace

json_parser *json_parser_create(size_t maximum_depth) {
    return new (std::nothrow) json_parser(maximum_depth);
}

void json_parser_destroy(json_parser *parser) { delete parser; }

json_status json_parser_parse(
    json_parser *parser, const void *bytes, size_t length, json_document *document
) {
    if (!parser->reserve(length)) return json_out_of_memory;
    memcpy(parser->text.get(), bytes, length);
    memset(parser->text.get() + length, 0, simdjson::SIMDJSON_PADDING);
    auto error = parser->parse(length);
    document->has_nonfinite = error && mark_nonfinite(parser->text.get(), length);
    if (document->has_nonfinite) error = parser->parse(length);
    if (error == simdjson::NUMBER_ERROR || error == simdjson::TAPE_ERROR) {
        const std::string text = with_fractions(parser->text.get(), length);
        if (text.size() > length) {
            if (!parser->reserve(text.size())) return json_out_of_memory;
            memcpy(parser->text.get(), text.data(), text.size());
            memset(parser->text.get() + text.size(), 0, simdjson::SIMDJSON_PADDING);
            error = parser->parse(text.size());
        }
    }
    document->tape = parser->parser.doc.tape.get();
    document->strings = parser->parser.doc.string_buf.get();
    return status(error);
}

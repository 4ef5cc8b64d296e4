// Written by tools/embed_console.py.
#pragma clang diagnostic ignored "-Wc23-extensions"

#include "CConsoleAssets.h"

static const unsigned char asset_0[] = {
#embed "../../dashboards/console/index.html" suffix(, 0) if_empty(0)
};
static const unsigned char asset_1[] = {
#embed "../../dashboards/console/style.css" suffix(, 0) if_empty(0)
};

static const struct console_asset assets[] = {
    {"index.html", asset_0, sizeof asset_0 - 1},
    {"style.css", asset_1, sizeof asset_1 - 1},
};

size_t console_asset_count(void) { return sizeof assets / sizeof assets[0]; }

struct console_asset console_asset(size_t index) { return assets[index]; }

#ifndef CCONSOLEASSETS_H
#define CCONSOLEASSETS_H

#include <stddef.h>

/// A file of dashboards/console.
struct console_asset {
    /// Below that folder, as `views/alerts.js`.
    const char *path;
    const unsigned char *bytes;
    size_t size;
};

/// All of them, in the order of their paths.
extern const struct console_asset console_assets[];
extern const size_t console_asset_count;

#endif

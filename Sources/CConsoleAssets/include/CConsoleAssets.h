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

size_t console_asset_count(void);

/// In the order of their paths; `index` is below the count.
struct console_asset console_asset(size_t index);

#endif

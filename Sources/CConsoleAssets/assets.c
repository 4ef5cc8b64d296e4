// Written by tools/embed_console.py.
#pragma clang diagnostic ignored "-Wc23-extensions"

#include "CConsoleAssets.h"

static const unsigned char asset_0[] = {
#embed "../../dashboards/console/agent/alert.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_1[] = {
#embed "../../dashboards/console/agent/alerts.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_2[] = {
#embed "../../dashboards/console/agent/cell-panel.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_3[] = {
#embed "../../dashboards/console/agent/cell.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_4[] = {
#embed "../../dashboards/console/agent/feature.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_5[] = {
#embed "../../dashboards/console/agent/heatmap-colours.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_6[] = {
#embed "../../dashboards/console/agent/heatmap.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_7[] = {
#embed "../../dashboards/console/agent/histogram.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_8[] = {
#embed "../../dashboards/console/agent/kinds.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_9[] = {
#embed "../../dashboards/console/agent/levels.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_10[] = {
#embed "../../dashboards/console/agent/measures.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_11[] = {
#embed "../../dashboards/console/agent/model.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_12[] = {
#embed "../../dashboards/console/agent/overview.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_13[] = {
#embed "../../dashboards/console/agent/paths.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_14[] = {
#embed "../../dashboards/console/agent/performance.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_15[] = {
#embed "../../dashboards/console/agent/streams.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_16[] = {
#embed "../../dashboards/console/agent/timeline.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_17[] = {
#embed "../../dashboards/console/favicon.svg" suffix(, 0) if_empty(0)
};
static const unsigned char asset_18[] = {
#embed "../../dashboards/console/index.html" suffix(, 0) if_empty(0)
};
static const unsigned char asset_19[] = {
#embed "../../dashboards/console/main.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_20[] = {
#embed "../../dashboards/console/registry/compare.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_21[] = {
#embed "../../dashboards/console/registry/confidence-sequence.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_22[] = {
#embed "../../dashboards/console/registry/curves.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_23[] = {
#embed "../../dashboards/console/registry/decision-log.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_24[] = {
#embed "../../dashboards/console/registry/job.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_25[] = {
#embed "../../dashboards/console/registry/jobs.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_26[] = {
#embed "../../dashboards/console/registry/mlflow.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_27[] = {
#embed "../../dashboards/console/registry/model.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_28[] = {
#embed "../../dashboards/console/registry/overview.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_29[] = {
#embed "../../dashboards/console/registry/requests.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_30[] = {
#embed "../../dashboards/console/registry/retraining.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_31[] = {
#embed "../../dashboards/console/registry/rollout.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_32[] = {
#embed "../../dashboards/console/registry/rollouts.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_33[] = {
#embed "../../dashboards/console/registry/run-table.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_34[] = {
#embed "../../dashboards/console/registry/run.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_35[] = {
#embed "../../dashboards/console/registry/runs.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_36[] = {
#embed "../../dashboards/console/registry/states.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_37[] = {
#embed "../../dashboards/console/shared/api.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_38[] = {
#embed "../../dashboards/console/shared/chart.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_39[] = {
#embed "../../dashboards/console/shared/element.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_40[] = {
#embed "../../dashboards/console/shared/format.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_41[] = {
#embed "../../dashboards/console/shared/line-chart.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_42[] = {
#embed "../../dashboards/console/shared/live.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_43[] = {
#embed "../../dashboards/console/shared/parts.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_44[] = {
#embed "../../dashboards/console/shared/region.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_45[] = {
#embed "../../dashboards/console/shared/router.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_46[] = {
#embed "../../dashboards/console/shared/scale.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_47[] = {
#embed "../../dashboards/console/shared/table.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_48[] = {
#embed "../../dashboards/console/shared/visit.js" suffix(, 0) if_empty(0)
};
static const unsigned char asset_49[] = {
#embed "../../dashboards/console/style.css" suffix(, 0) if_empty(0)
};

static const struct console_asset assets[] = {
    {"agent/alert.js", asset_0, sizeof asset_0 - 1},
    {"agent/alerts.js", asset_1, sizeof asset_1 - 1},
    {"agent/cell-panel.js", asset_2, sizeof asset_2 - 1},
    {"agent/cell.js", asset_3, sizeof asset_3 - 1},
    {"agent/feature.js", asset_4, sizeof asset_4 - 1},
    {"agent/heatmap-colours.js", asset_5, sizeof asset_5 - 1},
    {"agent/heatmap.js", asset_6, sizeof asset_6 - 1},
    {"agent/histogram.js", asset_7, sizeof asset_7 - 1},
    {"agent/kinds.js", asset_8, sizeof asset_8 - 1},
    {"agent/levels.js", asset_9, sizeof asset_9 - 1},
    {"agent/measures.js", asset_10, sizeof asset_10 - 1},
    {"agent/model.js", asset_11, sizeof asset_11 - 1},
    {"agent/overview.js", asset_12, sizeof asset_12 - 1},
    {"agent/paths.js", asset_13, sizeof asset_13 - 1},
    {"agent/performance.js", asset_14, sizeof asset_14 - 1},
    {"agent/streams.js", asset_15, sizeof asset_15 - 1},
    {"agent/timeline.js", asset_16, sizeof asset_16 - 1},
    {"favicon.svg", asset_17, sizeof asset_17 - 1},
    {"index.html", asset_18, sizeof asset_18 - 1},
    {"main.js", asset_19, sizeof asset_19 - 1},
    {"registry/compare.js", asset_20, sizeof asset_20 - 1},
    {"registry/confidence-sequence.js", asset_21, sizeof asset_21 - 1},
    {"registry/curves.js", asset_22, sizeof asset_22 - 1},
    {"registry/decision-log.js", asset_23, sizeof asset_23 - 1},
    {"registry/job.js", asset_24, sizeof asset_24 - 1},
    {"registry/jobs.js", asset_25, sizeof asset_25 - 1},
    {"registry/mlflow.js", asset_26, sizeof asset_26 - 1},
    {"registry/model.js", asset_27, sizeof asset_27 - 1},
    {"registry/overview.js", asset_28, sizeof asset_28 - 1},
    {"registry/requests.js", asset_29, sizeof asset_29 - 1},
    {"registry/retraining.js", asset_30, sizeof asset_30 - 1},
    {"registry/rollout.js", asset_31, sizeof asset_31 - 1},
    {"registry/rollouts.js", asset_32, sizeof asset_32 - 1},
    {"registry/run-table.js", asset_33, sizeof asset_33 - 1},
    {"registry/run.js", asset_34, sizeof asset_34 - 1},
    {"registry/runs.js", asset_35, sizeof asset_35 - 1},
    {"registry/states.js", asset_36, sizeof asset_36 - 1},
    {"shared/api.js", asset_37, sizeof asset_37 - 1},
    {"shared/chart.js", asset_38, sizeof asset_38 - 1},
    {"shared/element.js", asset_39, sizeof asset_39 - 1},
    {"shared/format.js", asset_40, sizeof asset_40 - 1},
    {"shared/line-chart.js", asset_41, sizeof asset_41 - 1},
    {"shared/live.js", asset_42, sizeof asset_42 - 1},
    {"shared/parts.js", asset_43, sizeof asset_43 - 1},
    {"shared/region.js", asset_44, sizeof asset_44 - 1},
    {"shared/router.js", asset_45, sizeof asset_45 - 1},
    {"shared/scale.js", asset_46, sizeof asset_46 - 1},
    {"shared/table.js", asset_47, sizeof asset_47 - 1},
    {"shared/visit.js", asset_48, sizeof asset_48 - 1},
    {"style.css", asset_49, sizeof asset_49 - 1},
};

size_t console_asset_count(void) { return sizeof assets / sizeof assets[0]; }

struct console_asset console_asset(size_t index) { return assets[index]; }

import Drift
import EventDelivery
import Foundation
import Glibc

/// The agent's figures as Prometheus metrics. Statistic, threshold and rows are gauges of their own, so that
/// rules can compare them.
struct AgentMetrics {
    struct Model {
        var status: ModelStatus
        var figures: ModelWatch.Figures
        /// What the registry made of its retrain requests, see ``ProposalLog``.
        var answers: [String: UInt64]
    }

    var models: [Model]
    var sinks: [(name: String, figures: OutboxDispatcher.Figures)]
    /// Messages whose topic names no model of their group.
    var strays: [StreamCounters]
    var lastReloadSucceeded: Bool
    var now: Timestamp

    var families: [MetricFamily] {
        streams + windows + drift + performance + capture + skew + alerts + retraining + rollouts + delivery
            + process
    }

    private typealias Sample = MetricFamily.Sample

    private func counter(_ name: String, _ help: String, _ samples: [Sample]) -> MetricFamily {
        MetricFamily(name: name, help: help, kind: .counter, samples: samples)
    }

    private func gauge(_ name: String, _ help: String, _ samples: [Sample]) -> MetricFamily {
        MetricFamily(name: name, help: help, kind: .gauge, samples: samples)
    }

    private func each(_ value: (StreamCounters) -> UInt64) -> [Sample] {
        models.map { Sample(Double(value($0.status.counters)), labels: [("model", $0.status.model)]) }
    }
}

// MARK: - Streams

extension AgentMetrics {
    private var streams: [MetricFamily] {
        [
            counter("leeway_messages_received_total", "Messages received, read or not.", each(\.received)),
            counter("leeway_messages_decoded_total", "Messages that could be read.", each(\.decoded)),
            counter(
                "leeway_messages_rejected_total", "Messages that could not be read, by reason.", rejected),
            counter("leeway_messages_missed_total", "Messages lost before they arrived.", each(\.missed)),
            counter("leeway_messages_duplicate_total", "Messages that came twice.", each(\.duplicate)),
            counter(
                "leeway_messages_unknown_total", "Messages of models that are not configured.",
                [Sample(Double(strays.reduce(0) { $0 + $1.received }))]),
            counter("leeway_rows_total", "Rows of inputs.", each(\.rows)),
            counter("leeway_predictions_total", "Rows of predictions.", each(\.predictions)),
            counter("leeway_labels_total", "Rows of labels.", each(\.labels)),
            counter("leeway_rows_late_total", "Rows whose window had closed.", each(\.late)),
            counter("leeway_rows_future_total", "Rows too far ahead of the clock.", each(\.future)),
            gauge("leeway_model_state", "1 for the state the model is in.", states),
        ]
    }

    private var rejected: [Sample] {
        models.flatMap { model in
            model.status.counters.rejected.sorted { $0.key < $1.key }.map { reason, count in
                Sample(Double(count), labels: [("model", model.status.model), ("reason", reason)])
            }
        }
    }

    private var states: [Sample] {
        models.map { Sample(1, labels: [("model", $0.status.model), ("state", $0.status.state.rawValue)]) }
    }
}

// MARK: - Windows and drift

extension AgentMetrics {
    private var windows: [MetricFamily] {
        [
            counter(
                "leeway_windows_total", "Windows closed, by verdict.",
                models.flatMap { model in
                    model.figures.windows.sorted { $0.key.rawValue < $1.key.rawValue }.map { verdict, count in
                        Sample(
                            Double(count),
                            labels: [("model", model.status.model), ("verdict", verdict.rawValue)])
                    }
                }),
            counter(
                "leeway_windows_dropped_total", "Windows lost because judging them fell too far behind.",
                models.map { Sample(Double($0.figures.droppedPanes), labels: [("model", $0.status.model)]) }),
            gauge(
                "leeway_window_end_timestamp_seconds", "The end of the newest closed window, in event time.",
                newest { report, _ in Double(report.window.end.nanoseconds) / 1e9 }),
            gauge(
                "leeway_checkpoint_age_seconds", "Time since open windows were last saved.",
                models.compactMap { model in
                    model.figures.lastCheckpoint.map { saved in
                        Sample(
                            Double(now.nanoseconds - saved.nanoseconds) / 1e9,
                            labels: [("model", model.status.model)])
                    }
                }),
        ]
    }

    private var drift: [MetricFamily] {
        [
            gauge("leeway_drift_statistic", "Measures of the newest window.", measures { $0.value }),
            gauge("leeway_drift_threshold", "From where on a measure is large.", measures { $0.threshold }),
            gauge(
                "leeway_drift_window_rows", "Rows of the newest window.",
                newest { report, _ in Double(max(report.window.rows, report.window.predictions)) }),
            gauge(
                "leeway_drift_window_missed", "Messages lost while the newest window was open.",
                newest { report, _ in Double(report.window.missed) }),
            gauge(
                "leeway_drift_score", "The newest window's drift score.",
                newest { report, _ in report.test?.score }),
            gauge(
                "leeway_drift_critical_score", "The score above which a window alarms.",
                newest { report, _ in report.test?.criticalScore }),
            gauge(
                "leeway_drift_p_value", "The p-value of the newest window as a whole.",
                newest { report, _ in report.test?.pValue }),
        ]
    }

    private func newest(_ value: (DriftReport, Model) -> Double?) -> [Sample] {
        models.compactMap { model in
            guard let report = model.figures.newest, let value = value(report, model) else { return nil }
            return Sample(value, labels: [("model", model.status.model), ("version", model.figures.version)])
        }
    }

    private func measures(_ value: (MeasureReport) -> Double?) -> [Sample] {
        models.flatMap { model in
            (model.figures.newest?.features ?? []).flatMap { feature in
                feature.measures.sorted { $0.key < $1.key }.compactMap { name, measure in
                    value(measure).map {
                        Sample(
                            $0,
                            labels: [
                                ("model", model.status.model), ("version", model.figures.version),
                                ("feature", feature.name), ("family", feature.family.rawValue),
                                ("measure", name),
                            ])
                    }
                }
            }
        }
    }

    private var alerts: [MetricFamily] {
        [
            gauge(
                "leeway_alert_firing", "1 while an alert of this kind is firing.",
                models.flatMap { model in
                    model.figures.alerts.map { alert in
                        Sample(
                            alert.state == "firing" ? 1 : 0,
                            labels: [
                                ("model", model.status.model), ("kind", alert.kind),
                                ("fingerprint", alert.fingerprint),
                            ])
                    }
                })
        ]
    }
}

// MARK: - Performance

extension AgentMetrics {
    private var performance: [MetricFamily] {
        [
            gauge(
                "leeway_performance",
                "A measure of the answers whose truth is known, in the newest such window.",
                measures { $0.realised?.value }),
            gauge(
                "leeway_performance_estimated", "The measure as it was to be expected from the scores alone.",
                measures { $0.estimated }),
            gauge(
                "leeway_performance_reference", "The measure of the reference.",
                measures { $0.reference?.value }),
            gauge(
                "leeway_performance_maturity_ratio", "The share of the window's rows whose truth is known.",
                reports { $0.maturity.share }),
            gauge(
                "leeway_performance_labels", "Labels in the window.",
                reports { Double($0.maturity.labelledRows) }),
            gauge(
                "leeway_performance_window_end_timestamp_seconds", "The end of that window, in event time.",
                reports { Double($0.window.end.nanoseconds) / 1e9 }),
            counter(
                "leeway_loss_changes_total", "Changes that a detector found in a version's losses.",
                detectors { Double($0.changes) }),
            counter(
                "leeway_losses_total", "Losses that a detector took in.", detectors { Double($0.losses) }),
        ]
    }

    private func measures(_ value: (PerformanceReport.Measure) -> Double?) -> [Sample] {
        models.flatMap { model in
            model.figures.performance.flatMap { report in
                report.measures.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { metric, measure in
                    value(measure).map {
                        Sample($0, labels: label(report) + [("measure", metric.rawValue)])
                    }
                }
            }
        }
    }

    private func reports(_ value: (PerformanceReport) -> Double) -> [Sample] {
        models.flatMap { $0.figures.performance.map { Sample(value($0), labels: label($0)) } }
    }

    private func label(_ report: PerformanceReport) -> [(name: String, value: String)] {
        [("model", report.model), ("version", report.version)]
    }

    private func detectors(_ value: (LossWatch.Status) -> Double) -> [Sample] {
        models.flatMap { model in
            model.figures.detectors.map { status in
                Sample(
                    value(status),
                    labels: [
                        ("model", model.status.model), ("version", status.version),
                        ("detector", status.detector.rawValue),
                    ])
            }
        }
    }
}

// MARK: - Capture and skew

extension AgentMetrics {
    private var skew: [MetricFamily] {
        [
            gauge(
                "leeway_skew_mismatch_ratio", "The share of rows in which a feature differs from training's.",
                models.flatMap { model in
                    (model.figures.skew?.features ?? []).map { feature in
                        Sample(
                            feature.mismatchShare,
                            labels: [("model", model.status.model), ("feature", feature.name)])
                    }
                }),
            gauge(
                "leeway_skew_joined_rows",
                "Rows that training has too, in the newest window that was compared.",
                models.compactMap { model in
                    model.figures.skew.map {
                        Sample(Double($0.joinedRows), labels: [("model", model.status.model)])
                    }
                }),
        ]
    }

    private var capture: [MetricFamily] {
        [
            gauge("leeway_capture_rows", "Rows stored.", stores { Double($0.rows) }),
            gauge(
                "leeway_capture_waiting_labels", "Labels stored whose row has not come.",
                stores { Double($0.waitingLabels) }),
            gauge("leeway_capture_used_bytes", "Bytes of the store in use.", stores { Double($0.usedBytes) }),
            gauge(
                "leeway_capture_sample_ratio", "The share of all rows that is kept.", stores { $0.sampleRate }
            ),
            gauge(
                "leeway_capture_failed", "1 while rows cannot be stored.",
                stores { $0.failure == nil ? 0 : 1 }),
            counter(
                "leeway_capture_outcomes_total",
                "What happened to rows and labels, since the store was made.",
                models.flatMap { model in
                    (model.figures.capture?.counters ?? [:]).sorted { $0.key < $1.key }.map {
                        outcome, count in
                        Sample(Double(count), labels: [("model", model.status.model), ("outcome", outcome)])
                    }
                }),
        ]
    }

    private func stores(_ value: (CaptureStatus) -> Double) -> [Sample] {
        models.compactMap { model in
            model.figures.capture.map { Sample(value($0), labels: [("model", model.status.model)]) }
        }
    }
}

// MARK: - Retraining

extension AgentMetrics {
    private var retraining: [MetricFamily] {
        [
            counter(
                "leeway_retrain_proposals_total", "Proposals to train a model again.",
                models.compactMap { model in
                    model.figures.proposals.map {
                        Sample(Double($0), labels: [("model", model.status.model)])
                    }
                }),
            counter(
                "leeway_retrain_requests_total",
                "Proposals that the registry answered, by what it made of the request; given_up: it cannot take it.",
                models.flatMap { model in
                    model.answers.sorted { $0.key < $1.key }.map { outcome, count in
                        Sample(Double(count), labels: [("model", model.status.model), ("outcome", outcome)])
                    }
                }),
        ]
    }
}

// MARK: - Rollouts

extension AgentMetrics {
    private var rollouts: [MetricFamily] {
        [
            counter(
                "leeway_rollout_rows_total", "Rows compared, by arm: 0 is the control.",
                models.flatMap { model in
                    (model.status.rollout?.rows ?? [:]).sorted { $0.key < $1.key }.map { arm, count in
                        Sample(Double(count), labels: [("model", model.status.model), ("arm", arm)])
                    }
                }),
            counter(
                "leeway_rollout_misassigned_total",
                "Rows that another version served than their unit was assigned to.", each(\.misassigned)),
            counter(
                "leeway_rollout_unknown_version_total", "Rows that do not say which version served them.",
                each(\.unknownVersion)),
            counter(
                "leeway_rollout_without_unit_total", "Rows with neither a unit nor an id.",
                each(\.withoutUnit)),
            counter(
                "leeway_rollout_evidence_dropped_total", "Rows and units that there was no room for.",
                each(\.dropped)),
            gauge(
                "leeway_rollout_evidence_pending", "Units and sums that the registry has not acknowledged.",
                each(\.pending)),
        ]
    }

    private func each(_ value: (RolloutStatus) -> UInt64) -> [Sample] {
        models.compactMap { model in
            model.status.rollout.map { Sample(Double(value($0)), labels: [("model", model.status.model)]) }
        }
    }
}

// MARK: - Sinks and the process

extension AgentMetrics {
    private var delivery: [MetricFamily] {
        func each(_ value: (OutboxDispatcher.Figures) -> Double) -> [Sample] {
            sinks.map { Sample(value($0.figures), labels: [("sink", $0.name)]) }
        }
        return [
            counter("leeway_events_sent_total", "Events that a sink took.", each { Double($0.sent) }),
            counter(
                "leeway_events_failed_total", "Deliveries that failed and are tried again.",
                each { Double($0.failed) }),
            counter(
                "leeway_events_refused_total", "Events that a sink will not take, given up.",
                each { Double($0.refused) }),
            counter(
                "leeway_events_dropped_total", "Events that there was no room for, since the store was made.",
                each { Double($0.dropped) }),
            gauge("leeway_events_pending", "Events that wait for a sink.", each { Double($0.pending) }),
            gauge(
                "leeway_events_oldest_age_seconds", "How long the event has waited that waits longest.",
                each { figures in
                    figures.oldest.map {
                        max(0, Double(now.nanoseconds) / 1e9 - $0.timeIntervalSince1970)
                    } ?? 0
                }),
            gauge(
                "leeway_events_disabled", "Whether a sink said that it wants no more, until the next start.",
                each { $0.isDisabled ? 1 : 0 }),
        ]
    }

    private var process: [MetricFamily] {
        [
            gauge(
                "leeway_config_last_reload_successful", "Whether the last reload could be used.",
                [Sample(lastReloadSucceeded ? 1 : 0)]),
            gauge(
                "leeway_build_info", "The version that runs.",
                [Sample(1, labels: [("version", Agent.version)])]),
            gauge(
                "process_resident_memory_bytes", "Resident memory size in bytes.",
                residentMemory.map { [Sample($0)] } ?? []),
        ]
    }

    private var residentMemory: Double? {
        guard let file = unsafe fopen("/proc/self/statm", "r") else { return nil }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard unsafe fgets(&line, 128, file) != nil else { return nil }
        let fields = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Double(fields[1]) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
}

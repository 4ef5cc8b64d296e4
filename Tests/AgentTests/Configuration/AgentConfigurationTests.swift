import Capture
import ConfigurationFile
import Drift
import Foundation
import Retraining
import Testing

@testable import Agent

struct AgentConfigurationTests {
    @Test func `a stream needs a model, an endpoint and a reference; all else has a default`() throws {
        let agent = try configuration(minimal)
        #expect(agent.name == "sidecar-1")
        #expect(agent.state == "/var/lib/leeway")
        #expect(agent.http == NetworkAddress(host: "127.0.0.1", port: 9464))
        #expect(agent.shutdownGrace == .seconds(20))
        #expect(agent.checkpointInterval == .seconds(10))
        #expect(agent.staleAfter == .seconds(600))
        #expect(agent.logLevel == .info)
        #expect(!agent.insecure)
        #expect(agent.sinks.isEmpty)

        let stream = try #require(agent.streams.first)
        #expect(stream.model == "fraud")
        #expect(stream.endpoints == [.tcp(NetworkAddress(host: "127.0.0.1", port: 5556))])
        #expect(stream.reference == .file(path: "/etc/leeway/fraud.json"))
        #expect(stream.socket == .sub)
        #expect(stream.mode == .connect)
        #expect(stream.receiveBudget == 67_108_864)
        #expect(stream.maxMessage == 16_777_216)
        #expect(stream.maxFuture == .seconds(3600))
        #expect(stream.idleTimeout == nil)
        #expect(stream.staleAfter == .seconds(600))
        #expect(stream.window.extent == .time(length: .seconds(86_400), step: .seconds(86_400)))
        #expect(stream.window.lateness == .seconds(600))
        #expect(stream.window.minSamples == 200)
        #expect(stream.alerts.falseAlarms == .perPeriod(count: 1, period: .week))
        #expect(stream.alerts.threshold == .calibrated)
        #expect(stream.alerts.tail == nil)
        #expect(stream.alerts.effects == .standard)
        #expect(stream.capture == nil)
        #expect(stream.performance == nil)
    }

    @Test func `performance is measured over the stream's windows, and rows stay until it is`() throws {
        let stream = try #require(
            try configuration(
                minimal + """

                    [stream.window]
                    length = "6w"
                    offset = "5h"
                    [stream.capture]
                    """
            ).streams.first)
        let capture = try #require(stream.capture)
        #expect(capture.sample == .automatic)
        #expect(capture.maxBytes == 2 << 30)
        #expect(capture.maxAge == (42 + 7) * 86_400_000_000_000)
        let performance = try #require(stream.performance)
        #expect(performance.period == .length(42 * 86_400_000_000_000, offset: 18_000_000_000_000))
        #expect(performance.detectors == [.adwin])
        #expect(performance.policy == ConceptPolicy())
    }

    @Test func `every key of capture and performance is read`() throws {
        let stream = try #require(
            try configuration(
                minimal + """

                    [stream.capture]
                    sample = 0.25
                    max_bytes = "1GiB"
                    max_rows = 5000
                    max_age = "90d"
                    label_horizon = "2d"
                    [stream.performance]
                    window = "month"
                    offset = "5h"
                    maturity = 0.5
                    min_labels = 30
                    detectors = ["ddm", "hddm-a"]
                    detectors_alarm = true
                    auc = { warning = 0.01 }
                    """
            ).streams.first)
        var limits = CaptureLimits()
        (limits.sample, limits.maxBytes, limits.maxRows) = (.share(0.25), 1 << 30, 5000)
        (limits.maxAge, limits.labelHorizon) = (90 * 86_400_000_000_000, 2 * 86_400_000_000_000)
        limits.maturity = 0.5
        #expect(stream.capture == limits)
        let performance = try #require(stream.performance)
        #expect(performance.period == .month(offset: 18_000_000_000_000))
        #expect(performance.detectors == [.ddm, .hddmA])
        #expect(performance.detectorsAlarm)
        #expect(performance.policy.minimumRows == 30)
        #expect(performance.policy.limits[.auc] == .init(warning: 0.01, critical: 0.1))
    }

    @Test func `every key is read`() throws {
        let agent = try configuration(
            """
            [agent]
            name = "checkout-7"
            state = "state"
            http = "[::1]:80"
            shutdown_grace = "5s"
            checkpoint_interval = "1m"
            insecure = true
            stale_after = "30s"
            log_level = "debug"
            registry = "https://registry.example:5050"
            registry_events = "tcp://registry.example:5051"
            token_file = "token"

            [[stream]]
            model = "fraud"
            endpoints = ["ipc://run/fraud.sock", "tcp://10.0.0.7:5556"]
            socket = "pull"
            mode = "bind"
            reference = "warmup:20000"
            schema = "schema.json"
            features = ["a", "b"]
            receive_budget = "1GiB"
            max_message = "500kB"
            clock = "event"
            max_future = "2h"
            idle_timeout = "90s"
            stale_after = "1h"
            [stream.window]
            kind = "sliding"
            length = "1d"
            step = "1h"
            lateness = "0s"
            min_samples = 50
            [stream.alerts]
            false_alarms = "2 per 1000 windows"
            threshold = "calibrated"
            tail = "t"
            for = 2
            clear_for = 3
            clear_ratio = 1
            cooldown = "12h"
            share = 0.25
            psi = { warning = 0.15, critical = 0.3 }

            [[sink]]
            type = "file"
            path = "/var/log/events.jsonl"
            [[sink]]
            type = "stdout"

            [registry]
            http = "127.0.0.1:5050"
            [rollout]
            anything = 1
            """)
        #expect(agent.name == "checkout-7")
        #expect(agent.state == "/etc/leeway/state")
        #expect(agent.http.description == "[::1]:80")
        #expect(agent.shutdownGrace == .seconds(5))
        #expect(agent.checkpointInterval == .seconds(60))
        #expect(agent.insecure)
        #expect(agent.logLevel == .debug)
        #expect(agent.registry?.text == "https://registry.example:5050")
        #expect(agent.registryEvents?.description == "tcp://registry.example:5051")
        #expect(agent.tokenFile == "/etc/leeway/token")
        #expect(agent.sinks == [.init(.file(path: "/var/log/events.jsonl")), .init(.standardOutput)])

        let stream = try #require(agent.streams.first)
        #expect(
            stream.endpoints.map(\.description) == [
                "ipc:///etc/leeway/run/fraud.sock", "tcp://10.0.0.7:5556",
            ])
        #expect(stream.socket == .pull)
        #expect(stream.mode == .bind)
        #expect(stream.reference == .warmup(rows: 20_000))
        #expect(stream.schema == "/etc/leeway/schema.json")
        #expect(stream.features == ["a", "b"])
        #expect(stream.receiveBudget == 1_073_741_824)
        #expect(stream.maxMessage == 500_000)
        #expect(stream.clock == .event)
        #expect(stream.maxFuture == nil)
        #expect(stream.idleTimeout == .seconds(90))
        #expect(stream.staleAfter == .seconds(3600))
        #expect(stream.window.extent == .time(length: .seconds(86_400), step: .seconds(3600)))
        #expect(stream.window.lateness == .zero)
        #expect(stream.window.minSamples == 50)

        let alerts = stream.alerts
        #expect(alerts.falseAlarms == .perWindows(count: 2, windows: 1000))
        #expect(alerts.tail == .t)
        #expect(alerts.fireAfter == 2)
        #expect(alerts.clearAfter == 3)
        #expect(alerts.clearRatio == 1)
        #expect(alerts.cooldown == .seconds(43_200))
        #expect(alerts.share == 0.25)
        #expect(alerts.effects.limits["psi"] == EffectSizes.Limits(warning: 0.15, critical: 0.3))
        #expect(alerts.effects.limits["ks"] == EffectSizes.Limits(warning: 0.1, critical: 0.2))
    }

    @Test func `a window of rows steps by rows`() throws {
        let tumbling = try configuration(minimal + "[stream.window]\nrows = 5000")
        #expect(tumbling.streams[0].window.extent == .rows(length: 5000, step: 5000))
        let sliding = try configuration(
            minimal + "[stream.window]\nkind = \"sliding\"\nrows = 5000\nstep = 1000")
        #expect(sliding.streams[0].window.extent == .rows(length: 5000, step: 1000))
    }

    @Test func `one end of an effect size alone pulls the other with it`() throws {
        let alerts = try configuration(
            minimal + "[stream.alerts]\nks = { critical = 0.05 }\ntv = { warning = 1 }"
        )
        .streams[0].alerts
        #expect(alerts.effects.limits["ks"] == EffectSizes.Limits(warning: 0.05, critical: 0.05))
        #expect(alerts.effects.limits["tv"] == EffectSizes.Limits(warning: 1, critical: 1))
    }

    @Test func `strings take environment variables, in arrays too`() throws {
        let agent = try configuration(
            """
            [agent]
            name = "${POD:-nobody}"
            registry = "http://127.0.0.1:5050"
            [[stream]]
            model = "${MODEL}"
            endpoints = ["tcp://127.0.0.1:${PORT:?the publisher's port}"]
            reference = "registry"
            """, host: .make(variables: ["MODEL": "fraud", "PORT": "6000"]))
        #expect(agent.name == "nobody")
        #expect(agent.streams[0].model == "fraud")
        #expect(agent.streams[0].endpoints[0].description == "tcp://127.0.0.1:6000")
    }

    @Test func `every key of retrain is read`() throws {
        let registry = "[agent]\nregistry = \"http://127.0.0.1:5050\"\n" + minimal
        let standard = try configuration(registry + "\n[stream.retrain]").streams[0]
        #expect(standard.retrain == RetrainPolicy())
        let chosen = try configuration(
            registry + """

                [stream.retrain]
                on = ["data", "prediction"]
                share = 0.5
                severity = "critical"
                for = 3
                """
        ).streams[0]
        #expect(
            chosen.retrain
                == RetrainPolicy(data: .share(0.5), concept: false, leastSeverity: .critical, windows: 3))
        #expect(try configuration(registry).streams[0].retrain == nil)
    }

    @Test func `sinks choose their events, and trainers take requests`() throws {
        let agent = try configuration(
            minimal + """

                [stream.retrain]
                [[sink]]
                type = "stdout"
                events = ["retrain", "drift"]
                [[sink]]
                type = "airflow"
                url = "http://127.0.0.1:8080/"
                dag = "retrain"
                user = "leeway"
                password = "secret"
                [[sink]]
                type = "airflow"
                url = "http://127.0.0.1:8081"
                dag = "retrain"
                api = "v1"
                token = "t"
                [[sink]]
                type = "command"
                command = ["retrain", "--now"]
                timeout = "5m"
                """)
        #expect(agent.sinks.map(\.events) == [[.drift, .retrain], [.retrain], [.retrain], [.retrain]])
        #expect(
            agent.sinks.dropFirst().map(\.kind) == [
                .airflow(
                    AirflowConfiguration(
                        url: "http://127.0.0.1:8080", dag: "retrain", api: .v2,
                        credentials: .user("leeway", password: "secret"))),
                .airflow(
                    AirflowConfiguration(
                        url: "http://127.0.0.1:8081", dag: "retrain", api: .v1, credentials: .token("t"))),
                .command(CommandConfiguration(words: ["retrain", "--now"], timeout: .seconds(300))),
            ])
    }

    @Test func `a file that is missing is an error of the file`() {
        #expect(
            throws: InvalidConfiguration([
                ConfigurationError(file: "/no/agent.conf", reason: "cannot read it: no such file")
            ])
        ) {
            try AgentConfiguration.load("/no/agent.conf")
        }
    }

    @Test func `the configuration that is shipped is right but for its reference, which the demo makes`()
        throws
    {
        let file = URL(filePath: #filePath).appending(path: "../../../../agent.conf").standardizedFileURL
        let agent = try AgentConfiguration.load(file.path(), host: .make())
        #expect(agent.streams.map(\.model) == ["flight-delay"])
        #expect(agent.sinks.count == 2)
    }

    @Test func `every default that the shipped configuration comments on is the default`() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../../agent.conf").standardizedFileURL
        let shipped = try String(contentsOf: file, encoding: .utf8)
        let optional = [
            "# name =", "# registry =", "# registry_events", "# token_file", "# schema", "# features",
            "# idle_timeout", "# step",
            "# tail", "# sample", "# max_rows", "# extract", "# key", "# tolerance", "# mismatch", "# type",
            "# url", "# secret", "# previous_secret", "# on", "# share = 0.3", "# severity",
            "# for = 1                          # so many",
            "# dag", "# api", "# user", "# password", "# token =", "# command", "# timeout",
        ]
        // What comes after it has no default.
        let (own, models) = try #require(shipped.split("# One [[registry.model]]"))
        let lines = own.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let isDefault = line.hasPrefix("# ") && line.dropFirst(2).prefix { $0 != "#" }.contains(" = ")
            return isDefault && !optional.contains(where: line.hasPrefix) ? line.dropFirst(2) : line
        }
        let written = try AgentConfiguration.parse(
            lines.joined(separator: "\n") + models, file: "agent.conf", folder: "/etc/leeway", host: .make())
        #expect(try written == configuration(shipped))
    }
}

extension String {
    /// What comes before a text, and what begins with it.
    fileprivate func split(_ text: String) -> (Substring, Substring)? {
        firstRange(of: text).map { (self[..<$0.lowerBound], self[$0.lowerBound...]) }
    }
}

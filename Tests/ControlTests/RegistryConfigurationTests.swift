import ConfigurationFile
import Jobs
import Registry
import Retraining
import Rollouts
import Testing

@testable import Control

struct RegistryConfigurationTests {
    @Test func `all has a default, and the sections of others are not its matter`() throws {
        let configuration = try configuration("[agent]\nodd = 1\n[[stream]]\n[[sink]]\n[rollout]\n")
        #expect(configuration == (try RegistryConfiguration()))
        #expect(configuration.http == NetworkAddress(host: "127.0.0.1", port: 5050))
        #expect(configuration.state == "/var/lib/leeway-registry")
        #expect(configuration.tokenFile == nil)
        #expect(configuration.shutdownGrace == .seconds(20))
        #expect(configuration.logLevel == .info)
    }

    @Test func `the shadow of rollouts is off unless it is asked for, and its mistakes are told`() throws {
        #expect(try configuration("[rollout]\n").rollouts.policy.shadow == .init(isOn: false))
        let read = try configuration(
            "[rollout]\nshadow = { on = true, minimum_rows = 50, interval = \"10m\" }\n")
        #expect(read.rollouts.policy.shadow == .init(isOn: true, minimumRows: 50, interval: 600))
        for (text, word) in [
            ("{ on = 1 }", "shadow.on"), ("{ minimum_rows = 0 }", "shadow.minimum_rows"),
            ("{ interval = \"0s\" }", "shadow.interval"), ("{ rows = 5 }", "shadow.rows"), ("true", "shadow"),
        ] {
            let error = #expect(throws: InvalidConfiguration.self) {
                try configuration("[rollout]\nshadow = \(text)\n")
            }
            #expect("\(error!)".contains("rollout.\(word)"), "\(error!)")
        }
    }

    @Test func `every key is read`() throws {
        let configuration = try configuration(
            """
            [registry]
            http = "0.0.0.0:80"
            state = "state"
            token_file = "tokens"
            events = "tcp://10.0.0.1:5051"
            insecure = true
            shutdown_grace = "1m"
            log_level = "debug"

            [registry.retrain]
            cooldown = "2h"
            per_day = 3
            per_month = 30
            setbacks = 4
            longest_pause = "10d"
            patience = "5d"

            [[registry.schedule]]
            model = "m"
            every = "7d"
            offset = "3h"

            [registry.datasets]
            largest = "2GiB"
            upload_patience = "2h"
            inspection_time = "30s"
            inspection_memory = "1GiB"
            folders = ["rows", "/data"]

            [registry.jobs]
            parallel = 2
            time = "30m"
            cpu = "1h"
            memory = "2GiB"
            file = "1GiB"
            log = "1MiB"
            nice = 5
            grace = "3s"
            keep = "7d"
            """)
        #expect(
            configuration.schedules == [
                RetrainSchedule(model: "m", period: 604_800_000_000_000, offset: 10_800_000_000_000)
            ])
        #expect(
            configuration.trainingSetLimits
                == TrainingSetLimits(largest: 2 << 30, uploadPatience: .seconds(7200)))
        #expect(configuration.inspectionLimits == InspectionLimits(time: .seconds(30), memory: 1 << 30))
        #expect(configuration.rowFolders?.map { $0.split(separator: "/").last } == ["rows", "data"])
        #expect(
            configuration.jobs
                == JobsConfiguration(
                    parallel: 2,
                    limits: JobLimits(
                        time: .seconds(1800), cpu: .seconds(3600), memory: 2 << 30, file: 1 << 30,
                        log: 1 << 20, niceness: 5, grace: .seconds(3)),
                    keep: .seconds(604_800)))
        #expect(
            configuration.retrainRules
                == RetrainRules(
                    cooldown: .seconds(7200), perDay: 3, perMonth: 30, setbacksToOpen: 4,
                    longestPause: .seconds(864_000), patience: .seconds(432_000)))
        #expect(configuration.http == NetworkAddress(host: "0.0.0.0", port: 80))
        #expect(configuration.state == "/etc/leeway/state")
        #expect(configuration.tokenFile == "/etc/leeway/tokens")
        #expect(configuration.events == .tcp(NetworkAddress(host: "10.0.0.1", port: 5051)))
        #expect(configuration.shutdownGrace == .seconds(60))
        #expect(configuration.logLevel == .debug)
    }

    @Test(arguments: [
        (
            "[registry]\nhttp = \"0.0.0.0:5050\"\n",
            "agent.conf:2: registry.http: 0.0.0.0:5050 can be reached from other machines, and nothing says who "
                + "may ask; name a token_file"
        ),
        (
            "[registry]\n[[registry.schedule]]\nmodel = \"m\"\nevery = \"1d\"\noffset = \"1d\"\n",
            "agent.conf:5: registry.schedule.offset: must be less than every"
        ),
        (
            "[registry]\n[[registry.schedule]]\nmodel = \"m\"\nevery = \"1s\"\n",
            "agent.conf:4: registry.schedule.every: must be at least \"1m\", was \"1s\""
        ),
        (
            "[registry]\nhtpp = \"127.0.0.1:1\"\n",
            "agent.conf:2: registry.htpp: unknown key; did you mean \"http\"?"
        ),
        (
            "[registry.retrain]\nper_day = 0\n",
            "agent.conf:2: registry.retrain.per_day: must be at least 1, was 0"
        ),
        (
            "[registry.jobs]\nparallel = 0\n",
            "agent.conf:2: registry.jobs.parallel: must be at least 1, was 0"
        ),
        (
            "[registry.jobs]\nmemory = \"1MiB\"\n",
            "agent.conf:2: registry.jobs.memory: must be at least 16777216 bytes, was 1048576"
        ),
        (
            "[registry.jobs]\n\nnice = 20\n",
            "agent.conf:3: registry.jobs.nice: must be at most 19, was 20"
        ),
        (
            "[registry.jobs]\ntime = \"10ms\"\n",
            "agent.conf:2: registry.jobs.time: must be at least \"1s\", was \"10ms\""
        ),
        (
            "[registry.jobs]\ntimes = \"1h\"\n",
            "agent.conf:2: registry.jobs.times: unknown key; did you mean \"time\"?"
        ),
        (
            "[registry]\nhttp = \"5050\"\n",
            "agent.conf:2: registry.http: expected an address such as \"127.0.0.1:9464\", found \"5050\""
        ),
        (
            "[registry]\nevents = \"tcp://*:5051\"\n",
            "agent.conf:2: registry.events: tcp://*:5051 is neither loopback nor ipc, and nothing protects it; "
                + "if that is acceptable set insecure = true under [registry]"
        ),
        (
            "[registry]\ntoken_file = \"gone\"\n",
            "agent.conf:2: registry.token_file: cannot read \"/etc/leeway/gone\": no such file"
        ),
        (
            "[registry]\nstate = \"/sealed\"\n",
            "agent.conf:2: registry.state: cannot write to \"/sealed\": permission denied"
        ),
        ("registry = 1\n", "agent.conf:1: registry: expected a table, found an integer"),
        ("[regstry]\n", "agent.conf:1: regstry: unknown key; did you mean \"registry\"?"),
    ])
    func `a mistake is named`(source: String, message: String) {
        let error = #expect(throws: InvalidConfiguration.self) { try configuration(source) }
        #expect(error?.description == message)
    }

    @Test func `a header of three brackets is a mistake, however lines end`() {
        #expect {
            try RegistryConfiguration.parse(
                "[registry]\r\n[[[x]]]\r\n", file: "a.conf", folder: "/", host: .current)
        } throws: {
            "\($0)".contains("a.conf:2: a table is opened by [name] or [[name]]")
        }
    }

    @Test(arguments: ["0.0.0.0", "::", "10.0.0.1", "registry.example"])
    func `others need a token file by the command line as well`(host: String) throws {
        let address = NetworkAddress(host: host, port: 5050)
        #expect(throws: MalformedText.self) { try RegistryConfiguration(http: address) }
        #expect(try RegistryConfiguration(http: address, tokenFile: "tokens").tokenFile == "tokens")
    }

    private func configuration(_ source: String) throws(InvalidConfiguration) -> RegistryConfiguration {
        let host = HostEnvironment(
            variables: [:], hostName: "host",
            obstacleToReading: { $0.hasSuffix("gone") ? "no such file" : nil },
            obstacleToWriting: { $0 == "/sealed" ? "permission denied" : nil })
        return try .parse(source, file: "agent.conf", folder: "/etc/leeway", host: host)
    }
}

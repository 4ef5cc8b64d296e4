import Testing

@testable import Agent

struct ConfigurationErrorTests {
    @Test(arguments: [
        (
            "[agent]\nnmae = \"a\"\n",
            "agent.conf:2: agent.nmae: unknown key; did you mean \"name\"?"
        ),
        (
            "[agent]\nport = 1\n",
            "agent.conf:2: agent.port: unknown key; known here: checkpoint_interval, http, insecure, log_level, "
                + "name, registry, registry_events, registry_interval, route_interval, shutdown_grace, stale_after, "
                + "state, token_file"
        ),
        ("[agents]\n", "agent.conf:1: agents: unknown key; did you mean \"agent\"?"),
        ("[agent]\nname = 7\n", "agent.conf:2: agent.name: expected a string, found an integer"),
        ("[agent]\nname = \"\"\n", "agent.conf:2: agent.name: must not be empty"),
        (
            "[agent]\ninsecure = \"yes\"\n",
            "agent.conf:2: agent.insecure: expected true or false, found a string"
        ),
        ("agent = [1]\n", "agent.conf:1: agent: expected a table, found an array"),
        (
            "[agent]\nhttp = \":9464\"\n",
            "agent.conf:2: agent.http: expected an address such as \"127.0.0.1:9464\", found \":9464\""
        ),
        (
            "[agent]\nshutdown_grace = 20\n",
            "agent.conf:2: agent.shutdown_grace: expected a duration such as \"10m\" or \"1h30m\", found an integer"
        ),
        (
            "[agent]\nshutdown_grace = \"20 seconds\"\n",
            "agent.conf:2: agent.shutdown_grace: expected a duration such as \"10m\" or \"1h30m\", "
                + "found \"20 seconds\""
        ),
        (
            "[agent]\ncheckpoint_interval = \"10ms\"\n",
            "agent.conf:2: agent.checkpoint_interval: must be at least \"1s\", was \"10ms\""
        ),
        (
            "[agent]\nlog_level = \"loud\"\n",
            "agent.conf:2: agent.log_level: must be \"trace\", \"debug\", \"info\", \"notice\", \"warning\", "
                + "\"error\" or \"critical\", was \"loud\""
        ),
        (
            "[agent]\nregistry = \"127.0.0.1:5050\"\n",
            "agent.conf:2: agent.registry: expected an address such as \"http://127.0.0.1:5050\", "
                + "found \"127.0.0.1:5050\""
        ),
        (
            "[agent]\nregistry_events = \"tcp://registry:5051\"\n",
            "agent.conf:2: agent.registry_events: tcp://registry:5051 is neither loopback nor ipc, and nothing "
                + "protects it; if that is acceptable set insecure = true under [agent]"
        ),
        ("[agent]\nname = \"${POD\"\n", "agent.conf:2: agent.name: \"${POD\" lacks its closing brace"),
        ("[agent]\nname = \"${POD}\"\n", "agent.conf:2: agent.name: environment variable POD is not set"),
        (
            "[agent]\nname = \"${POD:?set it in the manifest}\"\n",
            "agent.conf:2: agent.name: environment variable POD is not set: set it in the manifest"
        ),
    ])
    func `a mistake in the agent's table is named`(source: String, message: String) {
        #expect(mistakes(source + minimal) == message)
    }

    @Test(arguments: [
        (
            "sokcet = \"sub\"", "5: stream.sokcet: unknown key; did you mean \"socket\"?"
        ),
        ("socket = \"subscribe\"", "5: stream.socket: must be \"sub\" or \"pull\", was \"subscribe\""),
        ("mode = 1", "5: stream.mode: expected a string, found an integer"),
        (
            "receive_budget = \"64 megabytes\"",
            "5: stream.receive_budget: expected a size such as \"64MiB\", found \"64 megabytes\""
        ),
        (
            "max_message = \"1GiB\"",
            "1: stream.receive_budget: must hold a message of max_message, 1073741824 bytes"
        ),
        ("features = \"a\"", "5: stream.features: expected an array of strings, found a string"),
        ("features = [\n\"a\",\n2]", "7: stream.features: expected a string, found an integer"),
        ("features = [\"a\", \"a\"]", "5: stream.features: names a feature twice"),
        (
            "schema = \"schema.json\"",
            "5: stream.schema: is for a warm-up; a reference file carries its own schema"
        ),
        (
            "[stream.window]\nlenght = \"1d\"",
            "6: stream.window.lenght: unknown key; did you mean \"length\"?"
        ),
        (
            "window.lenght = \"1d\"", "5: stream.window.lenght: unknown key; did you mean \"length\"?"
        ),
        (
            "window = { length = \"1d\", step = \"1h\" }",
            "5: stream.window.step: only a sliding window has a step; set kind = \"sliding\""
        ),
        (
            "[stream.window]\nkind = \"sliding\"",
            "5: stream.window.step: is required"
        ),
        (
            "[stream.window]\nkind = \"sliding\"\nlength = \"1d\"\nstep = \"7h\"",
            "8: stream.window.step: must divide the window's length, 1d, was 7h"
        ),
        (
            "[stream.window]\nkind = \"sliding\"\nrows = 100\nstep = 30",
            "8: stream.window.step: must divide the window's length, 100 rows, was 30"
        ),
        (
            "[stream.window]\nkind = \"sliding\"\nrows = 100\nstep = \"1h\"",
            "8: stream.window.step: expected an integer, found a string"
        ),
        (
            "[stream.window]\nlength = \"1d\"\nrows = 100",
            "7: stream.window.rows: a window has a length or a number of rows, not both"
        ),
        ("[stream.window]\nrows = 0", "6: stream.window.rows: must be at least 1, was 0"),
        (
            "[stream.window]\nmin_samples = 2.5",
            "6: stream.window.min_samples: expected an integer, found a floating-point number"
        ),
        (
            "[stream.capture]\nsample = 2", "6: stream.capture.sample: must be above 0 and at most 1, was 2.0"
        ),
        ("[stream.capture]\nmax_bytes = \"1kB\"", "6: stream.capture.max_bytes: must be at least \"1MiB\""),
        (
            "[stream.capture]\nmax_age = \"7d\"",
            "5: stream.capture: max_age must be at least \"1w1d\", a performance window and label_horizon: rows would "
                + "be gone before their window is judged"
        ),
        (
            "[stream.performance]\nmaturity = 0.5",
            "5: stream.performance: needs the rows that are captured: add a [stream.capture]"
        ),
        (
            "[stream.capture]\n[stream.performance]\nwindow = \"year\"",
            "7: stream.performance.window: expected a duration such as \"10m\" or \"1h30m\", found \"year\""
        ),
        (
            "[stream.capture]\n[stream.performance]\ndetectors = [\"adwin\", \"cusum\"]",
            "7: stream.performance.detectors: must hold \"adwin\", \"page-hinkley\", \"ddm\", \"eddm\", \"hddm-a\", "
                + "\"hddm-w\" or \"kswin\", was \"cusum\""
        ),
        (
            "[stream.capture]\n[stream.performance]\nauc = { warning = 0.2, critical = 0.1 }",
            "7: stream.performance.auc: warning must not exceed critical"
        ),
        (
            "[stream.alerts]\nfalse_alarms = \"once a week\"",
            "6: stream.alerts.false_alarms: expected a budget such as \"1 per week\" or "
                + "\"2 per 1000 windows\", found \"once a week\""
        ),
        (
            "[stream.alerts]\nthreshold = \"auto\"",
            "6: stream.alerts.threshold: must be \"calibrated\", \"iid\" or \"fixed\", was \"auto\""
        ),
        ("[stream.alerts]\ntail = \"normal\"", "6: stream.alerts.tail: must be \"t\", was \"normal\""),
        (
            "[stream.alerts]\nthreshold = \"iid\"\ntail = \"t\"",
            "7: stream.alerts.tail: is for threshold = \"calibrated\", which is \"iid\" here"
        ),
        ("[stream.alerts]\nshare = 50", "6: stream.alerts.share: must be above 0 and at most 1, was 50.0"),
        (
            "[stream.alerts]\nclear_ratio = nan",
            "6: stream.alerts.clear_ratio: must be above 0 and at most 1, was nan"
        ),
        (
            "[stream.alerts]\npsi = 0.2",
            "6: stream.alerts.psi: expected a table, found a floating-point number"
        ),
        (
            "[stream.alerts]\npsi = { warn = 0.2 }",
            "6: stream.alerts.psi.warn: unknown key; did you mean \"warning\"?"
        ),
        (
            "[stream.alerts]\npsi = { warning = 0.3, critical = 0.2 }",
            "6: stream.alerts.psi: warning must not exceed critical"
        ),
        (
            "[stream.alerts.psi]\nwarning = -1",
            "6: stream.alerts.psi.warning: must be at least 0, was -1.0"
        ),
        (
            "[stream.alerts]\nchi2 = { warning = 0.2 }",
            "6: stream.alerts.chi2: unknown key; known here: clear_for, clear_ratio, cooldown, cramers_v, "
                + "false_alarms, for, hellinger, js, ks, linf, measures, missing_rate, out_of_range_rate, psi, share, "
                + "tail, threshold, tv, unseen_rate, wasserstein"
        ),
        ("[[sink]]\ntype = \"flie\"", "6: sink.type: unknown type \"flie\"; did you mean \"file\"?"),
        (
            "[[sink]]\ntype = \"kafka\"",
            "6: sink.type: unknown type \"kafka\"; must be \"file\" or \"stdout\" or \"webhook\" or \"airflow\" "
                + "or \"command\""
        ),
        (
            "[[sink]]\ntype = \"alertmanager\"\nurl = \"http://example\"",
            "6: sink.type: a sink of type \"alertmanager\" is not available in this version, only \"file\" or "
                + "\"stdout\" or \"webhook\" or \"airflow\" or \"command\""
        ),
        (
            "[[sink]]\ntype = \"webhook\"\nurl = \"http://example\"\nsecret = \"whsec_c2hvcnQ=\"",
            "8: sink.secret: must be \"whsec_\" and 24 to 64 bytes in base64, as `openssl rand -base64 32` makes them"
        ),
        ("[[sink]]\npath = \"a\"", "5: sink.type: is required"),
        ("[[sink]]\ntype = \"file\"", "5: sink.path: is required"),
        ("[[sink]]\ntype = \"stdout\"\npath = \"a\"", "7: sink.path: unknown key; known here: events, type"),
        (
            "[[sink]]\ntype = \"stdout\"\n[[sink]]\ntype = \"stdout\"",
            "7: sink: is the same as a [[sink]] above"
        ),
        (
            "[[stream]]\nmodel = \"fraud\"\nendpoints = [\"tcp://127.0.0.1:5557\"]\nreference = \"warmup:9\"",
            "6: stream.model: \"fraud\" has a [[stream]] already; one stream may have several endpoints"
        ),
        (
            "mode = \"bind\"\n[[stream]]\nmodel = \"churn\"\nmode = \"bind\"\nendpoints = [\"tcp://127.0.0.1:5556\"]\n"
                + "reference = \"warmup:9\"",
            "9: stream.endpoints: tcp://127.0.0.1:5556 is bound already; an endpoint is bound once"
        ),
    ])
    func `a mistake after the smallest configuration is named`(addition: String, message: String) {
        #expect(mistakes(minimal + addition) == "agent.conf:" + message)
    }

    @Test(arguments: [
        ("", "agent.conf: stream: at least one [[stream]] is needed"),
        (
            "[stream]\nmodel = \"a\"",
            "agent.conf:1: stream: expected an array of tables, written [[stream]], found a table"
        ),
        (
            "[[stream]]\nmodel = \"a\"\nendpoints = [\"ipc://@a\"]\nreference = \"warmup:0\"",
            """
            agent.conf:4: stream.reference: expected a number of rows such as "warmup:20000", found "warmup:0"
            """
        ),
        (
            "[[stream]]\nmodel = \"a\"\nendpoints = []\nreference = \"warmup:9\"",
            "agent.conf:3: stream.endpoints: needs at least one endpoint"
        ),
        (
            "[[stream]]\nmodel = \"a\"\nendpoints = [\"ipc://@a\"]\nreference = \"registry\"",
            "agent.conf:4: stream.reference: \"registry\" needs the registry's address: registry under [agent]"
        ),
        (
            "[[stream]]\nmodel = \"a\"\nendpoints = [\n  \"ipc://@a\",\n  \"udp://127.0.0.1:1\"\n]\nreference = \"warmup:9\"",
            "agent.conf:5: stream.endpoints: expected an endpoint such as \"tcp://127.0.0.1:5556\" or "
                + "\"ipc:///run/leeway.sock\", found \"udp://127.0.0.1:1\""
        ),
        (
            "[[stream]]\nmodel = \"a\"\nendpoints = [\"tcp://0.0.0.0:5556\"]\nreference = \"warmup:9\"",
            "agent.conf:3: stream.endpoints: tcp://0.0.0.0:5556 is neither loopback nor ipc, and nothing protects "
                + "it; if that is acceptable set insecure = true under [agent]"
        ),
        (
            "[agent]\nname = \"a",
            "agent.conf:2:10: syntax error: Error while parsing string: encountered end-of-file"
        ),
        ("[agent]\nname = \"a\"\u{0}", "agent.conf: holds a NUL byte; is it text?"),
    ])
    func `a mistake in the whole is named`(source: String, message: String) {
        #expect(mistakes(source) == message)
    }

    @Test func `a path of an ipc endpoint that is too long is told its length`() {
        let name = String(repeating: "s", count: 100)
        let source = "[[stream]]\nmodel = \"a\"\nendpoints = [\"ipc://\(name)\"]\nreference = \"warmup:9\""
        #expect(
            mistakes(source)
                == "agent.conf:3: stream.endpoints: the path of an ipc endpoint has at most 107 bytes, "
                + "\"/etc/leeway/\(name)\" has 112")
    }

    @Test func `all mistakes are reported together, in the order of their lines`() {
        let source = """
            [[stream]]
            endpoints = ["tcp://127.0.0.1:5556"]
            reference = "warmup:9"

            [agent]
            http = 9464
            [[stream]]
            model = "b"
            endpoints = ["tcp://127.0.0.1"]
            reference = "warmup:9"
            """
        #expect(
            mistakes(source) == """
                agent.conf:1: stream.model: is required
                agent.conf:6: agent.http: expected an address such as "127.0.0.1:9464", found an integer
                agent.conf:9: stream.endpoints: expected an endpoint such as "tcp://127.0.0.1:5556" or \
                "ipc:///run/leeway.sock", found "tcp://127.0.0.1"
                """)
    }

    @Test func `a reference that is missing says how to make one`() {
        #expect(
            mistakes(minimal, host: .make(missing: ["/etc/leeway/fraud.json"]))
                == "agent.conf:4: stream.reference: cannot read \"/etc/leeway/fraud.json\": no such file; "
                + "make one with: leeway reference build --input ROWS.csv --output FILE")
    }

    @Test func `a state folder that cannot be written is refused`() {
        #expect(
            mistakes(
                "[agent]\nstate = \"/proc/leeway\"\n" + minimal, host: .make(unwritable: ["/proc/leeway"]))
                == "agent.conf:2: agent.state: cannot write to \"/proc/leeway\": permission denied in \"/proc/leeway\""
        )
    }
}

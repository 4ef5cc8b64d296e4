package import ConfigurationFile
package import Registry
package import Retraining

/// All that a registry is told, parsed and checked.
package struct RegistryConfiguration: Equatable, Sendable {
    package var http: NetworkAddress
    /// The folder of the database and the artifacts.
    package var state: String
    /// Who may ask; `nil` where only the machine itself can.
    package var tokenFile: String?
    /// Where routes are published, `rollout/<model>/`.
    package var events: Endpoint?
    /// How long uploads and downloads at hand may take to finish once the end is asked for.
    package var shutdownGrace: Duration
    package var logLevel: LogLevel
    /// When models are trained again.
    package var retrainRules: RetrainRules
    /// When they are, whatever agents see.
    package var schedules: [RetrainSchedule]
    package var trainingSetLimits: TrainingSetLimits
    package var inspectionLimits: InspectionLimits
    /// Where files of rows may lie that requests name; `nil` for the configuration's own folder.
    package var rowFolders: [String]?
    package var jobs: JobsConfiguration
    /// What runs the bundled scorer of MLflow's models.
    package var python: String
    package var rollouts: RolloutConfiguration
    /// What it trains, and how.
    package var models: [TrainedModel]

    package static let standardHTTP = NetworkAddress(host: "127.0.0.1", port: 5050)
    package static let standardPython = "python3"
    package static let standardState = "/var/lib/leeway-registry"

    /// Without a configuration file.
    ///
    /// - Throws: an error of the address when anyone could reach it and nobody has to show a token.
    package init(
        http: NetworkAddress = standardHTTP, state: String = standardState, tokenFile: String? = nil
    ) throws(MalformedText) {
        (self.http, self.state, self.tokenFile) = (http, state, tokenFile)
        (events, shutdownGrace, logLevel) = (nil, .seconds(20), .info)
        (retrainRules, schedules, jobs, models) = (RetrainRules(), [], JobsConfiguration(), [])
        python = RegistryConfiguration.standardPython
        rollouts = RolloutConfiguration()
        (trainingSetLimits, inspectionLimits) = (TrainingSetLimits(), InspectionLimits())
        guard !isExposed else { throw MalformedText("\(exposure); give --token-file") }
    }

    /// Others can reach it, and none of them has to show a token.
    private var isExposed: Bool { !http.isLoopback && tokenFile == nil }

    private var exposure: String {
        "\(http) can be reached from other machines, and nothing says who may ask"
    }
}

extension RegistryConfiguration {
    /// Reads, parses and checks `[registry]` of a file, an empty one where there is none.
    package static func load(
        _ path: String, host: HostEnvironment = .current
    ) throws(InvalidConfiguration) -> RegistryConfiguration {
        try read(ConfigurationReading(contentsOf: path, host: host))
    }

    /// `nil` when the file has no `[registry]`.
    package static func loadIfPresent(
        _ path: String, host: HostEnvironment = .current
    ) throws(InvalidConfiguration) -> RegistryConfiguration? {
        let reading = try ConfigurationReading(contentsOf: path, host: host)
        return reading.root.has("registry") ? try read(reading) : nil
    }

    /// Whether a file is about a registry alone.
    package static func isAll(
        of path: String, host: HostEnvironment = .current
    ) throws(InvalidConfiguration) -> Bool {
        let root = try ConfigurationReading(contentsOf: path, host: host).root
        return root.has("registry") && !root.has("agent") && !root.has("stream")
    }

    /// Relative paths in the source start from `folder`, which is absolute.
    package static func parse(
        _ source: String, file: String, folder: String, host: HostEnvironment
    ) throws(InvalidConfiguration) -> RegistryConfiguration {
        try read(ConfigurationReading(source, file: file, folder: folder, host: host))
    }

    private static func read(
        _ reading: ConfigurationReading
    ) throws(InvalidConfiguration) -> RegistryConfiguration {
        let root = reading.root
        var configuration = root.table("registry", RegistryConfiguration.init)
        configuration.rollouts = root.table("rollout", RolloutConfiguration.init)
        root.ignore("agent", "stream", "sink")
        root.rejectUnknownKeys()
        return try reading.result(configuration)
    }

    private init(_ table: ConfigurationTable) {
        http = table.parsed("http", as: NetworkAddress.self) ?? RegistryConfiguration.standardHTTP
        state = table.writableFolder("state", default: RegistryConfiguration.standardState)
        tokenFile = table.readableFile("token_file")
        events = table.endpoint("events")
        shutdownGrace = table.duration("shutdown_grace") ?? .seconds(20)
        logLevel = table.choice("log_level", of: LogLevel.self) ?? .info
        retrainRules = table.table("retrain", RetrainRules.init)
        schedules = RetrainSchedule.all(in: table)
        (trainingSetLimits, inspectionLimits, rowFolders) = table.table("datasets") {
            (TrainingSetLimits($0), InspectionLimits($0), $0.paths("folders"))
        }
        jobs = table.table("jobs", JobsConfiguration.init)
        python = table.nonEmptyText("python") ?? RegistryConfiguration.standardPython
        models = TrainedModel.all(table, jobs.limits)
        rollouts = RolloutConfiguration()
        if isExposed { table.report("http", "\(exposure); name a token_file") }
        if !(table.flag("insecure") ?? false) {
            table.rejectExposed(events.map { [$0] } ?? [], "events", section: "registry")
        }
    }
}

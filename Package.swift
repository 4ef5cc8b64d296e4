// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "leeway",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CXGBoost"),
        .systemLibrary(name: "CZeroMQ"),
        .systemLibrary(name: "CZlib"),
        .target(name: "CConsoleAssets"),
        .target(name: "CLaunch"),
        .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "Statistics"),
        .target(
            name: "Drift",
            dependencies: ["Statistics", .product(name: "Crypto", package: "swift-crypto")]),
        .target(
            name: "Rollouts",
            dependencies: ["Drift", "Statistics", .product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "ZeroMQ", dependencies: ["CZeroMQ"]),
        .target(name: "XGBoost", dependencies: ["CXGBoost"]),
        .target(name: "Streams", dependencies: ["CSimdJSON", "Drift", "ZeroMQ"]),
        .target(
            name: "Tables",
            dependencies: ["CZlib", "Drift", .product(name: "GRDB", package: "GRDB.swift")]),
        .target(name: "Datasets", dependencies: ["Drift", "Retraining", "Tables"]),
        .target(
            name: "Retraining",
            dependencies: ["Drift", .product(name: "Crypto", package: "swift-crypto")]),
        .target(
            name: "EventDelivery",
            dependencies: [
                "Drift",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),
        .target(name: "ConfigurationFile", dependencies: [.product(name: "TOMLKit", package: "TOMLKit")]),
        .target(
            name: "Daemon",
            dependencies: [
                "CMalloc",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .target(name: "Jobs", dependencies: ["CLaunch"]),
        .target(
            name: "Registry",
            dependencies: [
                "Drift", "Jobs", "Retraining", "Rollouts",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .target(
            name: "Capture",
            dependencies: [
                "Drift",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),
        .target(
            name: "Console",
            dependencies: [
                "CConsoleAssets", "CZlib", "Drift", "Jobs", "Registry", "Retraining", "Rollouts",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "Agent",
            dependencies: [
                "Capture", "ConfigurationFile", "Console", "Daemon", "Drift", "EventDelivery",
                "RegistryClient", "Retraining", "Rollouts", "Streams", "Tables",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Control",
            dependencies: [
                "ConfigurationFile", "Console", "Daemon", "Drift", "Jobs", "Registry", "Retraining",
                "Rollouts", "Statistics", "ZeroMQ", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.embedInCode("Training/score_pyfunc.py")]),
        .target(
            name: "RegistryClient",
            dependencies: [
                "Drift", "Retraining", "Rollouts",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .executableTarget(
            name: "leeway",
            dependencies: [
                "Agent", "Capture", "ConfigurationFile", "Control", "Datasets", "Drift", "Jobs", "Registry",
                "RegistryClient", "Retraining", "Rollouts", "Statistics", "Streams", "Tables",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Training",
            dependencies: [
                "Drift", "Rollouts", "Tables", "XGBoost",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            resources: [.embedInCode("Python/leeway_model.py")]),
        .executableTarget(
            name: "leeway-trainer",
            dependencies: [
                "ConfigurationFile", "Drift", "Rollouts", "Tables", "Training",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .executableTarget(
            name: "bench-false-alarms", dependencies: ["Drift", "Statistics", "Tables"],
            path: "tools/bench/FalseAlarms"),
        .executableTarget(
            name: "bench-capture", dependencies: ["Capture", "Drift", "Statistics"],
            path: "tools/bench/Capture"),
        .executableTarget(
            name: "bench-drift", dependencies: ["Drift", "Statistics"], path: "tools/bench/Drift"),
        .executableTarget(
            name: "bench-gate", dependencies: ["Rollouts", "Statistics"], path: "tools/bench/Gate"),
        .executableTarget(
            name: "bench-peeking", dependencies: ["Statistics"], path: "tools/bench/Peeking"),
        .executableTarget(
            name: "bench-rollouts", dependencies: ["Drift", "Registry", "Rollouts", "Statistics"],
            path: "tools/bench/Rollouts"),

        .testTarget(
            name: "AgentTests",
            dependencies: [
                "Agent", "Capture", "ConfigurationFile", "Drift", "EventDelivery", "Retraining", "Rollouts",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "CaptureTests",
            dependencies: [
                "Capture", "Drift", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(name: "ConfigurationFileTests", dependencies: ["ConfigurationFile"]),
        .testTarget(name: "DaemonTests", dependencies: ["Daemon"]),
        .testTarget(
            name: "ControlTests",
            dependencies: [
                "ConfigurationFile", "Control", "Drift", "Jobs", "Registry", "Retraining", "Rollouts",
                "Statistics", .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "JobsTests", dependencies: ["Jobs"]),
        .testTarget(name: "RegistryClientTests", dependencies: ["RegistryClient"]),
        .testTarget(
            name: "ConsoleTests",
            dependencies: [
                "Console", "Drift", "Jobs", "Registry",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "RegistryTests",
            dependencies: [
                "Drift", "Jobs", "Registry", "Retraining", "Rollouts",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            resources: [.copy("Golden")]),
        .testTarget(
            name: "DatasetsTests",
            dependencies: ["Datasets", "Drift", "Retraining", .product(name: "GRDB", package: "GRDB.swift")]),
        .testTarget(name: "RetrainingTests", dependencies: ["Drift", "Retraining"]),
        .testTarget(
            name: "EventDeliveryTests",
            dependencies: [
                "EventDelivery", "Drift", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "ZeroMQTests", dependencies: ["ZeroMQ"]),
        .testTarget(name: "XGBoostTests", dependencies: ["XGBoost"], resources: [.copy("Golden")]),
        .testTarget(
            name: "TrainingTests",
            dependencies: ["Drift", "Training", .product(name: "GRDB", package: "GRDB.swift")],
            resources: [.copy("Golden")]),
        .testTarget(name: "StatisticsTests", dependencies: ["Statistics"], resources: [.copy("Golden")]),
        .testTarget(
            name: "StreamsTests", dependencies: ["Drift", "Streams", "ZeroMQ"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "DriftTests", dependencies: ["Drift", "Statistics"], resources: [.copy("Golden")]),
        .testTarget(name: "RolloutsTests", dependencies: ["Drift", "Rollouts", "Statistics"]),
        .testTarget(name: "TablesTests", dependencies: ["Drift", "Statistics", "Tables"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

let foreign = ["CConsoleAssets", "CLaunch", "CSimdJSON"]
for target in package.targets
where ![.system, .plugin].contains(target.type) && !foreign.contains(target.name) {
    target.swiftSettings = [
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("ExistentialAny"),
    ]
}

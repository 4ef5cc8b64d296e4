// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "leeway",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CZlib"),
        .target(name: "Statistics"),
        .target(
            name: "Drift",
            dependencies: ["Statistics", .product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "Tables", dependencies: ["CZlib", "Drift"]),
        .executableTarget(
            name: "leeway",
            dependencies: [
                "Drift", "Statistics", "Tables",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .executableTarget(
            name: "bench-false-alarms", dependencies: ["Drift", "Statistics", "Tables"],
            path: "tools/bench/FalseAlarms"),

        .testTarget(name: "StatisticsTests", dependencies: ["Statistics"], resources: [.copy("Golden")]),
        .testTarget(
            name: "DriftTests", dependencies: ["Drift", "Statistics"], resources: [.copy("Golden")]),
        .testTarget(name: "TablesTests", dependencies: ["Drift", "Tables"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

for target in package.targets where ![.system, .plugin].contains(target.type) && target.name != "CSimdJSON" {
    target.swiftSettings = [
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("ExistentialAny"),
    ]
}

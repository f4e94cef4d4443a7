// swift-tools-version:6.2
import PackageDescription

// Targets stand bottom-up: the manifest reads as the picture in ARCHITECTURE.md.
// Which module may import which is held by Tests/ArchitectureTests, since SwiftPM does not.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(
    name: "NIOHTTPTypes", package: "swift-nio-extras")

// The checks of Fuzzing/ run in `swift test`; with OUTCRY_FUZZ set (`make fuzz`) the same files make
// a program around libFuzzer, whose runtime and flags nothing else needs.
let checked: [Target.Dependency] = [
    "Authoring", "Domain", "Mail", "Sealing", "Unsealing", "Web", crypto,
]
let fuzzing: Target =
    Context.environment["OUTCRY_FUZZ"] == nil
    ? .testTarget(
        name: "FuzzTests", dependencies: checked, path: "Fuzzing/Code", exclude: ["Fuzzer"],
        sources: ["Properties", "Tests"], swiftSettings: strict)
    : .executableTarget(
        name: "fuzz", dependencies: checked, path: "Fuzzing/Code", exclude: ["Tests"],
        sources: ["Properties", "Fuzzer"], swiftSettings: strict,
        linkerSettings: [.linkedLibrary("stdc++")])

let package = Package(
    name: "outcry",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "outcry", targets: ["outcry"])],
    dependencies: [
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        .target(name: "Domain", swiftSettings: strict),

        .target(name: "Storage", dependencies: ["Domain"], swiftSettings: strict),

        .target(name: "Sealing", dependencies: ["Domain", crypto], swiftSettings: strict),
        .target(
            name: "Unsealing", dependencies: ["Domain", "Sealing", crypto, cryptoExtras],
            swiftSettings: strict),
        .target(
            name: "Authoring",
            dependencies: ["Domain", "Storage", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .target(name: "CPlurals", linkerSettings: [.linkedLibrary("_FoundationICU")]),
        .target(
            name: "Languages", dependencies: ["Domain", "CPlurals"], resources: [.copy("Texts")],
            swiftSettings: strict),

        .systemLibrary(
            name: "CMarkdown", pkgConfig: "libcmark-gfm",
            providers: [.apt(["libcmark-gfm-dev"])]),
        .target(name: "CMemory", linkerSettings: [.linkedLibrary("jemalloc")]),
        .systemLibrary(name: "CProcess"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CCairo", pkgConfig: "pangocairo", providers: [.apt(["libpango1.0-dev"])]),
        .systemLibrary(
            name: "CPictures", pkgConfig: "gdk-pixbuf-2.0",
            providers: [.apt(["libgdk-pixbuf-2.0-dev"])]),
        .systemLibrary(
            name: "CQRCode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .target(
            name: "Press", dependencies: ["Domain", "CCairo", "CPictures", "CQRCode", "CZip"],
            swiftSettings: strict),
        .target(
            name: "Ledger", dependencies: ["Domain", "Storage", crypto, logging, lifecycle],
            swiftSettings: strict),
        .target(
            name: "StorageSQLite",
            dependencies: [
                "Storage", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(
            name: "Mail",
            dependencies: [
                "Domain", "Sealing", "Storage", "CCurl", crypto, logging, lifecycle,
            ],
            swiftSettings: strict),
        .target(
            name: "Web",
            dependencies: [
                "Domain", "Sealing", "Storage", "Languages", "Ledger", "Mail", "Press",
                "CMarkdown", "CZlib", hummingbird, httpTypes, nio, nioHTTP1, nioHTTPTypes, logging,
            ],
            resources: [.copy("Assets")],
            swiftSettings: strict),

        .executableTarget(
            name: "outcry",
            dependencies: [
                "Domain", "Sealing", "Unsealing", "Storage", "StorageSQLite", "Authoring",
                "Languages", "Ledger", "Mail", "Press", "Web", "CCurl", "CMemory", "CProcess",
                hummingbird,
                logging, lifecycle, nio,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .executableTarget(
            name: "bench-hello", dependencies: [hummingbird], path: "Benchmarks/hello",
            swiftSettings: strict),

        .target(
            name: "TestSupport",
            dependencies: [
                "Domain", "Sealing", "Unsealing", "Storage", "StorageSQLite", "Authoring",
                "Languages", "Ledger", "Mail", "Press", "Web", hummingbird, httpTypes, logging, nio,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            path: "Tests/Support", swiftSettings: strict),
        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        .testTarget(name: "DomainTests", dependencies: ["Domain"], swiftSettings: strict),
        .testTarget(
            name: "SealingTests", dependencies: ["Domain", "Sealing", "Unsealing", crypto],
            swiftSettings: strict),
        .testTarget(
            name: "StorageTests",
            dependencies: ["Domain", "Storage", "StorageSQLite", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "AuthoringTests", dependencies: ["Authoring", "Domain"], swiftSettings: strict),
        .testTarget(
            name: "LanguagesTests", dependencies: ["Domain", "Languages"], swiftSettings: strict),
        .testTarget(
            name: "LedgerTests",
            dependencies: ["Domain", "Ledger", "Storage", "StorageSQLite", crypto, logging],
            swiftSettings: strict),
        .testTarget(name: "PressTests", dependencies: ["Domain", "Press"], swiftSettings: strict),
        .testTarget(
            name: "MailTests",
            dependencies: [
                "CCurl", "Domain", "Mail", "Sealing", "Storage", "StorageSQLite", "TestSupport",
                logging, lifecycle,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "Authoring", "Domain", "Languages", "Ledger", "Mail", "Sealing", "Storage",
                "StorageSQLite", "TestSupport", "Unsealing", "Web", httpTypes, nio,
            ],
            swiftSettings: strict),
        fuzzing,
    ]
)

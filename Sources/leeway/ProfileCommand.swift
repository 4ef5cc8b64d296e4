import ArgumentParser
import Drift
import Foundation
import Tables

struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Count rows over a reference's cells, into one line that merges.",
        discussion: """
            Reads CSV from standard input or --input and prints one line of JSON. Profiles of parts of the rows,
            merged in any order or grouping, give the line of all the rows, byte for byte.
            """,
        subcommands: [ProfileCountCommand.self, ProfileMergeCommand.self],
        defaultSubcommand: ProfileCountCommand.self)
}

struct ProfileCountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count", abstract: "Count the rows of a table.")

    @Option(help: "The reference file whose cells to count in.")
    var reference: String

    @Option(help: "CSV (gzipped or not), or an export in SQLite; CSV from standard input by default.")
    var input = "-"

    @OptionGroup var table: TableOptions

    func run() throws {
        let reference = try loadReference(reference)
        var layout = ColumnLayout(features: reference.features.map(\.feature))
        var tally = ProfileTally(reference: reference)
        var reader = try TableReader(path: input, layout: table.layout, schema: reference.schema)
        while let batch = try reader.next(rows: 4096) {
            layout.fit(batch)
            tally.add(batch, rows: 0..<batch.count, layout: layout)
        }
        print(try tally.result.line())
    }
}

struct ProfileMergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Merge profiles, one a line, from standard input or files.")

    @Argument(help: "Files of profiles; standard input by default.")
    var files: [String] = []

    func run() throws {
        var merged: Profile?
        func take(_ line: String, _ place: String) throws {
            let profile = try parse(line, at: place)
            merged = try merged.map { try $0.adding(profile, at: place) } ?? profile
        }
        if files.isEmpty { try forEachInputLine { try take($0, "standard input:\($1)") } }
        for path in files { try forEachLine(of: path) { try take($0, "\(path):\($1)") } }
        guard let merged else { throw CommandFailure(message: "leeway: there is no profile to merge") }
        print(try merged.line())
    }

    private func forEachInputLine(_ take: (String, Int) throws -> Void) throws {
        var number = 0
        while let line = readLine() {
            number += 1
            if !line.isEmpty { try take(line, number) }
        }
    }

    private func forEachLine(of path: String, _ take: (String, Int) throws -> Void) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(message: "\(path): there is no such file, or it cannot be read")
        }
        for (index, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
            try take(String(decoding: line, as: UTF8.self), index + 1)
        }
    }

    private func parse(_ line: String, at place: String) throws -> Profile {
        do {
            let profile = try JSONDecoder().decode(Profile.self, from: Data(line.utf8))
            guard profile.version <= Profile.formatVersion else {
                throw CommandFailure(
                    message: "\(place): the profile is of a newer format, \(profile.version)")
            }
            return profile
        } catch let error as DecodingError {
            throw CommandFailure(message: "\(place): not a profile: \(error.plainDescription)")
        }
    }
}

extension Profile {
    /// One line of JSON, its keys sorted.
    func line() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    fileprivate func adding(_ other: Profile, at place: String) throws -> Profile {
        guard other.reference == reference, other.features.count == features.count else {
            throw CommandFailure(
                message: "\(place): counted with reference \(other.reference), the others with \(reference)")
        }
        var sum = self
        sum.merge(other)
        return sum
    }
}

import ArgumentParser
import Drift
import Rollouts
import Tables

struct RolloutVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify-assignment",
        abstract: "Compare the versions that served with those that the rollout assigns.",
        discussion: """
            Reads what a service has logged, CSV (gzipped or not) or an export in SQLite, with the unit, the version and \
            the time of each answer. Exits with 3 when rows were served by another version than theirs.
            """)

    @Argument(help: "The rollout's id, or the beginning of it.")
    var rollout: String

    @Argument(help: "The logged rows.")
    var rows: String

    @Option(help: "The column of units.")
    var unitColumn = "unit"

    @Option(help: "The column of the versions that served.")
    var versionColumn = "model_version"

    @Option(help: "The column of times (RFC 3339 or Unix).")
    var timeColumn = "time"

    @Option(help: "Seconds after a change of shares in which the old ones are right as well.")
    var grace = 10.0

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard (0...86_400).contains(grace) else { throw ValidationError("--grace lies between 0 and 86,400") }
    }

    func run() async throws {
        let client = try options.client()
        let found = try await client.rollout(client.id(ofRollout: rollout)).value
        guard let comparison = found.comparison else {
            throw CommandFailure(message: "leeway: rollout \(found.id) has assigned nobody: \(found.phase)")
        }
        let log = try TextTableFile(rows)
        let audit = try AssignmentAudit(
            comparison, until: found.ended, unit: log.required(unitColumn),
            version: log.required(versionColumn),
            time: log.required(timeColumn), grace: Int64(grace * 1e9))
        options.json ? try printJSON(audit) : print(audit.text)
        guard audit.misassigned == 0 else { throw ExitCode(3) }
    }
}

/// What a service did, against what a rollout assigns.
private struct AssignmentAudit: Encodable {
    private(set) var rows = 0
    /// By arm: rest, control, 1, 2, ….
    private(set) var arms: [String: Int] = [:]
    private(set) var misassigned = 0
    /// Rows from before or after the rollout, or without unit, version or time.
    private(set) var leftOut = 0
    private(set) var examples: [String] = []

    enum CodingKeys: String, CodingKey {
        case rows, arms, misassigned, examples
        case leftOut = "left_out"
    }

    init(
        _ comparison: RolloutRoute.Comparison, until end: Timestamp?, unit: TextColumn, version: TextColumn,
        time: TextColumn,
        grace: Int64
    ) throws {
        let stages = try comparison.stages.indices.map { try comparison.assignment(inStage: $0) }
        for row in 0..<unit.count {
            guard let moment = Timestamp(logged: time[row]), moment < end ?? moment.advanced(by: 1),
                let stage = comparison.stage(at: moment),
                !unit[row].isEmpty, let served = Int64(version[row])
            else {
                leftOut += 1
                continue
            }
            let arm = stages[stage].arm(of: unit[row])
            rows += 1
            arms["\(arm)", default: 0] += 1
            let due = comparison.version(of: arm, inStage: stage)
            if due == served { continue }
            let before =
                stage > 0
                ? comparison.version(of: stages[stage - 1].arm(of: unit[row]), inStage: stage - 1)
                : comparison.control
            let isFresh = moment < comparison.stages[stage].since.advanced(by: grace)
            if isFresh, before == served { continue }
            note(
                "row \(row + 1): unit \(unit[row]) belongs to \(arm), version \(due), and version \(served) "
                    + "served it at \(moment)")
        }
    }

    private mutating func note(_ mistake: String) {
        misassigned += 1
        if examples.count < 10 { examples.append(mistake) }
    }

    var text: String {
        var table = TextTable([("ARM", .left), ("ROWS", .right)])
        for (arm, count) in arms.sorted(by: { $0.key < $1.key }) { table.add([arm, "\(count)"]) }
        let sum = "\(rows) rows, \(misassigned) served by another version than theirs, \(leftOut) left out"
        return ([table.description, sum] + examples).joined(separator: "\n")
    }
}

extension Timestamp {
    /// RFC 3339 or Unix.
    fileprivate init?(logged text: String) {
        guard let time = Timestamp(rfc3339: text) ?? Double(text).flatMap({ Timestamp(unix: $0) }) else {
            return nil
        }
        self = time
    }
}

import ArgumentParser
import Foundation
import Statistics

struct RolloutPlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Say how many units and days an effect takes to be found.",
        discussion: """
            Of a rate, such as errors, or of a mean, such as a loss whose standard deviation between clusters is known. A \
            rollout may be looked at as often as one likes; for that it takes more units than one look at the end does, \
            in the worst case, and about as many on average when the effect is as planned.
            """)

    @Option(help: "The champion's rate, between 0 and 1.")
    var rate: Double?

    @Option(
        help:
            "Instead of a rate: the standard deviation of the differences between clusters, days for instance."
    )
    var deviation: Double?

    @Option(parsing: .unconditional, help: "The candidate's rate or mean less the champion's.")
    var effect: Double

    @Option(help: "Units, or clusters, in both arms together each day.")
    var perDay: Double?

    @Option(help: "The candidate's part of the units in both arms.")
    var share = 0.5

    @Option(help: "The probability to see an effect that is not there.")
    var alpha = 0.05

    @Option(help: "The probability to find one that is.")
    var power = 0.8

    @Flag(help: "Ask for one side alone: better, or worse, but not both.")
    var oneSided = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (rate == nil) != (deviation == nil) else {
            throw ValidationError("give either --rate or --deviation")
        }
        guard effect.isFinite, effect != 0 else { throw ValidationError("--effect is a number other than 0") }
        if let rate {
            guard (0...1).contains(rate), (0...1).contains(rate + effect) else {
                throw ValidationError("--rate, and --rate plus --effect, lie between 0 and 1")
            }
        }
        if let deviation, !(deviation > 0 && deviation.isFinite) {
            throw ValidationError("--deviation is above 0")
        }
        guard share > 0, share < 1 else { throw ValidationError("--share lies inside (0, 1)") }
        guard alpha > 0, alpha < (oneSided ? 0.5 : 1) else {
            throw ValidationError("--alpha lies inside (0, 1), with --one-sided inside (0, 0.5)")
        }
        guard power > 0, power < 1 else { throw ValidationError("--power lies inside (0, 1)") }
        if let perDay, !(perDay > 0 && perDay.isFinite) { throw ValidationError("--per-day is above 0") }
    }

    func run() throws {
        let plan = RolloutPlan(
            fixed: size, sequentialFactor: planner.sequentialFactor, perDay: perDay,
            what: rate == nil ? "clusters" : "units")
        json ? try printJSON(plan) : print(plan.text)
    }

    private var planner: Planner {
        Planner(
            alpha: alpha, alternative: oneSided ? (effect > 0 ? .greater : .less) : .twoSided, power: power)
    }

    /// Pairs of a cluster each have one difference: a share does not matter to them.
    private var size: Planner.Size {
        if let rate { return planner.size(rate: rate, effect: effect, share: share) }
        let variance = (deviation ?? 1) * (deviation ?? 1)
        return planner.size(variances: (variance / 2, variance / 2), effect: effect).scaled(by: 0.5)
    }
}

/// How long an experiment takes, looked at once and looked at all the time.
private struct RolloutPlan: Encodable {
    struct Need: Encodable {
        var total: Int
        var champion: Int
        var candidate: Int
        var days: Double?
    }

    let what: String
    let oneLook: Need
    let sequentialAtMost: Need
    let sequentialFactor: Double

    enum CodingKeys: String, CodingKey {
        case what = "of"
        case oneLook = "one_look"
        case sequentialAtMost = "sequential_at_most"
        case sequentialFactor = "sequential_factor"
    }

    init(fixed: Planner.Size, sequentialFactor: Double, perDay: Double?, what: String) {
        func need(_ size: Planner.Size) -> Need {
            let (champion, candidate) = (size.champion.roundedUp, size.candidate.roundedUp)
            return Need(
                total: size.total, champion: champion, candidate: candidate,
                days: perDay.map { Double(size.total) / $0 })
        }
        (self.what, self.sequentialFactor) = (what, sequentialFactor)
        oneLook = need(fixed)
        sequentialAtMost = need(fixed.scaled(by: sequentialFactor))
    }

    var text: String {
        var table = TextTable([
            ("", .left), (what.uppercased(), .right), ("CHAMPION", .right), ("CANDIDATE", .right),
            ("DAYS", .right),
        ])
        for (name, need) in [
            ("one look at the end", oneLook), ("looked at any time, at most", sequentialAtMost),
        ] {
            let days = need.days.map { brief($0.rounded(.up)) } ?? "-"
            table.add([name, "\(need.total)", "\(need.champion)", "\(need.candidate)", days])
        }
        return table.description
            + "\nlooked at any time it takes about as many as one look on average, if the effect is as planned"
    }
}

extension Double {
    fileprivate var roundedUp: Int { Int(exactly: rounded(.up)) ?? .max }
}

package import Drift
import FoundationEssentials

/// A retrain request as it travels: a CloudEvent 1.0.
package struct RetrainRequested: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable { case requested = "dev.leeway.retrain.requested" }

    package var specversion = "1.0"
    /// Of the request and its evidence: what is sent again is the same event, more evidence is another.
    package var id: String
    package var type = Kind.requested
    /// Who proposes, as `/agents/NAME`.
    package var source: String
    /// The model.
    package var subject: String
    package var time: Timestamp
    package var datacontenttype = "application/json"
    package var data: RetrainRequest

    package init(_ request: RetrainRequest, source: String, time: Timestamp) {
        (self.source, self.time, data) = (source, time, request)
        subject = request.model
        id = DriftEvent.id(of: [request.id] + request.evidence.flatMap { [$0.source, $0.event] })
    }
}

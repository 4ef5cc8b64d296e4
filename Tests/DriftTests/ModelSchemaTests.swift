import Drift
import Foundation
import Testing

@Suite struct ModelSchemaTests {
    private static let flights = """
        {"version":1,"task":"binary","features":[{"name":"carrier","kind":"categorical"},
        {"name":"temp","kind":"numeric"},{"name":"late","kind":"boolean"}],
        "prediction":{"tensor":"score","kind":"score","positive":"1","threshold":0.5},
        "label":{"tensor":"label","kind":"class"}}
        """

    @Test func `a schema is read as wire.md writes it`() throws {
        let schema = try JSONDecoder().decode(ModelSchema.self, from: Data(Self.flights.utf8))
        #expect(schema.task == .binary)
        #expect(
            schema.monitored == [
                MonitoredFeature(name: "carrier", kind: .categorical, family: .data),
                MonitoredFeature(name: "temp", kind: .numeric, family: .data),
                MonitoredFeature(name: "late", kind: .boolean, family: .data),
                MonitoredFeature(name: "score", kind: .numeric, family: .prediction),
            ])
        #expect(schema.prediction?.threshold == 0.5)
        #expect(schema.label == .init(tensor: "label", kind: "class"))
    }

    @Test(arguments: [
        (ModelSchema.Prediction(tensor: "y", kind: .class), ["y"], Feature.Kind.categorical),
        (.init(tensor: "y", kind: .value), ["y"], .numeric),
        (.init(tensor: "y", kind: .probabilities, classes: ["cat", "dog"]), ["y[cat]", "y[dog]"], .numeric),
        (.init(tensor: "y", kind: .probabilities), [], .numeric),
    ])
    func `an answer is watched by its kind`(
        prediction: ModelSchema.Prediction, names: [String], kind: Feature.Kind
    ) {
        let outputs = ModelSchema(features: [], prediction: prediction).monitored
        #expect(outputs == names.map { MonitoredFeature(name: $0, kind: kind, family: .prediction) })
    }

    @Test func `kinds are inferred from what the columns hold`() throws {
        let reference = try Reference.of(
            RowBatch(
                .integers("count", [1, 2]), .numbers("level", [0.5, nil]), .texts("place", ["n", "s"]),
                .integers("flag", [0, 1], .bool), .numbers("score", [0.1, 0.2], part: .predictions),
                .texts("label", ["a", "b"], part: .labels)))
        #expect(
            reference.schema.features == [
                Feature(name: "count", kind: .numeric), Feature(name: "level", kind: .numeric),
                Feature(name: "place", kind: .categorical), Feature(name: "flag", kind: .boolean),
            ])
        #expect(reference.schema.prediction == .init(tensor: "score", kind: .score))
        #expect(reference.schema.label == .init(tensor: "label", kind: "class"))
    }

    @Test func `an answer in words is a class`() throws {
        let reference = try Reference.of(
            RowBatch(.numbers("x", [1, 2]), .texts("y", ["cat", "dog"], part: .predictions)))
        #expect(reference.schema.prediction == .init(tensor: "y", kind: .class))
        #expect(reference.features.last?.feature.kind == .categorical)
    }
}

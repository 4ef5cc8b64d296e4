import Testing

@testable import Registry

@Suite struct AliasMovesTests {
    @Test func `promoting moves champion, previous and candidate in one epoch`() async throws {
        let world = try await ServingWorld(versions: 3)
        _ = try await world.registry.promote(1, of: "m", expecting: nil, by: .tester)
        _ = try await world.registry.nominate(2, of: "m", expecting: nil, by: .tester)
        let standing = try await world.registry.promote(2, of: "m", expecting: 1, by: .tester)
        #expect(standing == Standing(champion: 2, candidate: nil, previous: 1, epoch: 3))
        let moves = try await world.registry.aliasMoves(of: "m", limit: 10)
        #expect(
            moves.filter { $0.epoch == 3 }.map(\.alias).sorted() == ["candidate", "champion", "previous"])
    }

    @Test func `a loser of the race gets a conflict and changes nothing`() async throws {
        let world = try await ServingWorld(versions: 3)
        _ = try await world.registry.promote(1, of: "m", expecting: nil, by: .tester)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for version in [2, 3] as [Int64] {
                group.addTask {
                    (try? await world.registry.promote(version, of: "m", expecting: 1, by: .tester)) != nil
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 } == 1)
        await #expect(throws: RegistryError.self) {
            try await world.registry.promote(1, of: "m", expecting: 1, by: .tester)
        }
    }

    @Test func `an old epoch is refused though the champion is the same again`() async throws {
        let world = try await ServingWorld(versions: 2)
        let before = try await world.registry.promote(1, of: "m", expecting: nil, by: .tester)
        _ = try await world.registry.promote(2, of: "m", expecting: 1, by: .tester)
        _ = try await world.registry.rollback("m", by: .tester)
        await #expect {
            try await world.registry.promote(2, of: "m", expecting: 1, epoch: before.epoch, by: .tester)
        } throws: { ($0 as? RegistryError)?.kind == .conflict }
    }

    @Test func `a decision taken twice is taken once`() async throws {
        let world = try await ServingWorld(versions: 2)
        let decision = Decision(id: "rollout-7", reason: "better")
        let first = try await world.registry.promote(2, of: "m", expecting: nil, for: decision, by: .tester)
        let again = try await world.registry.promote(2, of: "m", expecting: nil, for: decision, by: .tester)
        #expect(first == again)
        #expect(try await world.registry.aliasMoves(of: "m", limit: 10).count == 1)
    }

    @Test func `a rollback and a nomination sent again move nothing`() async throws {
        let world = try await ServingWorld(versions: 3)
        let decision = Decision(id: "rollout-8", reason: "better")
        _ = try await world.registry.promote(1, of: "m", expecting: nil, by: .tester)
        for _ in 1...2 {
            let standing = try await world.registry.nominate(
                2, of: "m", expecting: nil, for: decision, by: .tester)
            #expect(standing.candidate == 2)
        }
        _ = try await world.registry.promote(2, of: "m", expecting: 1, for: decision, by: .tester)
        for _ in 1...2 {
            let standing = try await world.registry.rollback("m", for: decision, by: .tester)
            #expect(standing.champion == 1 && standing.previous == 2)
        }
    }

    @Test func `a promotion of the previous champion is undone by its own decision`() async throws {
        let world = try await ServingWorld(versions: 2)
        let decision = Decision(id: "rollout-9")
        _ = try await world.registry.promote(1, of: "m", expecting: nil, by: .tester)
        _ = try await world.registry.promote(2, of: "m", expecting: 1, by: .tester)
        _ = try await world.registry.promote(1, of: "m", expecting: 2, for: decision, by: .tester)
        let standing = try await world.registry.rollback("m", for: decision, by: .tester)
        #expect(standing.champion == 2 && standing.previous == 1)
    }

    @Test func `who registered a version is known by whatever name the model goes`() async throws {
        let world = try await ServingWorld(versions: 1)
        _ = try await world.registry.renameRegisteredModel("m", to: "n", by: Actor(name: "x", client: ""))
        #expect(try await world.registry.lineage(ofVersion: 1, of: "n").version.creator == "tester")
    }

    @Test func `rollback brings the previous champion back`() async throws {
        let world = try await ServingWorld(versions: 2)
        _ = try await world.registry.promote(1, of: "m", expecting: nil, by: .tester)
        _ = try await world.registry.promote(2, of: "m", expecting: 1, by: .tester)
        let standing = try await world.registry.rollback("m", expecting: 2, by: .tester)
        #expect(standing.champion == 1 && standing.previous == 2)
    }

    @Test func `the history tells who was champion at any time`() async throws {
        let world = try await ServingWorld(versions: 2)
        world.time.set(1000)
        _ = try await world.registry.promote(1, of: "m", expecting: nil, by: .tester)
        world.time.set(2000)
        _ = try await world.registry.promote(2, of: "m", expecting: 1, by: .tester)
        var champions: [Int64?] = []
        for time in [999, 1000, 1999, 2000, .max] as [Int64] {
            let move = try await world.registry.aliasMove(of: "m", alias: Alias.champion, at: time)
            champions.append(move?.version)
        }
        #expect(champions == [nil, 1, 1, 2, 2])
    }

    @Test func `a plain move of champion is recorded as an override and sets previous`() async throws {
        let world = try await ServingWorld(versions: 2)
        try await world.registry.setAlias("champion", to: 1, of: "m", by: .tester)
        try await world.registry.setAlias("champion", to: 2, of: "m", by: .tester)
        let standing = try await world.registry.standing(of: "m")
        #expect(standing.champion == 2 && standing.previous == 1)
        let moves = try await world.registry.aliasMoves(of: "m", alias: "champion", limit: 10)
        #expect(moves.allSatisfy { $0.isOverride && $0.actor == "tester" })
    }

    @Test func `a protected model refuses a plain move and names the command`() async throws {
        let world = try await ServingWorld(versions: 2)
        try await world.registry.setAlias("champion", to: 1, of: "m", by: .tester)
        try await world.registry.protect("m", true, by: .tester)
        await #expect {
            try await world.registry.setAlias("champion", to: 2, of: "m", by: .tester)
        } throws: { "\($0)".contains("leeway models promote m 2 --expect 1") }
        let standing = try await world.registry.promote(2, of: "m", expecting: 1, by: .tester)
        #expect(standing.champion == 2)
    }

    @Test func `a version without pinned files cannot be promoted`() async throws {
        let world = try await ServingWorld(versions: 1)
        let elsewhere = try await world.registry.createModelVersion(
            of: "m", from: .init(source: "s3://bucket/model"), by: .tester)
        await #expect {
            try await world.registry.promote(elsewhere.version, of: "m", expecting: nil, by: .tester)
        } throws: { ($0 as? RegistryError)?.kind == .forbidden }
    }

    @Test func `versions that serve or served lately, and models with a champion, stay`() async throws {
        let world = try await ServingWorld(versions: 3)
        _ = try await world.registry.promote(1, of: "m", expecting: nil, by: .tester)
        _ = try await world.registry.promote(2, of: "m", expecting: 1, by: .tester)
        try await world.registry.deleteAlias("previous", of: "m", by: .tester)
        for version in [1, 2] as [Int64] {
            await #expect {
                try await world.registry.deleteModelVersion(version, of: "m", by: .tester)
            } throws: { ($0 as? RegistryError)?.kind == .forbidden }
        }
        try await world.registry.deleteModelVersion(3, of: "m", by: .tester)
        await #expect(throws: RegistryError.self) {
            try await world.registry.deleteRegisteredModel("m", by: .tester)
        }
    }

    @Test func `numbers of versions are not given twice`() async throws {
        let world = try await ServingWorld(versions: 3)
        try await world.registry.deleteModelVersion(3, of: "m", by: .tester)
        #expect(try await world.makeVersion().version == 4)
    }

    @Test func `history follows a new name`() async throws {
        let world = try await ServingWorld(versions: 1)
        _ = try await world.registry.promote(1, of: "m", expecting: nil, by: .tester)
        _ = try await world.registry.renameRegisteredModel("m", to: "n", by: .tester)
        #expect(try await world.registry.aliasMoves(of: "n", limit: 10).map(\.version) == [1])
        #expect(try await world.registry.standing(of: "n").champion == 1)
        #expect(try await world.registry.modelVersion(1, of: "n").aliases == ["champion"])
    }
}

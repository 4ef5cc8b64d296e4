import Drift
import Foundation
import GRDB
import GRDBSQLite

extension Statement {
    /// Executes the statement with values that are bound one by one, in the order of its marks.
    ///
    /// A row's values go straight to SQLite: to make a list of any values takes GRDB longer than it takes SQLite to store
    /// them.
    func execute(_ bind: (inout Bindings) -> Void) throws {
        setUncheckedArguments(StatementArguments())
        var bindings = unsafe Bindings(sqliteStatement)
        bind(&bindings)
        try execute()
    }
}

/// The next values of a statement that is about to be executed. SQLite copies what it is given.
@safe struct Bindings {
    private let statement: OpaquePointer
    private var place: CInt = 0

    fileprivate init(_ statement: OpaquePointer) { unsafe self.statement = statement }

    /// SQLITE_TRANSIENT, a macro that Swift does not see.
    private static let copies = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    mutating func bind(_ number: Int64?) {
        place += 1
        if let number { unsafe sqlite3_bind_int64(statement, place, number) }
    }

    mutating func bind(_ number: Double?) {
        place += 1
        if let number { unsafe sqlite3_bind_double(statement, place, number) }
    }

    mutating func bind(_ bytes: Data?) {
        place += 1
        guard let bytes else { return }
        unsafe bytes.withUnsafeBytes { buffer in
            _ =
                unsafe buffer.isEmpty
                ? sqlite3_bind_zeroblob(statement, place, 0)
                : sqlite3_bind_blob64(
                    statement, place, buffer.baseAddress, UInt64(buffer.count), Bindings.copies)
        }
    }

    /// SQLite's texts end at a NUL, so one that holds it goes as bytes.
    mutating func bind(_ text: String?) {
        guard let text, !text.utf8.contains(0) else { return bind(text.map { Data($0.utf8) }) }
        place += 1
        unsafe sqlite3_bind_text(statement, place, text, -1, Bindings.copies)
    }

    mutating func bind(_ id: CapturedID) {
        switch id {
        case .text(let text): bind(text)
        case .bytes(let bytes): bind(Data(bytes))
        }
    }

    mutating func bind(_ truth: Truth?) {
        switch truth {
        case nil: place += 1
        case .integer(let value): bind(value)
        case .real(let value): bind(value)
        case .category(let name): bind(name)
        }
    }
}

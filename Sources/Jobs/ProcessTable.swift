import Glibc

/// A process, as /proc tells of it.
struct ProcessEntry: Equatable {
    var id: pid_t
    var group: pid_t
    var session: pid_t
    /// It has ended, and only waits for its parent to notice.
    var isZombie: Bool
    var residentBytes: Int64

    private static let pageSize = Int64(sysconf(CInt(_SC_PAGESIZE)))

    /// All processes that there are.
    static func all() -> [ProcessEntry] {
        directoryEntries("/proc").compactMap { name in
            pid_t(name).flatMap { id in
                procFile("\(id)/stat", limit: 4096).flatMap { ProcessEntry(id, stat: $0) }
            }
        }
    }

    /// `42 (name, which may hold anything) S 1 42 …`
    init?(_ id: pid_t, stat: [UInt8]) {
        guard let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = stat[(end + 1)...].split(separator: UInt8(ascii: " "))
            .map { String(decoding: $0, as: UTF8.self) }
        guard fields.count > 21, let group = pid_t(fields[2]), let session = pid_t(fields[3]),
            let pages = Int64(fields[21])
        else { return nil }
        (self.id, self.group, self.session) = (id, group, session)
        isZombie = fields[0] == "Z" || fields[0] == "X"
        residentBytes = pages * ProcessEntry.pageSize
    }

    /// Whether it was started with one of these variables, as `NAME=value`. Of another user's process nobody can tell.
    func carries(_ variables: Set<[UInt8]>) -> Bool {
        guard let environment = procFile("\(id)/environ", limit: 4 << 20) else { return false }
        return environment.split(separator: 0).contains { variables.contains(Array($0)) }
    }
}

/// The processes of jobs: found by their session, or by the mark in their environment, which children inherit wherever
/// they go. A pid alone says nothing: it may be another's by now.
package enum JobProcesses {
    /// Ends all processes of jobs at once, and waits until they are gone, for a while.
    ///
    /// - Parameter ids: of the jobs.
    /// - Returns: how many processes there were.
    @discardableResult
    package static func end(ofJobs ids: some Sequence<String>) -> Int {
        let marks = Set(ids.map { Array("\(JobCommand.mark)=\($0)".utf8) })
        return end { $0.carries(marks) }
    }

    /// Ends all processes of a job whose leader is not waited for yet, so that its session cannot be another's.
    static func end(session: pid_t, ofJob id: String) {
        let marks: Set = [Array("\(JobCommand.mark)=\(id)".utf8)]
        end { $0.session == session || $0.carries(marks) }
    }

    private static let patience = Duration.seconds(5)

    /// Again and again: processes may start others while their kin are ended. Group by group, since no process is
    /// faster than that; and no group reaches beyond its session.
    @discardableResult
    private static func end(_ isOurs: (ProcessEntry) -> Bool) -> Int {
        let start = ContinuousClock.now
        var ended: Set<pid_t> = []
        while ContinuousClock.now - start < patience {
            let living = ProcessEntry.all().filter { !$0.isZombie && $0.session != getsid(0) && isOurs($0) }
            guard !living.isEmpty else { break }
            for group in Set(living.map(\.group)) { kill(-group, SIGKILL) }
            ended.formUnion(living.map(\.id))
            usleep(2000)
        }
        return ended.count
    }

    /// Bytes that the processes of a session keep resident together, when that is more than a limit. What they share is
    /// counted once, which takes longer to find out, and so only when the plain sum is too much.
    static func bytes(ofSession session: pid_t, above limit: Int) -> Int64? {
        let members = ProcessEntry.all().filter { $0.session == session }
        guard members.reduce(0, { $0 + $1.residentBytes }) > limit else { return nil }
        let bytes = members.reduce(0) { $0 + $1.proportionalBytes }
        return bytes > limit ? bytes : nil
    }
}

extension ProcessEntry {
    /// Resident bytes, of those that several processes share a fair part.
    fileprivate var proportionalBytes: Int64 {
        let lines =
            procFile("\(id)/smaps_rollup", limit: 16 << 10)?.split(separator: UInt8(ascii: "\n")) ?? []
        let line = lines.lazy.map { String(decoding: $0, as: UTF8.self) }.first { $0.hasPrefix("Pss:") }
        let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Int64($0) }
        return kibibytes.map { $0 << 10 } ?? residentBytes
    }
}

private func directoryEntries(_ path: String) -> [String] {
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
        let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        names.append(name)
    }
    return names
}

/// A file under /proc, whose size is not known before it is read.
private func procFile(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = unsafe open("/proc/" + path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var content: [UInt8] = []
    while content.count < limit {
        guard let piece = readPiece(descriptor, limit: 16 << 10), !piece.isEmpty else { break }
        content += piece
    }
    return content
}

/// What a descriptor has now, empty at its end; `nil` when there is nothing, or it cannot be read.
func readPiece(_ descriptor: CInt, limit: Int) -> [UInt8]? {
    var count = 0
    let piece = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
        repeat {
            count = unsafe read(descriptor, buffer.baseAddress, limit)
        } while count < 0 && errno == EINTR
        initialized = max(count, 0)
    }
    return count < 0 ? nil : piece
}

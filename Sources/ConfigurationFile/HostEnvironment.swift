import FoundationEssentials

/// What a configuration takes from the machine it is read on.
package struct HostEnvironment: Sendable {
    package var variables: [String: String]
    package var hostName: String
    /// Why a file cannot be read; `nil` when it can.
    package var obstacleToReading: @Sendable (_ file: String) -> String?
    /// Why files cannot be made in a folder, which need not exist yet; `nil` when they can.
    package var obstacleToWriting: @Sendable (_ folder: String) -> String?

    /// The permission bits of a file that is there.
    package var permissions: @Sendable (_ file: String) -> Int

    package init(
        variables: [String: String], hostName: String,
        obstacleToReading: @escaping @Sendable (String) -> String?,
        obstacleToWriting: @escaping @Sendable (String) -> String?,
        permissions: @escaping @Sendable (String) -> Int = { _ in 0o600 }
    ) {
        (self.variables, self.hostName) = (variables, hostName)
        (self.obstacleToReading, self.obstacleToWriting) = (obstacleToReading, obstacleToWriting)
        self.permissions = permissions
    }

    package static var current: HostEnvironment {
        HostEnvironment(
            variables: ProcessInfo.processInfo.environment, hostName: ProcessInfo.processInfo.hostName,
            obstacleToReading: whyUnreadable, obstacleToWriting: whyUnwritable, permissions: permissions(of:))
    }
}

@Sendable private func whyUnreadable(_ file: String) -> String? {
    switch kind(of: file) {
    case nil: "no such file"
    case .typeDirectory: "it is a folder"
    default: FileManager.default.isReadableFile(atPath: file) ? nil : "permission denied"
    }
}

/// A folder that is missing will be made, so what counts is the nearest folder there is.
@Sendable private func whyUnwritable(_ folder: String) -> String? {
    switch kind(of: folder) {
    case .typeDirectory:
        FileManager.default.isWritableFile(atPath: folder) ? nil : "permission denied in \"\(folder)\""
    case nil where folder != "/" && !folder.isEmpty: whyUnwritable(parentFolder(of: folder))
    default: "\"\(folder)\" is not a folder"
    }
}

private func kind(of path: String) -> FileAttributeType? {
    attributes(of: path)?[.type] as? FileAttributeType
}

@Sendable private func permissions(of path: String) -> Int {
    attributes(of: path)?[.posixPermissions] as? Int ?? 0
}

private func attributes(of path: String) -> [FileAttributeKey: Any]? {
    let target = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    return try? FileManager.default.attributesOfItem(atPath: target)
}

func parentFolder(of path: String) -> String {
    let parent = path.split(separator: "/").dropLast().joined(separator: "/")
    return path.hasPrefix("/") ? "/" + parent : parent
}

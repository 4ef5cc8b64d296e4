import Foundation

/// Where files of rows may lie that a request names: whoever may ask for a training could otherwise read, as a dataset, any
/// file that the registry can.
struct RowFolders: Equatable, Sendable {
    /// Absolute.
    var folders: [String]
    /// What is not to be read, whatever lies in it: the registry's own state, its tokens.
    var spared: [String]

    /// - Returns: why a file may not be read; `nil` where it may.
    func refusal(of path: String) -> String? {
        let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
        let type = try? FileManager.default.attributesOfItem(atPath: file)[.type] as? FileAttributeType
        guard isWithin(folders, file), !isWithin(spared, file) else {
            return
                "\(path) lies in no folder that rows may be read from, which are \(folders.joined(separator: ", ")): "
                + "see folders under [registry.datasets], or upload it by `leeway dataset add`"
        }
        guard let type else { return "\(path) cannot be read: there is no such file" }
        return type == .typeRegular ? nil : "\(path) cannot be read: it is no plain file"
    }

    private func isWithin(_ places: [String], _ file: String) -> Bool {
        places.contains { place in
            let root = URL(fileURLWithPath: place).resolvingSymlinksInPath().standardizedFileURL.path
            return file == root || file.hasPrefix(root.hasSuffix("/") ? root : root + "/")
        }
    }
}

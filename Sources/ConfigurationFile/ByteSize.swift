/// An amount of memory, such as `"64MiB"`.
package struct ByteSize: ConfigurationText, Equatable {
    package static var form: String { "a size such as \"64MiB\"" }

    package var bytes: Int

    package init(configuration text: String) throws(MalformedText) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text[digits.endIndex...].drop { $0 == " " }
        guard let count = Int(digits), let scale = scales[String(unit)] else {
            throw .expected(ByteSize.form, found: text)
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: scale)
        guard !overflow else { throw .expected(ByteSize.form, found: text) }
        bytes = product
    }
}

private let scales = [
    "B": 1, "kB": 1000, "MB": 1_000_000, "GB": 1_000_000_000, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
]

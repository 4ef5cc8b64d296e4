import Foundation

extension OperatingCharacteristic {
    /// With their standard error.
    var falseAlarms: String {
        String(format: "%.2f ± %.2f %%", 100 * underNull.share, 100 * underNull.standardError)
    }

    var power: String { String(format: "%.1f %%", 100 * underEffect.share) }
}

func percent(_ share: Double) -> String { String(format: "%g %%", 100 * share) }

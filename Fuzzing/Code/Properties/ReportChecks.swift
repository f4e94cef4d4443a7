import Mail

/// A mail that says it reports a failed delivery.
@Sendable func checkReport(_ bytes: [UInt8]) throws {
    guard let report = DeliveryReport(bytes) else { return }
    try require(bytes.count <= DeliveryReport.limit, "a report has a limit")
    try require(report.outcomes.count <= 100, "a report has few recipients")
    for outcome in report.outcomes {
        try require(!(outcome.isPermanent && outcome.isPassing), "a failure is one or the other")
        try require(
            outcome.status.utf8.count <= 11
                && outcome.status.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e },
            "a status is three numbers: \(outcome.status.debugDescription)")
    }
    for address in report.addresses {
        try require(
            !address.contains { " ,;<>\t\"()".contains($0) },
            "an address stands alone: \(address.debugDescription)")
    }
}

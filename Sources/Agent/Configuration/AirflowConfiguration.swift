import ConfigurationFile
package import EventDelivery

/// An Airflow DAG that trains models.
package struct AirflowConfiguration: Hashable, Sendable {
    package var url: String
    package var dag: String
    package var api: AirflowSender.API
    package var credentials: AirflowSender.Credentials?
}

extension AirflowConfiguration {
    /// Reads a `[[sink]]` of type `airflow`; `nil` when it cannot be used.
    init?(_ table: ConfigurationTable) {
        let url = table.required("url") { table.parsed($0, as: RegistryURL.self) }
        let dag = table.required("dag", table.nonEmptyText)
        api = table.choice("api", of: AirflowSender.API.self) ?? .v2
        credentials = table.credentials()
        guard let url, let dag else { return nil }
        (self.url, self.dag) = (String(url.text.reversed().drop { $0 == "/" }.reversed()), dag)
    }
}

extension ConfigurationTable {
    /// A user's, or a token; none where Airflow asks for none.
    fileprivate func credentials() -> AirflowSender.Credentials? {
        let (user, password, token) = (
            nonEmptyText("user"), nonEmptyText("password"), nonEmptyText("token")
        )
        if token != nil, user != nil || password != nil {
            report("token", "is instead of a user and a password, not beside them")
        }
        if user != nil, !has("password") { report("password", "is required beside a user") }
        if password != nil, !has("user") { report("user", "is required beside a password") }
        if let token { return .token(token) }
        guard let user, let password else { return nil }
        return .user(user, password: password)
    }
}

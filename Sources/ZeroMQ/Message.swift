import CZeroMQ

/// A message: one frame or several. Received into again and again, it allocates nothing once it is warm.
///
/// The frames lie in memory of their own, because a `zmq_msg_t` must not move while its bytes are read:
/// small frames are stored inside it.
@safe package struct Message: ~Copyable {
    private var frames: UnsafeMutablePointer<zmq_msg_t>
    private var capacity: Int
    package private(set) var count = 0

    package init() {
        capacity = 8
        unsafe frames = .allocate(capacity: capacity)
    }

    /// A message as it would arrive, for those who decode without a socket.
    package init(_ frames: [[UInt8]]) {
        self.init()
        for bytes in frames {
            unsafe zmq_msg_init_size(nextFrame(), bytes.count)
            unsafe zmq_msg_data(self.frames + count).copyMemory(from: bytes, byteCount: bytes.count)
            count += 1
        }
    }

    deinit {
        for i in 0..<count { unsafe zmq_msg_close(frames + i) }
        unsafe frames.deallocate()
    }

    package func size(of frame: Int) -> Int {
        precondition(frame < count, "the message has no such frame")
        return unsafe zmq_msg_size(frames + frame)
    }

    /// The bytes of all frames together.
    package var size: Int { (0..<count).reduce(0) { $0 + size(of: $1) } }

    /// The bytes of one frame; they are seldom aligned.
    package func withFrame<Result: ~Copyable, Failure: Error>(
        _ frame: Int, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let size = size(of: frame)
        let bytes = unsafe UnsafeRawBufferPointer(start: zmq_msg_data(frames + frame), count: size)
        return try unsafe body(bytes.bytes)
    }

    /// Copies of the frames.
    package func copy() -> [[UInt8]] {
        (0..<count).map { frame in
            withFrame(frame) { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
        }
    }

    package mutating func removeAll() {
        for i in 0..<count { unsafe zmq_msg_close(frames + i) }
        count = 0
    }

    package mutating func removeLast() {
        precondition(count > 0, "the message has no frame")
        count -= 1
        unsafe zmq_msg_close(frames + count)
    }

    /// Where the next frame belongs; it counts only once `count` has gone up.
    private mutating func nextFrame() -> UnsafeMutablePointer<zmq_msg_t> {
        if count == capacity { grow() }
        return unsafe frames + count
    }

    private mutating func grow() {
        let grown = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 2 * capacity)
        for i in 0..<count {
            unsafe zmq_msg_init(grown + i)
            unsafe zmq_msg_move(grown + i, frames + i)
            unsafe zmq_msg_close(frames + i)
        }
        unsafe frames.deallocate()
        unsafe frames = grown
        capacity *= 2
    }
}

extension Message {
    enum Receipt { case frame(more: Bool), nothing }

    /// Receives the next frame of what the socket has, behind those there are.
    mutating func receiveFrame(from socket: UnsafeMutableRawPointer, flags: Int32) throws(ZeroMQError)
        -> Receipt
    {
        let frame = unsafe nextFrame()
        unsafe zmq_msg_init(frame)
        while unsafe zmq_msg_recv(frame, socket, flags) < 0 {
            if zmq_errno() == EINTR { continue }
            let failure = ZeroMQError.last("receive")
            unsafe zmq_msg_close(frame)
            if failure.code == EAGAIN { return .nothing }
            throw failure
        }
        count += 1
        return .frame(more: unsafe zmq_msg_more(frame) != 0)
    }
}

import ConfigurationFile
import Glibc
import Logging

/// Of a process in the background: its log goes to stderr, and a closed pipe is an error to be told by what
/// writes to it, not the end of the process.
func startLogging(at level: LogLevel) {
    signal(SIGPIPE, SIG_IGN)
    LoggingSystem.bootstrap { label in
        var handler = StreamLogHandler.standardError(label: label)
        handler.logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
        return handler
    }
}

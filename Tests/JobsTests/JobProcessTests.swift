import Foundation
import Synchronization
import Testing

@testable import Jobs

/// One after another: some of them take all they can get, and other suites measure time.
@Suite(.serialized, .timeLimit(.minutes(3))) struct JobProcessTests {
    // MARK: How it ends

    @Test func `a program that ends well is done`() async throws {
        let shop = try Workshop()
        let end = try await shop.shell("echo hello; echo world >&2")
        #expect(end.hasSucceeded)
        #expect(Set(shop.log.split(separator: "\n")) == ["hello", "world"])
        #expect(end.lastErrors == ["world"])
        #expect(end.sentence(.short, section: "[s]").hasPrefix("done after "))
    }

    @Test func `an exit code comes with the last that it complained of`() async throws {
        let end = try await Workshop().shell("echo first >&2; echo 'no such file: x' >&2; exit 3")
        #expect(end.outcome == .exited(3))
        #expect(end.sentence(.short, section: "[s]") == "ended with exit code 3: no such file: x")
        #expect(end.lastErrors == ["first", "no such file: x"])
    }

    @Test func `a signal is named`() async throws {
        let end = try await Workshop().shell("kill -SEGV $$")
        #expect(end.outcome == .signalled(SIGSEGV))
        #expect(end.sentence(.short, section: "[s]") == "ended by signal 11 (SIGSEGV)")
    }

    @Test(arguments: [
        (JobCommand("no-such-program"), "there is no program \"no-such-program\" in the registry's PATH"),
        (JobCommand("/etc/passwd"), "/etc/passwd cannot be run: Permission denied"),
        (JobCommand("/gone/x"), "/gone/x cannot be run: No such file or directory"),
        (
            JobCommand("sh", folder: "/gone"),
            "its folder /gone cannot be entered: No such file or directory"
        ),
    ])
    func `what cannot be started says why`(command: JobCommand, reason: String) async throws {
        let end = try await Workshop().run(command)
        #expect(end.sentence(.short, section: "[s]") == "could not be started: \(reason)")
        #expect(!end.hasSucceeded)
    }

    @Test func `its resources are measured`() async throws {
        let end = try await Workshop().python("x = bytearray(200 << 20); sum(range(20_000_000))")
        #expect(end.hasSucceeded)
        #expect(end.use.cpu > .milliseconds(50))
        // The kernel counts from what this process held.
        var own = rusage()
        unsafe getrusage(RUSAGE_SELF.rawValue, &own)
        let most = max(400 << 20, Int64(own.ru_maxrss) << 10 + 1)
        #expect((200 << 20..<most).contains(end.use.peakMemory))
    }

    // MARK: What it finds

    @Test func `its environment holds what it was given, and nothing of the registry's`() async throws {
        unsafe setenv("LEEWAY_TEST_SECRET", "hush", 1)
        let shop = try Workshop()
        let command = JobCommand("env", variables: ["SEED": "7"])
        let end = try await shop.run(command, .short.with { $0.threads = 2 })
        #expect(end.hasSucceeded)
        let names = shop.log.split(separator: "\n").compactMap { $0.split(separator: "=").first }
        #expect(
            Set(names).subtracting(["LANG"])
                == ["HOME", "LEEWAY_JOB", "LEEWAY_JOB_FOLDER", "OMP_NUM_THREADS", "PATH", "SEED", "TMPDIR"])
        #expect(shop.log.contains("TMPDIR=\(shop.scratch)\n"))
        #expect(shop.log.contains("OMP_NUM_THREADS=2\n"))
    }

    @Test func `it has three descriptors, its input is empty, and signals do what they do`() async throws {
        // A folder under /proc/self/fd is a fourth descriptor while it is listed.
        let shop = try Workshop()
        let end = try await shop.python(
            """
            import os, signal, sys
            print(len(os.listdir('/proc/self/fd')) - 1, repr(sys.stdin.read()))
            lines = [l.split() for l in open('/proc/self/status')]
            masks = {l[0]: int(l[1], 16) for l in lines if l[0] in ('SigBlk:', 'SigIgn:')}
            print(masks['SigBlk:'], [n for n in range(1, 32) if masks['SigIgn:'] >> (n - 1) & 1])
            """)
        #expect(end.hasSucceeded)
        // Python itself ignores SIGPIPE (13) and SIGXFSZ (25).
        #expect(shop.log == "3 ''\n0 [13, 25]\n")
    }

    @Test func `it runs in its folder with its niceness`() async throws {
        let shop = try Workshop()
        let script = "pwd -P; nice; ulimit -c; sed 's/.*nice //' /proc/self/autogroup 2>&- || echo 7"
        let end = try await shop.shell(script, .short.with { $0.niceness = 7 })
        #expect(end.hasSucceeded)
        let folder = URL(fileURLWithPath: shop.scratch).resolvingSymlinksInPath().path
        #expect(shop.log == "\(folder)\n\(max(7, nice(0)))\n0\n7\n")
    }

    // MARK: Limits

    @Test func `time that is up ends it`() async throws {
        let limits = JobLimits.short.with { $0.time = .milliseconds(200) }
        let end = try await Workshop().shell("sleep 30", limits)
        #expect(end.outcome == .stopped(.time))
        #expect(end.duration < .seconds(5))
        #expect(
            end.sentence(limits, section: "[s]")
                == "stopped after 200ms: its time limit; raise time in [s]")
    }

    @Test func `what ignores SIGTERM is killed after its grace`() async throws {
        let shop = try Workshop()
        let limits = JobLimits.short.with { $0.time = .milliseconds(300) }
        // A sleep that is ended by the signal would be told of first.
        let sleep = "(trap '' TERM; exec sleep 0.05)"
        let end = try await shop.shell("trap 'echo asked' TERM; while :; do \(sleep); done", limits)
        #expect(end.outcome == .stopped(.time))
        #expect((Duration.milliseconds(600) ..< .seconds(5)).contains(end.duration))
        #expect(shop.log.hasPrefix("asked\n"))
    }

    @Test func `a process that needs too much memory is told so by its language, and the limit by us`()
        async throws
    {
        let limits = JobLimits.short.with { $0.memory = 200 << 20 }
        let end = try await Workshop().python("x = bytearray(400 << 20)", limits)
        #expect(end.outcome == .exited(1))
        #expect(
            end.sentence(limits, section: "[s]")
                == "ended with exit code 1: MemoryError; its memory limit is 200MiB, raise memory in [s]")
    }

    @Test func `processes that need too much memory together are killed`() async throws {
        let limits = JobLimits.short.with { $0.memory = 150 << 20 }
        let script = """
            import os, time
            for _ in range(4): os.fork()
            x = bytearray(60 << 20)
            time.sleep(60)
            """
        let end = try await Workshop().python(script, limits)
        guard case .stopped(.memory(let bytes)) = end.outcome else {
            Issue.record("\(end)")
            return
        }
        #expect(bytes > 150 << 20)
        #expect(
            end.sentence(limits, section: "[s]").hasSuffix("its memory limit is 150MiB; raise memory in [s]"))
    }

    @Test func `what processes share is counted once`() async throws {
        let script = """
            import os, time
            x = bytearray(100 << 20)
            children = [os.fork() for _ in range(2)]
            time.sleep(2.5)
            """
        let end = try await Workshop().python(script, .short.with { $0.memory = 300 << 20 })
        #expect(end.hasSucceeded)
    }

    @Test func `memory that is reserved but not used is no matter`() async throws {
        let script = """
            import mmap
            m = mmap.mmap(-1, 8 << 30, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            """
        let end = try await Workshop().python(script, .short.with { $0.memory = 200 << 20 })
        #expect(end.hasSucceeded)
    }

    @Test func `processor time that is up ends it, whether it listens or not`() async throws {
        let limits = JobLimits.short.with { $0.cpu = .seconds(1) }
        for listens in [true, false] {
            let trap = listens ? "" : "trap '' XCPU; "
            let end = try await Workshop().shell("\(trap)while :; do :; done", limits)
            #expect(
                end.sentence(limits, section: "[s]")
                    == "stopped after 1s of processor time: its limit; raise cpu in [s]")
        }
    }

    @Test func `a file that grows too large ends it`() async throws {
        let limits = JobLimits.short.with { $0.file = 1 << 20 }
        let end = try await Workshop().shell("exec head -c 2000000 /dev/zero > x", limits)
        #expect(
            end.sentence(limits, section: "[s]")
                == "ended because it wrote a file of over 1MiB: its limit; raise file in [s]")
    }

    // MARK: Its kin

    @Test func `children are ended with it, those in sessions of their own too`() async throws {
        let shop = try Workshop()
        let end = try await shop.shell(
            "sleep 300 & echo $! > a; setsid sh -c 'echo $$ > b; exec sleep 300' & "
                + "while [ ! -s b ]; do sleep 0.01; done")
        #expect(end.hasSucceeded)
        #expect(end.duration < .seconds(10))
        #expect(try !isAlive(shop.text("a")))
        #expect(try !isAlive(shop.text("b")))
    }

    @Test func `a fork bomb goes out`() async throws {
        let shop = try Workshop()
        let limits = JobLimits.short.with { $0.time = .milliseconds(500) }
        // Each begets two, up to a few hundred at a time, and they ignore what asks them to end.
        let script = """
            import os, signal, time
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            for _ in range(7): os.fork()
            while True:
                if os.fork() == 0: time.sleep(0.02); os._exit(0)
                try: os.waitpid(-1, 0)
                except OSError: pass
            """
        let end = try await shop.python(script, limits)
        #expect(end.outcome == .stopped(.time))
        let mark: Set = [Array("LEEWAY_JOB=\(shop.id)".utf8)]
        #expect(!ProcessEntry.all().contains { !$0.isZombie && $0.carries(mark) })
    }

    @Test func `who asks for its end is named`() async throws {
        let shop = try Workshop()
        let stop = try JobStop()
        async let end = shop.shell("sleep 300 & echo $! > child; wait", until: stop)
        try await shop.wait(for: "child")
        stop.request(.cancelled(by: "ann: too slow"))
        stop.request(.ending)
        let ended = try await end
        #expect(ended.outcome == .stopped(.cancelled(by: "ann: too slow")))
        #expect(ended.sentence(.short, section: "[s]") == "cancelled by ann: too slow")
        #expect(try !isAlive(shop.text("child")))
    }

    @Test func `asked before it began, it ends as it begins`() async throws {
        let stop = try JobStop()
        stop.request(.ending)
        let end = try await Workshop().shell("sleep 300", until: stop)
        #expect(end.outcome == .stopped(.ending))
        #expect(end.duration < .seconds(5))
    }

    @Test func `a job ends with a registry that is killed`() async throws {
        let shop = try Workshop()
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder = shop.folder as String] in
            let shop = try Workshop(folder)
            async let end = shop.shell("echo $$ > job; exec sleep 300")
            try await shop.wait(for: "job")
            kill(getpid(), SIGKILL)
            _ = try await end
        }
        while try isAlive(shop.text("job")) { try await Task.sleep(for: .milliseconds(10)) }
    }

    @Test func `an orphan is found by its mark, and who has its pid now is left alone`() async throws {
        let (orphan, stranger) = (try Sleeper(), try Sleeper())
        #expect(JobProcesses.end(ofJobs: [orphan.id, "gone"]) == 1)
        #expect(orphan.process == nil)
        #expect(stranger.process != nil)
    }

    // MARK: What it prints

    @Test func `a gigabyte of output is a small log with its beginning and its end`() async throws {
        let shop = try Workshop()
        let limits = JobLimits.short.with { $0.log = 1 << 20 }
        let end = try await shop.shell("echo begun; yes flood | head -c 1000000000; echo; echo over", limits)
        #expect(end.hasSucceeded)
        #expect(shop.logBytes.count < (1 << 20) + 100)
        #expect(shop.log.hasPrefix("begun\nflood\nflood\n"))
        #expect(shop.log.hasSuffix("flood\nfloo\nover\n"))
        let total = 1_000_000_000 + "begun\n".utf8.count + "\nover\n".utf8.count
        let notice = try #require(
            shop.log.firstMatch(of: /\n… (\d+) bytes are left out here; the log is full …\n/))
        let left = try #require(Int(notice.1))
        #expect(shop.logBytes.count - notice.0.utf8.count + left == total)
    }

    @Test func `bytes are kept as they are, lines without an end too`() async throws {
        let shop = try Workshop()
        let end = try await shop.python(
            "import os; os.write(1, b'\\xff\\xfe{\\x00\\n{\"event\"'); os.write(2, b'\\xc3('); os.write(1, b':')"
        )
        #expect(end.hasSucceeded)
        #expect(shop.logBytes == Data([0xFF, 0xFE] + Array("{\u{0}\n{\"event\":".utf8) + [0xC3, 0x28]))
        #expect(end.progress == nil)
        #expect(end.lastErrors == ["\u{FFFD}("])
    }

    @Test func `one stream does not cut the lines of the other`() async throws {
        let shop = try Workshop()
        let end = try await shop.python(
            """
            import os
            for i in range(2000):
                for piece in (b'out', b'put\\n'): os.write(1, piece); os.write(2, b'err' if piece == b'out' else b'or\\n')
            """)
        #expect(end.hasSucceeded)
        let lines = shop.log.split(separator: "\n")
        #expect(lines.count == 4000)
        #expect(Set(lines) == ["output", "error"])
    }

    @Test func `who closes standard output early goes on`() async throws {
        let shop = try Workshop()
        let end = try await shop.shell(
            "echo a; exec >&-; sleep 0.3; echo b >&2; exec 2>&-; sleep 0.3; exit 4")
        #expect(end.outcome == .exited(4))
        #expect(shop.log == "a\nb\n")
    }

    @Test func `who removes its own folder does not take the log with it`() async throws {
        let shop = try Workshop()
        let end = try await shop.shell("rm -rf \"$LEEWAY_JOB_FOLDER\"; echo gone")
        #expect(end.hasSucceeded)
        #expect(shop.log == "gone\n")
    }

    // MARK: Progress

    @Test func `lines of JSON are progress`() async throws {
        let shop = try Workshop()
        let events = Mutex<[JobProcess.Event]>([])
        let script = """
            echo '{"event":"dataset","features":15,"rows":{"training":10}}'
            echo 'round 7 of many {"event":"round","round":70}'
            echo '{"event":"round","round":0,"metrics":{"a":0.5,"b":"NaN"}}'; sleep 1.2
            echo '{"event":"round","round":1,"metrics":{"a":0.25}}' >&2
            echo '{"event":"finished","rounds":9,"metrics":{"a":0.125},"digest":"…"}'
            """
        let end = try await shop.run(.shell(script), rounds: 10) { event in
            events.withLock { $0.append(event) }
        }
        #expect(end.progress == JobProgress(event: "finished", rounds: 9, of: 10, metrics: ["a": 0.125]))
        let told = events.withLock { $0 }
        guard case .started(let pid)? = told.first else {
            Issue.record("\(told)")
            return
        }
        #expect(pid > 1)
        #expect(
            told.dropFirst().first
                == .progress(JobProgress(event: "round", rounds: 1, of: 10, metrics: ["a": 0.5])))
    }
}

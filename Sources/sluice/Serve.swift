import Config
import Dispatch
import Gateway
import Glibc

/// `sluice serve`: runs until a signal ends it.
enum Serve {
  static func run(_ arguments: Arguments) -> Never {
    let source = ConfigurationSource(arguments)
    let configuration: Configuration
    do throws(ConfigErrors) {
      configuration = try source.load()
    } catch {
      Console.error(error.description)
      exit(2)
    }
    for notice in configuration.notices { Console.error("sluice: \(notice)") }
    let process: GatewayProcess
    do throws(StartFailure) {
      process = try GatewayProcess(configuration: configuration, logDescriptor: STDOUT_FILENO)
    } catch {
      Console.error("sluice: \(error.message)")
      exit(1)
    }
    let signals = Signals(process: process, source: source)
    // Before anyone can know that the process runs: an early SIGHUP would end it.
    signals.start()
    do throws(StartFailure) {
      let port = try process.start()
      let host = configuration.listen.host
      let scheme = configuration.listen.tls == nil ? "http" : "https"
      let shown = host.contains(":") ? "[\(host)]" : host
      Console.error("sluice \(Version.text) listening on \(scheme)://\(shown):\(port)")
    } catch {
      Console.error("sluice: \(error.message)")
      exit(1)
    }
    dispatchMain()
  }
}

/// What the process does on a signal.
///
/// Its state is confined to its own serial queue, which is why `@unchecked Sendable` is sound.
private final class Signals: @unchecked Sendable {
  private let process: GatewayProcess
  private let source: ConfigurationSource
  private let queue = DispatchQueue(label: "sluice.signals")
  private var sources: [any DispatchSourceSignal] = []
  private var isDraining = false

  init(process: GatewayProcess, source: ConfigurationSource) {
    self.process = process
    self.source = source
  }

  func start() {
    on(SIGTERM) { $0.drain() }
    on(SIGINT) { $0.drain() }
    on(SIGHUP) { $0.reload() }
    #if DEBUG
      // How tests see what the process says when its own code is at fault.
      on(SIGUSR1) { _ in CrashTest.trap() }
      on(SIGUSR2) { _ in CrashTest.overflow() }
    #endif
  }

  private func on(_ number: Int32, _ action: @escaping @Sendable (Signals) -> Void) {
    // The default action would come before the dispatch source.
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
    source.setEventHandler { [self] in action(self) }
    // Dispatch installs the source on a thread of its own; a signal before that would be lost.
    let installed = DispatchSemaphore(value: 0)
    source.setRegistrationHandler { installed.signal() }
    source.resume()
    installed.wait()
    sources.append(source)
  }

  private func drain() {
    guard !isDraining else { leave(1) }
    isDraining = true
    Console.error("sluice: finishing what is running; once more to exit at once")
    process.drain { [self] in queue.async { [self] in leave(0) } }
  }

  private func leave(_ status: Int32) -> Never {
    process.closeStore()
    process.flushLog()
    exit(status)
  }

  private func reload() {
    let loaded: Configuration
    do throws(ConfigErrors) {
      loaded = try source.load()
    } catch {
      return Console.error("sluice: the configuration stays as it was:\n\(error.description)")
    }
    let difference = ConfigurationDiff(running: process.configuration, loaded: loaded)
    if let refusal = difference.refusal {
      return Console.error("sluice: the configuration stays as it was: \(refusal)")
    }
    do throws(StartFailure) {
      try process.reload(difference.effective)
    } catch {
      return Console.error("sluice: the configuration stays as it was: \(error.message)")
    }
    for notice in loaded.notices { Console.error("sluice: \(notice)") }
    let changed = difference.swapped.isEmpty ? "nothing changed" : difference.swapped.joined(separator: ", ")
    Console.error("sluice: configuration reloaded (\(changed))")
    if !difference.needsRestart.isEmpty {
      Console.error("sluice: only a restart changes \(difference.needsRestart.joined(separator: ", "))")
    }
  }
}

import CLinux
import Glibc
import PingoraCore

// What the tests of Sources/PingoraCore/Process start, since a process that forks, changes its user
// or reads its environment can't be the one that runs the tests.

// Nothing that a test starts outlives it for long.
alarm(60)

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "detach": DetachProbe.run(Array(arguments.dropFirst()))
case "claim": FileProbe.claim(Array(arguments.dropFirst()))
case "assume": IdentityProbe.run(Array(arguments.dropFirst()))
case "activate": EnvironmentProbe.activate(Array(arguments.dropFirst()))
case "notify": EnvironmentProbe.notify()
default:
    print("unknown probe")
    exit(2)
}

import Glibc
import PingoraCore

/// `claim PATH [replacing]`: claims a pid file, says so, and holds it until its input ends. With a
/// line `abort` it ends without removing the file.
enum FileProbe {
    static func claim(_ arguments: [String]) {
        do {
            let file = try PidFile.claim(arguments[0], replacing: arguments.count > 1)
            print("claimed \(getpid())")
            fflush(nil)
            let line = readLine()
            if line == "abort" { _exit(0) }
            if line == "back" { file.giveBack() } else { file.remove() }
            print("removed")
        } catch {
            print(error)
            exit(1)
        }
    }
}

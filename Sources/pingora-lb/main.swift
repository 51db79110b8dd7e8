import Glibc

exit(PingoraLBCommand.run(Array(CommandLine.arguments.dropFirst())))

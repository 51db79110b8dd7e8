/// What `--help` prints. It fits a screen of 80 columns and 24 lines.
enum HelpText {
    static let version = "pingora-lb 0.1.0"

    static let help = """
        Balances HTTP/1.1 over upstream servers.

        Usage:
          pingora-lb -c FILE                     as the YAML file says
          pingora-lb --listen A --upstream B...  without a file
          pingora-lb --demo                      with two embedded demo servers
          pingora-lb plan -c FILE                what FILE would change, and how

        Options:
          -c, --conf FILE          configuration file
          -t, --test               check the configuration and exit; binds nothing
          -d, --daemon             run in the background
          -u, --upgrade            take over the sockets of the running process
              --listen ADDRESS     127.0.0.1:6188, [::1]:6188 or unix:/path; repeatable
              --upstream ADDRESS   server to send requests to; repeatable
              --threads N          event loops (default: one per processor)
              --access-log WHERE   a path, stdout or off (default: stdout)
              --log-level LEVEL    error, warning, info (default) or debug
          -h, --help               this text
              --version            the version

        A flag beats the file. Configuration: docs/CONFIGURATION.md

        """
}

import PingoraConfig

/// Keys of Pingora's own file that do nothing here. Whoever brings such a file along is told so,
/// key by key, instead of being left to believe that they work.
enum ForeignKeys {
    private static let noReadiness =
        "is not available yet: 'daemon: true' alone is"
    private static let noStealing =
        "has no effect here: a connection stays on the thread that accepted it"
    private static let noBlocking =
        "has no effect here: nothing on the way of a request blocks, so that no pool is needed"

    /// The keys of pingora-core/src/server/configuration/mod.rs that are not ours.
    static let reasons: KeyValuePairs<String, String> = [
        "daemon_wait_for_ready": noReadiness,
        "daemon_ready_timeout_seconds": noReadiness,
        "daemon_notify_timeout_seconds": noReadiness,
        "upgrade_sock_connect_accept_max_retries":
            "has no effect, in Pingora neither: upgrade.wait says how long one process waits",
        "listener_tasks_per_fd": "has no effect here: every thread accepts connections",
        "work_stealing": noStealing,
        "max_blocking_threads": noBlocking,
        "blocking_threads_ttl_seconds": noBlocking,
        "upstream_connect_offload_threadpools": noBlocking,
        "upstream_connect_offload_thread_per_pool": noBlocking,
        "client_bind_to_ipv4": "is not available yet: the kernel chooses the source address",
        "client_bind_to_ipv6": "is not available yet: the kernel chooses the source address",
        "ca_file":
            "is not available: each group of servers says in tls.ca whose signature counts",
        "s2n_config_cache_size": "has no effect here: TLS is OpenSSL's",
        "upstream_debug_ssl_keylog":
            "is not available: tls.key_log of a group names the file; SSLKEYLOGFILE is not read",
    ]

    static func refuse(in section: inout ConfigurationSection) {
        for (key, reason) in reasons { section.refuse(key, "this key of Pingora \(reason)") }
    }
}

/// A worker whose connections can move between processes, and that can be told to serve otherwise.
///
/// Everything is called on the loop's thread.
package protocol MigratingWorker: ServiceWorker {
    /// Sends what is idle to the loop's ``EventLoop/departures``. From now on every connection
    /// goes there as soon as it can.
    func depart()
    /// Takes over a connection of another process, or of this one if nobody else took it.
    func adopt(_ content: ConnectionInTransit.Content)
    /// Serves new requests as `service` wants it; false where it is a service of another kind.
    func follow(_ service: any Service) -> Bool
}

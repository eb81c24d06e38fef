/// What a call works with: the database, in the middle of a transaction, and the time at which that began.
///
/// Its extensions hold the statements, by subject. They throw a failure that is not the disk's before they change
/// anything, because the transaction goes on without them.
struct Transaction {
  let database: Database
  /// Seconds since 1970.
  let now: Int
}

//! The threads that may wait: for the disk, for the resolver, for a password to be compared.
//!
//! Everything else runs on one thread, which waits for nothing. What may wait cannot be called off
//! once it has begun, so each kind of it has a share: a disk that does not answer leaves threads to
//! look up names, and a resolver that does not answer leaves some to the disk.

use tokio::sync::Semaphore;

/// All of them. They come when they are needed; what each allocates lies in a part of the heap of
/// its own.
pub const MOST: usize = 16;

/// Rounds that wait for the disk share their transactions, so that more of them at once would hardly
/// make it faster.
pub static LEDGER: Semaphore = Semaphore::const_new(LEDGER_MOST);
const LEDGER_MOST: usize = 6;

/// Where no resolver answers, the C library asks on for half a minute, long after the call has been
/// given up.
pub static LOOKUPS: Semaphore = Semaphore::const_new(LOOKUPS_MOST);
const LOOKUPS_MOST: usize = 4;

/// Passwords that are compared at once, and fewer where there are few processors.
pub const PASSWORDS_MOST: usize = 3;

/// What is left to pages, long scrapes and the reading of configurations.
const OTHERS: usize = 3;

const _: () = assert!(LEDGER_MOST + LOOKUPS_MOST + PASSWORDS_MOST + OTHERS <= MOST);

//! Comparing passwords: slowly, off the event loop, and once for each.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use ring::{hmac, rand::SystemRandom};

use super::{
    basic_auth::Credentials,
    recent::{Digest, Recent},
    turns::Turns,
};
use crate::{config::PasswordHash, threads};

/// How many right and how many wrong pairs of name and password are remembered. They are counted
/// apart, so that guesses do not displace those who know.
const REMEMBERED: usize = 256;

/// What the shared format's own reader compares unknown users' passwords at, where there are no
/// known ones.
const USUAL_COST: u32 = 10;

/// What comparing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The user exists, and this is the password.
    Right,
    /// One or the other is not so; nobody learns which.
    Wrong,
    /// Too many wait to be compared.
    Busy,
}

/// The means of comparing, which outlive a change of users.
#[derive(Debug)]
pub(super) struct Passwords {
    turns: Turns,
}

impl Passwords {
    /// Compares on half of the machine's processors at most, and on one at least; see [`threads`].
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            turns: Turns::new((processors / 2).clamp(1, threads::PASSWORDS_MOST)),
        }
    }

    /// Whether these credentials are a user's. Known pairs are told from memory.
    pub(super) async fn check(
        &self,
        users: &Arc<Users>,
        credentials: Credentials,
        address: Option<IpAddr>,
    ) -> Outcome {
        let digest = users.digest(&credentials);
        if let Some(known) = users.recall(&digest) {
            return known;
        }
        let Some(turn) = self.turns.take(address).await else {
            return Outcome::Busy;
        };
        // Others with the same pair may have been first.
        if let Some(known) = users.recall(&digest) {
            return known;
        }
        let users = Arc::clone(users);
        let compared = tokio::task::spawn_blocking(move || {
            let outcome = users.compare(&credentials);
            users.remember(digest, outcome);
            // Held to here whether or not anybody still waits for the answer.
            drop(turn);
            outcome
        });
        // An error would be a panic of the comparison, or the runtime's end.
        compared.await.unwrap_or(Outcome::Wrong)
    }
}

/// The users of one configuration, and what is known of their passwords so far.
pub(super) struct Users {
    hashes: BTreeMap<Vec<u8>, PasswordHash>,
    /// One for each user, of the same cost: what a stranger's password is compared with.
    decoys: Vec<PasswordHash>,
    /// Known to nobody, and new with each process and each change of users.
    key: hmac::Key,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    right: Recent,
    wrong: Recent,
}

impl Users {
    /// Some users; `None` when there are none, or the system has no randomness to give.
    pub(super) fn new(users: &BTreeMap<String, PasswordHash>) -> Option<Self> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok()?;
        let hashes = users.iter();
        let hashes = hashes.map(|(name, hash)| (name.clone().into_bytes(), hash.clone()));
        let mut decoys: Vec<_> = users
            .values()
            .map(|hash| PasswordHash::decoy(hash.cost()))
            .collect();
        if decoys.is_empty() {
            decoys.push(PasswordHash::decoy(USUAL_COST));
        }
        Some(Self {
            hashes: hashes.collect(),
            decoys,
            key,
            known: Mutex::new(Known {
                right: Recent::new(REMEMBERED),
                wrong: Recent::new(REMEMBERED),
            }),
        })
    }

    fn digest(&self, credentials: &Credentials) -> Digest {
        let mut context = hmac::Context::with_key(&self.key);
        // The length keeps `ab` and `c` apart from `a` and `bc`.
        context.update(&(credentials.name.len() as u64).to_be_bytes());
        context.update(&credentials.name);
        context.update(&credentials.password);
        let mut digest = Digest::default();
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }

    fn recall(&self, digest: &Digest) -> Option<Outcome> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.right.has(digest) {
            Some(Outcome::Right)
        } else {
            known.wrong.has(digest).then_some(Outcome::Wrong)
        }
    }

    fn remember(&self, digest: Digest, outcome: Outcome) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Outcome::Right => known.right.add(digest),
            Outcome::Wrong => known.wrong.add(digest),
            Outcome::Busy => {}
        }
    }

    /// As long as bcrypt takes. A stranger's password is compared, too, at the cost of some user:
    /// always the same one for the same name, so that a stranger looks like a user with another
    /// password however different the costs are.
    fn compare(&self, credentials: &Credentials) -> Outcome {
        let (hash, exists) = match self.hashes.get(&credentials.name) {
            Some(hash) => (hash, true),
            None => (self.decoy(&credentials.name), false),
        };
        match hash.matches(&credentials.password) && exists {
            true => Outcome::Right,
            false => Outcome::Wrong,
        }
    }

    fn decoy(&self, name: &[u8]) -> &PasswordHash {
        let signed = hmac::sign(&self.key, name);
        let number = signed.as_ref().iter().fold(0_usize, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(usize::from(*byte))
        });
        &self.decoys[number % self.decoys.len()]
    }
}

impl std::fmt::Debug for Users {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Users({})", self.hashes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(costs: &[(&str, u32)]) -> Arc<Users> {
        let hash = |name: &str, cost| {
            let hash = bcrypt::hash_with_salt(format!("{name}'s"), cost, [3; 16]).unwrap();
            PasswordHash::new(hash.format_for_version(bcrypt::Version::TwoB)).unwrap()
        };
        let users = costs
            .iter()
            .map(|(name, cost)| ((*name).to_owned(), hash(name, *cost)));
        Arc::new(Users::new(&users.collect()).unwrap())
    }

    fn credentials(name: &str, password: &str) -> Credentials {
        Credentials {
            name: name.into(),
            password: password.into(),
        }
    }

    #[tokio::test]
    async fn a_user_with_the_password_is_right_and_all_else_wrong() {
        let (passwords, users) = (Passwords::new(), users(&[("alice", 4), ("bob", 5)]));
        for _ in 0..2 {
            for (name, password, wanted) in [
                ("alice", "alice's", Outcome::Right),
                ("bob", "bob's", Outcome::Right),
                ("alice", "bob's", Outcome::Wrong),
                ("alic", "ealice's", Outcome::Wrong),
                ("mallory", "mallory's", Outcome::Wrong),
                ("", "", Outcome::Wrong),
            ] {
                let outcome = passwords
                    .check(&users, credentials(name, password), None)
                    .await;
                assert_eq!(outcome, wanted, "{name} {password}");
            }
        }
    }

    #[tokio::test]
    async fn guesses_do_not_displace_those_who_know() {
        let users = users(&[("alice", 4)]);
        let right = users.digest(&credentials("alice", "alice's"));
        users.remember(right, Outcome::Right);
        for guess in 0..10 * REMEMBERED {
            let digest = users.digest(&credentials("alice", &guess.to_string()));
            users.remember(digest, Outcome::Wrong);
        }
        assert_eq!(users.recall(&right), Some(Outcome::Right));
        let first = users.digest(&credentials("alice", "0"));
        assert_eq!(users.recall(&first), None, "memory is bounded");
    }

    #[test]
    fn a_stranger_costs_what_some_user_costs_and_always_the_same() {
        let users = users(&[("alice", 4), ("bob", 5), ("carol", 6)]);
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..200 {
            let name = format!("stranger{number}");
            let cost = users.decoy(name.as_bytes()).cost();
            assert_eq!(users.decoy(name.as_bytes()).cost(), cost);
            seen.insert(cost);
        }
        assert_eq!(Vec::from_iter(seen), [4, 5, 6]);
    }

    #[test]
    fn a_digest_says_where_the_name_ends() {
        let users = users(&[]);
        assert_ne!(
            users.digest(&credentials("ab", "c")),
            users.digest(&credentials("a", "bc"))
        );
    }
}

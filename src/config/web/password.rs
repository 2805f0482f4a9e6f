//! Hashed passwords.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

/// How long a bcrypt hash is: `$2y$`, the cost, `$`, 22 characters of salt and 31 of hash.
const LENGTH: usize = 60;

/// A password hashed with bcrypt, as `htpasswd -B` writes it.
#[derive(Clone)]
pub struct PasswordHash {
    text: SecretString,
    cost: u32,
}

/// Why a text is no [`PasswordHash`]; the text itself is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordHashError {
    /// Cut off, or another kind of hash.
    #[error("hashedSecret too short to be a bcrypted password")]
    TooShort,
    /// A password in clear, mostly.
    #[error("bcrypt hashes must start with '$'")]
    NoHash,
    /// Another algorithm.
    #[error("bcrypt algorithm version not known: hashes begin with $2a$, $2b$ or $2y$")]
    Version,
    /// Go's range, which is bcrypt's.
    #[error("cost {0} is outside allowed inclusive range 4..31")]
    Cost(u32),
    /// Something in its place that cannot be part of a hash.
    #[error(
        "not a bcrypted password: expected {LENGTH} characters, the last 53 of them letters, digits, . and /"
    )]
    Form,
}

impl PasswordHash {
    /// Checks a hash's form; no password is needed for that.
    ///
    /// # Errors
    /// When it is no hash that a password could match.
    pub fn new(text: String) -> Result<Self, PasswordHashError> {
        let bytes = text.as_bytes();
        if bytes.len() < LENGTH - 1 {
            return Err(PasswordHashError::TooShort);
        }
        if bytes[0] != b'$' {
            return Err(PasswordHashError::NoHash);
        }
        if !["$2a$", "$2b$", "$2y$"]
            .iter()
            .any(|version| text.starts_with(version))
        {
            return Err(PasswordHashError::Version);
        }
        let cost = std::str::from_utf8(&bytes[4..6])
            .ok()
            .filter(|cost| cost.bytes().all(|byte| byte.is_ascii_digit()));
        let cost: u32 = cost
            .and_then(|cost| cost.parse().ok())
            .ok_or(PasswordHashError::Form)?;
        if !(4..=31).contains(&cost) {
            return Err(PasswordHashError::Cost(cost));
        }
        let is_encoded = |byte: &u8| byte.is_ascii_alphanumeric() || b"./".contains(byte);
        if bytes.len() != LENGTH || bytes[6] != b'$' || !bytes[7..].iter().all(is_encoded) {
            return Err(PasswordHashError::Form);
        }
        let text = SecretString::from(text);
        Ok(Self { text, cost })
    }

    /// A hash of that cost which no password is known for: comparing with it takes the time that
    /// comparing with a real one takes.
    #[must_use]
    pub fn decoy(cost: u32) -> Self {
        let cost = cost.clamp(4, 31);
        let text = format!("$2b${cost:02}$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyz01234");
        let text = SecretString::from(text);
        Self { text, cost }
    }

    /// The cost: each step doubles the time that a comparison takes.
    #[must_use]
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// Whether this is the password. Takes as long as the cost says, on the calling thread.
    #[must_use]
    pub fn matches(&self, password: &[u8]) -> bool {
        // An error is about the hash's form, which has been checked.
        bcrypt::verify(password, self.text.expose_secret()).unwrap_or(false)
    }
}

impl PartialEq for PasswordHash {
    fn eq(&self, other: &Self) -> bool {
        self.text.expose_secret() == other.text.expose_secret()
    }
}

impl Eq for PasswordHash {}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash(cost {})", self.cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the password `scrape`, by `htpasswd -nbBC 4`.
    fn known() -> String {
        bcrypt::hash_with_salt("scrape", 4, [7; 16])
            .unwrap()
            .format_for_version(bcrypt::Version::TwoY)
    }

    #[test]
    fn a_password_matches_its_hash_and_no_other() {
        let hash = PasswordHash::new(known()).unwrap();
        assert_eq!(hash.cost(), 4);
        assert!(hash.matches(b"scrape"));
        for wrong in ["", "Scrape", "scrape ", "scrap"] {
            assert!(!hash.matches(wrong.as_bytes()), "{wrong:?}");
        }
        assert!(!PasswordHash::decoy(4).matches(b"scrape"));
        assert_eq!(format!("{hash:?}"), "PasswordHash(cost 4)");
    }

    #[test]
    fn what_is_no_hash_is_refused_without_being_repeated() {
        let known = known();
        let check = |text: String| PasswordHash::new(text).unwrap_err().to_string();
        insta::assert_snapshot!(check("hunter2".into()), @"hashedSecret too short to be a bcrypted password");
        insta::assert_snapshot!(check(String::new()), @"hashedSecret too short to be a bcrypted password");
        insta::assert_snapshot!(check("hunter2".repeat(10)), @"bcrypt hashes must start with '$'");
        insta::assert_snapshot!(check(known.replace("$2y$", "$3y$")), @"bcrypt algorithm version not known: hashes begin with $2a$, $2b$ or $2y$");
        insta::assert_snapshot!(check(known.replace("$2y$", "$1$a")), @"bcrypt algorithm version not known: hashes begin with $2a$, $2b$ or $2y$");
        insta::assert_snapshot!(check(known.replace("$04$", "$03$")), @"cost 3 is outside allowed inclusive range 4..31");
        insta::assert_snapshot!(check(known.replace("$04$", "$99$")), @"cost 99 is outside allowed inclusive range 4..31");
        for broken in [
            known.replace("$04$", "$+4$"),
            format!("{known}x"),
            known.replace("$04$", "$04."),
            known.replace("$04$", "$04$é"),
        ] {
            assert!(PasswordHash::new(broken.clone()).is_err(), "{broken}");
        }
        for version in ["$2a$", "$2b$"] {
            assert!(
                PasswordHash::new(known.replace("$2y$", version))
                    .unwrap()
                    .matches(b"scrape")
            );
        }
    }

    #[test]
    fn a_decoy_is_a_hash_of_its_cost() {
        for cost in 4..=31 {
            let decoy = PasswordHash::decoy(cost);
            let again = PasswordHash::new(decoy.text.expose_secret().to_owned());
            assert_eq!(again.unwrap().cost(), cost);
        }
    }
}

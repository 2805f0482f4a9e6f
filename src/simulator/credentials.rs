//! Who may ask: every application's credentials, from the seed.

use super::{dice::mix, naming};

/// The credentials of a world's applications; none are stored, all are computed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Credentials {
    seed: u64,
    apps: usize,
}

impl Credentials {
    pub(super) fn new(seed: u64, apps: usize) -> Self {
        Self { seed, apps }
    }

    /// 32 hexadecimal digits. The second half hides the index, so that no table is needed to find
    /// the application that a key belongs to.
    pub(super) fn app_key(self, index: usize) -> String {
        let first = mix(&[self.seed, 10, index as u64]);
        format!("{first:016x}{:016x}", self.mask(first) ^ index as u64)
    }

    /// 12 hexadecimal digits, as the vendor's secrets have.
    pub(super) fn app_secret(self, index: usize) -> String {
        let word = mix(&[self.seed, 11, index as u64]);
        format!("{:012x}", word & 0xffff_ffff_ffff)
    }

    pub(super) fn account_id(self, index: usize) -> String {
        naming::account(mix(&[self.seed, 12, index as u64]))
    }

    /// The application with this key.
    pub(super) fn find(self, app_key: &str) -> Option<usize> {
        let first = u64::from_str_radix(app_key.get(..16)?, 16).ok()?;
        let second = u64::from_str_radix(app_key.get(16..)?, 16).ok()?;
        let index = usize::try_from(self.mask(first) ^ second).ok()?;
        (index < self.apps && self.app_key(index) == app_key).then_some(index)
    }

    fn mask(self, first: u64) -> u64 {
        mix(&[self.seed, 13, first])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_to_its_application() {
        let credentials = Credentials::new(1, 300);
        for index in [0, 1, 299] {
            assert_eq!(credentials.find(&credentials.app_key(index)), Some(index));
        }
        assert_eq!(credentials.find(&credentials.app_key(300)), None);
        assert_eq!(credentials.find(&Credentials::new(2, 300).app_key(0)), None);
        for bad in [
            "",
            "zz",
            "密密密密密密密密密密密",
            "0123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(credentials.find(bad), None, "{bad}");
        }
    }
}

//! The envelope's codes, and the closed set of a `code` label's values.

use std::borrow::Cow;

use super::Class;

/// An envelope code other than 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorCode(i64);

impl VendorCode {
    /// Every documented code (statistics contract and the vendor's list of status codes).
    pub const DOCUMENTED: [Self; 12] = [
        Self(300),
        Self(301),
        Self(302),
        Self(303),
        Self(401),
        Self(402),
        Self(501),
        Self(510),
        Self(512),
        Self(2000),
        Self(4000),
        Self(4001),
    ];

    /// A code that is not 200.
    #[must_use]
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }

    /// What the vendor's documents call it.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self.0 {
            300 => "illegal parameter",
            301 => "empty parameter",
            302 => "illegal header",
            303 => "illegal charset",
            401 => "request failed verification",
            402 => "service not enabled",
            501 => "internal error",
            510 => "too frequent",
            512 => "service busy",
            2000 => "no such meeting",
            4000 => "enterprise service expired",
            4001 => "concurrency limit reached",
            _ => "not documented",
        }
    }

    /// Whether it is worth trying again; a code that is not documented is not.
    #[must_use]
    pub fn class(self) -> Class {
        match self.0 {
            510 => Class::Throttled,
            501 | 512 | 4001 => Class::Transient,
            _ => Class::Permanent,
        }
    }

    /// The label value: the number of a documented code, `other` for the rest.
    #[must_use]
    pub fn label(self) -> Cow<'static, str> {
        if Self::DOCUMENTED.contains(&self) {
            Cow::Owned(self.0.to_string())
        } else {
            Cow::Borrowed("other")
        }
    }
}

/// The label of a call that succeeded.
pub(in crate::api) const OK_LABEL: &str = "200";

/// The label of an HTTP status without an envelope: `http_NNN` for the statuses of RFC 9110 (100
/// to 599), `http_other` for the rest.
pub(super) fn http_label(status: u16) -> Cow<'static, str> {
    match status {
        100..=599 => Cow::Owned(format!("http_{status}")),
        _ => Cow::Borrowed("http_other"),
    }
}

/// Every value that an attempt's `code` can have: the label's closed set.
pub fn code_labels() -> impl Iterator<Item = Cow<'static, str>> {
    let fixed = [
        OK_LABEL,
        "other",
        "timeout",
        "connect",
        "tls",
        "decode",
        "http_other",
    ];
    let documented = VendorCode::DOCUMENTED.into_iter().map(VendorCode::label);
    fixed
        .into_iter()
        .map(Cow::Borrowed)
        .chain(documented)
        .chain((100..=599).map(http_label))
}

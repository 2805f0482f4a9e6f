//! What `/config` shows.

use std::{
    fmt::{self, Display},
    sync::{Arc, PoisonError, RwLock},
};

/// A configuration as text that holds no secret, written when it is asked for.
pub type ConfigText = Arc<dyn Display + Send + Sync>;

/// The configuration in force, as `/config` shows it: whoever puts another one in force puts it
/// here as well.
#[derive(Default)]
pub struct ConfigPage(RwLock<Option<ConfigText>>);

impl ConfigPage {
    /// A page that shows this configuration.
    #[must_use]
    pub fn new(text: ConfigText) -> Arc<Self> {
        Arc::new(Self(RwLock::new(Some(text))))
    }

    /// Shows another one from now on.
    pub fn replace(&self, text: ConfigText) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }

    /// The text; `None` where nobody has said what is in force.
    pub(super) fn text(&self) -> Option<String> {
        let text = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        text.map(|text| text.to_string())
    }
}

impl fmt::Debug for ConfigPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfigPage")
    }
}

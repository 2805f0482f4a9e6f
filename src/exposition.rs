//! Writes down what is known: snapshots and the exporter's own instruments as metric families, and
//! families as text.
//!
//! Nothing here calls the vendor or waits for anybody: a scrape is answered from memory.

mod encode;
mod families;
mod negotiate;
mod number;
mod renderer;
mod selection;

pub use encode::encode;
pub use families::families;
pub use negotiate::{
    ContentType, Encoding, Escaping, Format, negotiate_encoding, negotiate_format,
};
pub use renderer::{Exposition, Snapshots};
pub use selection::Selection;

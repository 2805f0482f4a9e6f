//! Writes down what is known: snapshots and the exporter's own instruments as metric families, and
//! families as text.
//!
//! Nothing here calls the vendor or waits for anybody: a scrape is answered from memory.

mod block;
mod encode;
mod families;
mod group;
mod gzip;
mod in_format;
mod kept;
mod negotiate;
mod number;
mod own;
mod piece;
mod rank;
mod ready;
mod renderer;
mod selection;
mod text;
mod validity;

pub use encode::encode;
pub use families::families;
pub use negotiate::{
    ContentType, Encoding, Escaping, Format, negotiate_encoding, negotiate_format,
};
pub use renderer::{Exposition, Scrape, Snapshots};
pub use selection::Selection;

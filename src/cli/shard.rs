//! Flags about shards.

use std::str::FromStr;

use clap::Args;

/// Flags that divide the applications among several processes with the same configuration.
#[derive(Debug, Clone, Default, Args)]
pub struct ShardArgs {
    /// Watch only this shard of the applications: a number from 0, or `auto` for the one that a
    /// StatefulSet's pod has at the end of its name (`POD_NAME`, else the host's name).
    #[arg(
        id = "shard.index",
        long = "shard.index",
        value_name = "NUMBER|auto",
        requires = "shard.count"
    )]
    pub index: Option<ShardIndex>,
    /// How many shards there are: 1 to 1024.
    #[arg(
        id = "shard.count",
        long = "shard.count",
        value_name = "NUMBER",
        requires = "shard.index"
    )]
    pub count: Option<u32>,
}

/// How a process knows which shard it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShardIndex {
    /// It is told.
    Number(u32),
    /// From the name of its pod.
    Auto,
}

impl FromStr for ShardIndex {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.parse()) {
            ("auto", _) => Ok(Self::Auto),
            (_, Ok(number)) => Ok(Self::Number(number)),
            _ => Err("expected a number from 0, or auto".to_owned()),
        }
    }
}

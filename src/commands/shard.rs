//! Which of the applications this process has, from the flags and the place it runs in.

use std::fs;

use anyhow::Context as _;

use super::failure::Failure;
use crate::{
    cli::{ShardArgs, ShardIndex},
    shard::{Shard, ordinal},
};

/// The variable that names the pod, where the host's name is not the pod's (`hostNetwork`).
const POD_NAME: &str = "POD_NAME";
/// The host's name, as the kernel has it.
const HOST_NAME: &str = "/proc/sys/kernel/hostname";

/// The shard that the flags ask for; the only one without them.
pub(super) fn chosen(args: &ShardArgs, environment: &[(String, String)]) -> Result<Shard, Failure> {
    Ok(asked_for(args, environment)?.unwrap_or(Shard::ONLY))
}

/// The shard that the flags ask for, if they do.
pub(super) fn asked_for(
    args: &ShardArgs,
    environment: &[(String, String)],
) -> Result<Option<Shard>, Failure> {
    let (Some(index), Some(count)) = (args.index, args.count) else {
        return Ok(None);
    };
    let shard = match index {
        ShardIndex::Number(index) => Ok(index),
        ShardIndex::Auto => pod(environment),
    };
    shard
        .and_then(|index| Ok(Some(Shard::new(index, count)?)))
        .context("invalid --shard.index or --shard.count")
        .map_err(Failure::Usage)
}

/// The pod's number in its StatefulSet.
fn pod(environment: &[(String, String)]) -> anyhow::Result<u32> {
    let variable = environment.iter().find(|(name, _)| name == POD_NAME);
    let name = match variable {
        Some((_, name)) => name.clone(),
        None => fs::read_to_string(HOST_NAME)
            .with_context(|| format!("cannot read {HOST_NAME}, and {POD_NAME} is not set"))?,
    };
    Ok(ordinal(&name)?)
}

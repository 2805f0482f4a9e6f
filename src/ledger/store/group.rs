//! Rounds of several applications in one transaction.
//!
//! Whoever comes puts its round into the queue and then waits for its turn to commit. Who gets it
//! commits everything that waits by then; those whose turn comes later find theirs done already.

use std::sync::{Arc, Mutex};

use redb::WriteTransaction;

use super::{Connection, unpoisoned};
use crate::ledger::{
    error::{StoreError, failed},
    file,
};

/// Writes one round, and answers the application's number.
pub(in crate::ledger) type Write =
    Box<dyn Fn(&WriteTransaction) -> Result<u32, StoreError> + Send + Sync>;

/// What became of each round of a group: its application's number, or nothing where it has to be
/// decided anew.
type Numbers = Vec<Option<u32>>;

/// The rounds that wait, and whose turn it is.
#[derive(Default)]
pub(super) struct Group {
    queue: Mutex<Vec<Arc<Round>>>,
    turn: Mutex<()>,
}

/// A round that is decided but not done.
pub(super) struct Round {
    /// Under which opening of the file it was decided.
    generation: u64,
    write: Write,
    outcome: Mutex<Option<Result<u32, StoreError>>>,
}

impl Group {
    /// Has rounds committed, in one transaction and together with all others that wait;
    /// `commit_all` does it.
    pub(super) fn commit(
        &self,
        generation: u64,
        writes: Vec<Write>,
        commit_all: impl FnOnce(&[Arc<Round>]) -> Result<Numbers, StoreError>,
    ) -> Result<Vec<u32>, StoreError> {
        let ours = writes.into_iter().map(|write| {
            Arc::new(Round {
                generation,
                write,
                outcome: Mutex::new(None),
            })
        });
        let ours: Vec<Arc<Round>> = ours.collect();
        // All of them at once: who takes the queue takes none or all of them.
        unpoisoned(&self.queue).extend(ours.iter().cloned());
        let turn = unpoisoned(&self.turn);
        if ours.iter().any(|round| !round.is_done()) {
            let rounds = std::mem::take(&mut *unpoisoned(&self.queue));
            settle(&rounds, commit_all(&rounds));
        }
        drop(turn);
        // Somebody panicked while committing: whether it reached the disk is not known.
        let lost = || Err(StoreError::Failed("the transaction was cut off".into()));
        let outcomes = ours.iter().map(|round| round.outcome());
        outcomes
            .map(|outcome| outcome.unwrap_or_else(lost))
            .collect()
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        unpoisoned(&self.queue).len()
    }
}

impl Round {
    fn is_done(&self) -> bool {
        unpoisoned(&self.outcome).is_some()
    }

    fn outcome(&self) -> Option<Result<u32, StoreError>> {
        unpoisoned(&self.outcome).take()
    }
}

/// Tells every round what became of it.
fn settle(rounds: &[Arc<Round>], outcome: Result<Numbers, StoreError>) {
    let tell = |round: &Round, outcome| *unpoisoned(&round.outcome) = Some(outcome);
    match outcome {
        Ok(numbers) => {
            for (round, number) in rounds.iter().zip(numbers) {
                tell(round, number.ok_or(StoreError::Reopened));
            }
        }
        Err(error) => match rounds {
            [alone] => tell(alone, Err(error)),
            _ => {
                let error = Arc::new(error);
                for round in rounds {
                    tell(round, Err(StoreError::Together(Arc::clone(&error))));
                }
            }
        },
    }
}

/// Writes the rounds in one transaction. One that was decided on what another opening of the file
/// held is left out: a failed commit may have reached the disk all the same.
pub(super) fn write(
    connection: &Connection<'_>,
    rounds: &[Arc<Round>],
) -> Result<Numbers, StoreError> {
    let transaction = connection.database.begin_write().map_err(failed)?;
    file::take_on_format(&transaction)?;
    let numbers = rounds
        .iter()
        .map(|round| {
            let current = round.generation == connection.generation;
            current.then(|| (round.write)(&transaction)).transpose()
        })
        .collect::<Result<Numbers, StoreError>>()?;
    transaction.commit().map_err(failed)?;
    Ok(numbers)
}

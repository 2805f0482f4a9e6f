//! What all handles of one application share: what was committed, and the way to commit more.

use std::sync::{Arc, Mutex};

use redb::Database;

use super::{
    details::PendingDetail,
    error::StoreError,
    options::AppOptions,
    plan::{self, Plan},
    state::AppState,
    store::{Connection, Store, Write, unpoisoned},
};

/// One application in the open ledger.
#[derive(Debug)]
pub(super) struct Core {
    app: Arc<str>,
    store: Arc<Store>,
    /// What was committed, and under which opening of the file it was read.
    committed: Mutex<(u64, Arc<AppState>)>,
    /// The last entry of the details queue handed out.
    cursor: Mutex<Option<PendingDetail>>,
    /// Held by whoever does a round: each is decided on what the one before has committed.
    turn: Mutex<()>,
}

impl Core {
    /// The application as the store holds it.
    pub(super) fn open(
        store: Arc<Store>,
        app: Arc<str>,
        options: &AppOptions,
    ) -> Result<Self, StoreError> {
        let committed = store.read(|connection| {
            let state = AppState::load(connection.database, &app, options)?;
            Ok((connection.generation, Arc::new(state)))
        })?;
        Ok(Self {
            app,
            store,
            committed: Mutex::new(committed),
            cursor: Mutex::new(None),
            turn: Mutex::new(()),
        })
    }

    /// The application's name.
    pub(super) fn app(&self) -> &str {
        &self.app
    }

    /// What was committed.
    pub(super) fn committed(&self) -> Arc<AppState> {
        Arc::clone(&unpoisoned(&self.committed).1)
    }

    /// Decides on the basis of what is committed, commits, and publishes.
    pub(super) fn transact<T>(
        &self,
        options: &AppOptions,
        decide: impl FnOnce(&Database, &AppState) -> Result<Plan<T>, StoreError>,
    ) -> Result<T, StoreError> {
        let _turn = unpoisoned(&self.turn);
        let (generation, before, plan) = self.store.read(|connection| {
            let before = self.current(connection, options)?;
            let plan = decide(connection.database, &before)?;
            Ok((connection.generation, before, plan))
        })?;
        // After a failure even an idle round is committed, to see whether the disk is back.
        if plan.is_idle(&before) && self.store.health().is_good() {
            return Ok(plan.value);
        }
        let (round, value) = plan.into_round(Arc::clone(&self.app), before);
        commit(&self.store, generation, vec![(self, round)])?;
        Ok(value)
    }

    /// As [`transact`](Self::transact) for several applications of one store, none of them twice:
    /// all are decided before anything is written, and all are committed, or none.
    pub(super) fn transact_all<T>(
        store: &Store,
        apps: &[(Arc<Self>, Arc<AppOptions>)],
        decide: impl Fn(&AppOptions, &AppState) -> Plan<T>,
    ) -> Result<Vec<T>, StoreError> {
        let turns: Vec<_> = apps
            .iter()
            .map(|(core, _)| unpoisoned(&core.turn))
            .collect();
        let (generation, decided) = store.read(|connection| {
            let decided = apps.iter().map(|(core, options)| {
                let before = core.current(connection, options)?;
                let plan = decide(options, &before);
                Ok((core, before, plan))
            });
            let decided = decided.collect::<Result<Vec<_>, StoreError>>()?;
            Ok((connection.generation, decided))
        })?;
        let good = store.health().is_good();
        let (mut rounds, mut values) = (Vec::new(), Vec::new());
        for (core, before, plan) in decided {
            if plan.is_idle(&before) && good {
                values.push(plan.value);
                continue;
            }
            let (round, value) = plan.into_round(Arc::clone(&core.app), before);
            rounds.push((&**core, round));
            values.push(value);
        }
        if !rounds.is_empty() {
            commit(store, generation, rounds)?;
        }
        drop(turns);
        Ok(values)
    }

    fn publish(&self, generation: u64, state: Arc<AppState>, number: u32) {
        let state = match state.number {
            Some(_) => state,
            None => Arc::new(AppState {
                number: Some(number),
                ..AppState::clone(&state)
            }),
        };
        *unpoisoned(&self.committed) = (generation, state);
    }

    /// Reads from the queue of details, after the entry handed out last.
    pub(super) fn hand_out(
        &self,
        options: &AppOptions,
        next: impl FnOnce(
            &Database,
            Option<u32>,
            Option<&PendingDetail>,
        ) -> Result<Vec<PendingDetail>, StoreError>,
    ) -> Result<Vec<PendingDetail>, StoreError> {
        self.store.read(|connection| {
            let number = self.current(connection, options)?.number;
            let mut cursor = unpoisoned(&self.cursor);
            let next = next(connection.database, number, cursor.as_ref())?;
            *cursor = next.last().cloned();
            Ok(next)
        })
    }

    /// What is committed; read anew if the file was opened again since, because a commit that
    /// failed may have reached the disk all the same.
    fn current(
        &self,
        connection: &Connection<'_>,
        options: &AppOptions,
    ) -> Result<Arc<AppState>, StoreError> {
        let known = unpoisoned(&self.committed).clone();
        if known.0 == connection.generation {
            return Ok(known.1);
        }
        // Nothing is locked while the disk is read: those who look at memory may not wait for it.
        let state = AppState::load(connection.database, &self.app, options)?;
        if state.since.is_none() && known.1.since.is_some() {
            return Err(StoreError::Forgotten {
                app: Arc::clone(&self.app),
            });
        }
        let mut committed = unpoisoned(&self.committed);
        // Whoever has read it meanwhile may have committed something since.
        if committed.0 != connection.generation {
            *committed = (connection.generation, Arc::new(state));
        }
        Ok(Arc::clone(&committed.1))
    }
}

/// Commits rounds of several applications in one transaction, and publishes them then.
fn commit(
    store: &Store,
    generation: u64,
    rounds: Vec<(&Core, plan::Round)>,
) -> Result<(), StoreError> {
    let (mut states, mut writes) = (Vec::new(), Vec::<Write>::new());
    for (core, round) in rounds {
        states.push((core, Arc::clone(&round.state)));
        writes.push(Box::new(move |transaction| round.write(transaction)));
    }
    let numbers = store.commit(generation, writes)?;
    for ((core, state), number) in states.into_iter().zip(numbers) {
        core.publish(generation, state, number);
    }
    Ok(())
}

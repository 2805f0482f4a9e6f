//! One round of one application, decided but not yet done: it is done in one transaction, which it
//! may share with rounds of others.

use std::{collections::HashMap, sync::Arc};

use redb::{Database, ReadableDatabase, WriteTransaction};

use super::{
    error::{StoreError, failed},
    file::{QUEUE, SEEN},
    meeting_key::MeetingKey,
    state::AppState,
};
use crate::api::Meeting;

/// What a round leads to.
#[derive(Debug)]
pub(super) struct Plan<T> {
    /// Everything counted, afterwards.
    pub(super) state: AppState,
    /// Changes to the remembered ids and the queue.
    pub(super) changes: Changes,
    /// What the caller is told, once it is committed.
    pub(super) value: T,
}

/// Changes to the remembered ids and the queue of one application.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Forget all ids and the whole queue, before anything else.
    pub(super) wipe: bool,
    /// Ids to remember, with the day to remember them for.
    pub(super) remember: Vec<(MeetingKey, u16)>,
    /// Forget ids remembered for a day before this one.
    pub(super) forget_before: Option<u16>,
    /// Meetings whose detail is to be read: the second they are queued, and which.
    pub(super) enqueue: Vec<(i64, MeetingKey)>,
    /// Meetings to take off the queue.
    pub(super) dequeue: Vec<(i64, MeetingKey)>,
}

impl Changes {
    fn is_empty(&self) -> bool {
        !self.wipe
            && self.remember.is_empty()
            && self.forget_before.is_none()
            && self.enqueue.is_empty()
            && self.dequeue.is_empty()
    }
}

impl<T> Plan<T> {
    /// Whether doing it would change nothing.
    pub(super) fn is_idle(&self, before: &AppState) -> bool {
        self.changes.is_empty() && self.state == *before
    }

    /// What is to be written for it, and what the caller is told then.
    pub(super) fn into_round(self, app: Arc<str>, before: Arc<AppState>) -> (Round, T) {
        let round = Round {
            app,
            before,
            state: Arc::new(self.state),
            changes: self.changes,
        };
        (round, self.value)
    }
}

/// One application's part of a transaction.
#[derive(Debug)]
pub(super) struct Round {
    app: Arc<str>,
    before: Arc<AppState>,
    /// Everything counted, afterwards.
    pub(super) state: Arc<AppState>,
    changes: Changes,
}

impl Round {
    /// Writes it, and answers the application's number.
    pub(super) fn write(&self, transaction: &WriteTransaction) -> Result<u32, StoreError> {
        let number = self.state.save(&self.before, &self.app, transaction)?;
        self.changes.apply(number, transaction)?;
        Ok(number)
    }
}

impl Changes {
    fn apply(&self, app: u32, transaction: &WriteTransaction) -> Result<(), StoreError> {
        if self.is_empty() {
            return Ok(());
        }
        let mut seen = transaction.open_table(SEEN).map_err(failed)?;
        let ids = (app, &[][..])..(app.saturating_add(1), &[][..]);
        if self.wipe {
            seen.retain_in(ids.clone(), |_, _| false).map_err(failed)?;
        }
        for (key, day) in &self.remember {
            seen.insert((app, key.as_bytes()), *day).map_err(failed)?;
        }
        if let Some(first_kept) = self.forget_before {
            seen.retain_in(ids, |_, day| day >= first_kept)
                .map_err(failed)?;
        }

        let mut queue = transaction.open_table(QUEUE).map_err(failed)?;
        if self.wipe {
            let queued = (app, i64::MIN, &[][..])..(app.saturating_add(1), i64::MIN, &[][..]);
            queue.retain_in(queued, |_, ()| false).map_err(failed)?;
        }
        for (second, key) in &self.enqueue {
            queue
                .insert((app, *second, key.as_bytes()), ())
                .map_err(failed)?;
        }
        for (second, key) in &self.dequeue {
            queue
                .remove((app, *second, key.as_bytes()))
                .map_err(failed)?;
        }
        Ok(())
    }
}

/// The meetings of a batch that are remembered, with the day they are remembered for.
pub(super) fn remembered(
    database: &Database,
    app: Option<u32>,
    meetings: &[Meeting],
) -> Result<HashMap<MeetingKey, u16>, StoreError> {
    let mut remembered = HashMap::new();
    let Some(app) = app else {
        return Ok(remembered);
    };
    let transaction = database.begin_read().map_err(failed)?;
    let seen = transaction.open_table(SEEN).map_err(failed)?;
    for meeting in meetings {
        let key = MeetingKey::of(&meeting.id);
        if let Some(day) = seen.get((app, key.as_bytes())).map_err(failed)? {
            remembered.insert(key, day.value());
        }
    }
    Ok(remembered)
}

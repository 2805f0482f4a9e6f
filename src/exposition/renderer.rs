//! The answer to a scrape.

#[cfg(test)]
mod tests;

use std::{
    fmt,
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use prometheus::proto::MetricFamily;

use super::{
    Encoding, Format, Selection,
    families::families_with,
    gzip,
    in_format::InFormat,
    kept::{Changes, Kept, Known},
    own::{self, Own},
    piece::join,
    ready::Ready,
    text::TextBatch,
};
use crate::{
    clock::{Moment, SharedClock},
    self_metrics::SelfMetrics,
    snapshot::{AppSnapshot, Board},
};

/// Where the applications' snapshots come from.
pub trait Snapshots: fmt::Debug + Send + Sync {
    /// The current snapshot of every application, in the order they are to be shown.
    fn all(&self) -> Vec<Arc<AppSnapshot>>;

    /// A number that grows whenever [`all`](Self::all) may answer otherwise than before; what is
    /// asked for after the number was read is at least as new as the number.
    fn changes(&self) -> u64;
}

impl Snapshots for Board {
    fn all(&self) -> Vec<Arc<AppSnapshot>> {
        self.load()
    }

    fn changes(&self) -> u64 {
        self.changes()
    }
}

/// How many applications make a group. A change costs a copy of each block that it shows in, and a
/// scrape a slice for each block: with this many, both cost little.
const TOGETHER: usize = 1024;
/// With more applications, writing may take long enough that other tasks should not wait for it.
const FEW: usize = 64;

/// Answers scrapes from memory.
///
/// What is shown is written when it changed, not when it is asked for: an application's samples
/// after a poll, or when time made them wrong. In between, scrapes are answered with the same bytes.
#[derive(Debug)]
pub struct Exposition {
    snapshots: Arc<dyn Snapshots>,
    self_metrics: Arc<SelfMetrics>,
    clock: SharedClock,
    text: InFormat,
    open_metrics: InFormat,
    together: usize,
    /// How many applications there were when something was last written.
    apps: AtomicUsize,
    /// How often writing was begun.
    begun: AtomicU64,
    /// Held by who has much to write: others wait here, and then find it written.
    turn: tokio::sync::Mutex<()>,
}

/// The answer to a scrape, in pieces that other answers share.
#[derive(Debug, Clone)]
pub struct Scrape {
    /// The pieces, in the order they are to be sent.
    pub pieces: Arc<[Bytes]>,
}

impl Scrape {
    /// All of it in one.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        self.pieces.concat().into()
    }
}

impl Exposition {
    /// An exposition of those snapshots and those instruments.
    #[must_use]
    pub fn new(
        snapshots: Arc<dyn Snapshots>,
        self_metrics: Arc<SelfMetrics>,
        clock: SharedClock,
    ) -> Self {
        Self {
            snapshots,
            self_metrics,
            clock,
            text: InFormat::new(Format::Text),
            open_metrics: InFormat::new(Format::OpenMetrics),
            together: TOGETHER,
            apps: AtomicUsize::new(0),
            begun: AtomicU64::new(0),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Every family there is to show now, sorted by name: made afresh, for those who are not in a
    /// hurry.
    #[must_use]
    pub fn gather(&self) -> Vec<MetricFamily> {
        let metrics = &self.self_metrics;
        let counts_of = |app: &str| metrics.app(app).map(|counters| counters.load());
        let mut all = families_with(&self.snapshots.all(), counts_of, &self.clock.moment());
        all.extend(metrics.gather());
        all.sort_by(|one, other| one.name().cmp(other.name()));
        all
    }

    /// The answer to one scrape of what is selected, written here and now; counted as one.
    #[must_use]
    pub fn render(&self, format: Format, encoding: Encoding, selection: &Selection) -> Bytes {
        let begin = self.clock.moment();
        if !selection.is_everything() {
            return self.part(format, encoding, selection, &begin).to_bytes();
        }
        let pieces = match self.ready(format, encoding, &begin, None) {
            Some(pieces) => pieces,
            None => self.write(format, encoding),
        };
        self.finish(pieces, format, &begin).to_bytes()
    }

    /// The answer to one scrape of what is selected; counted as one. Where much has to be written,
    /// that is done once for all who wait for it, and beside the other tasks.
    pub async fn scrape(
        self: &Arc<Self>,
        format: Format,
        encoding: Encoding,
        selection: Selection,
    ) -> Scrape {
        let begin = self.clock.moment();
        if !selection.is_everything() {
            let write = move |it: &Self| it.part(format, encoding, &selection, &begin);
            return self.beside_if_much(write).await;
        }
        let pieces = match self.ready(format, encoding, &begin, None) {
            Some(pieces) => pieces,
            None => self.write_in_turn(format, encoding).await,
        };
        self.finish(pieces, format, &begin)
    }

    /// Writes, if nobody else does while this waits for its turn.
    async fn write_in_turn(self: &Arc<Self>, format: Format, encoding: Encoding) -> Arc<[Bytes]> {
        let begun = self.begun.load(Ordering::Acquire);
        let _turn = self.turn.lock().await;
        let now = self.clock.moment();
        match self.ready(format, encoding, &now, Some(begun)) {
            Some(pieces) => pieces,
            None => {
                self.beside_if_much(move |it| it.write(format, encoding))
                    .await
            }
        }
    }

    /// Does something that takes long where there are many applications, and then beside the other
    /// tasks.
    async fn beside_if_much<T: Send + 'static>(
        self: &Arc<Self>,
        write: impl Fn(&Self) -> T + Send + Sync + 'static,
    ) -> T {
        if self.apps.load(Ordering::Relaxed) <= FEW {
            return write(self);
        }
        let (here, write) = (Arc::clone(self), Arc::new(write));
        let there = Arc::clone(&write);
        match tokio::task::spawn_blocking(move || there(&here)).await {
            Ok(written) => written,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime is being shut down, and takes no more work.
                Err(_) => write(self),
            },
        }
    }

    /// A part, written for the one who asked.
    fn part(
        &self,
        format: Format,
        encoding: Encoding,
        selection: &Selection,
        begin: &Moment,
    ) -> Scrape {
        let snapshots = self.snapshots.all();
        let mut batch = TextBatch::new(format);
        let selected = snapshots.iter().filter(|it| selection.has_app(&it.app));
        for snapshot in selected {
            let counts = self.self_metrics.app(&snapshot.app);
            let counts = counts.map(|counters| counters.load());
            batch.push(snapshot, counts.as_ref(), selection, begin);
        }
        let mut text = batch.into_text();
        if selection.has_exporter() {
            let metrics = &self.self_metrics;
            let own = Own::gather(metrics, metrics.changes(), &snapshots, format, begin);
            text.push_str(&String::from_utf8_lossy(&own.text));
        } else {
            text.push_str(own::end(format));
        }
        let text = [Bytes::from(text)];
        let pieces = match encoding {
            Encoding::Identity => text,
            Encoding::Gzip => [gzip::compressed(&text)],
        };
        self.answered(begin);
        Scrape {
            pieces: pieces.into(),
        }
    }

    /// What was written earlier, if it is what would be written now; or if it was begun after
    /// writing had been begun `since` times.
    fn ready(
        &self,
        format: Format,
        encoding: Encoding,
        now: &Moment,
        since: Option<u64>,
    ) -> Option<Arc<[Bytes]>> {
        let ready = self.in_format(format).ready(encoding).load();
        let ready = ready.as_ref()?;
        let is_new = since.is_some_and(|since| ready.number > since);
        let is_right = is_new || ready.changes == self.changes();
        (is_right && ready.holds(now)).then(|| Arc::clone(&ready.pieces))
    }

    /// Writes what is not right any more.
    fn write(&self, format: Format, encoding: Encoding) -> Arc<[Bytes]> {
        let here = self.in_format(format);
        let mut kept = here.lock();
        let kept = kept.get_or_insert_with(|| Kept::new(format, self.together));
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let changes = self.changes();
        let snapshots = self.snapshots.all();
        let now = self.clock.moment();
        let known = Known {
            snapshots: &snapshots,
            metrics: &self.self_metrics,
            changes,
            now,
        };
        self.apps.store(snapshots.len(), Ordering::Relaxed);
        if !kept.is_right(changes, &now) {
            kept.update(&known);
        }
        let mut pieces = kept.encoded(encoding);
        here.keeps(kept.size());
        self.drop_unused(format, &now);
        let (own, gathered_at) = kept.own(&known, encoding);
        pieces.push(own);
        let (pieces, copied) = join(pieces);
        here.copied(encoding, copied);
        self.say_what_is_kept();
        here.ready(encoding).store(Some(Arc::new(Ready {
            number,
            changes,
            validity: kept.validity(),
            gathered_at,
            pieces: Arc::clone(&pieces),
        })));
        pieces
    }

    /// Hands out what is ready, and counts the scrape.
    fn finish(&self, pieces: Arc<[Bytes]>, format: Format, begin: &Moment) -> Scrape {
        self.in_format(format).asked(begin);
        self.answered(begin);
        Scrape { pieces }
    }

    fn answered(&self, begin: &Moment) {
        let took = self.clock.monotonic().saturating_sub(begin.monotonic);
        self.self_metrics.scraped(took);
    }

    /// Lets go of the other format if nobody asks for it.
    fn drop_unused(&self, used: Format, now: &Moment) {
        let formats = [&self.text, &self.open_metrics];
        for other in formats.iter().filter(|other| other.format != used) {
            other.drop_if_unused(now);
        }
        self.say_what_is_kept();
    }

    fn say_what_is_kept(&self) {
        let kept = self.text.size() + self.open_metrics.size();
        self.self_metrics.exposition_takes(kept);
    }

    fn changes(&self) -> Changes {
        Changes {
            counters: self.self_metrics.comings_and_goings(),
            metrics: self.self_metrics.changes(),
            snapshots: self.snapshots.changes(),
        }
    }

    fn in_format(&self, format: Format) -> &InFormat {
        match format {
            Format::Text => &self.text,
            Format::OpenMetrics => &self.open_metrics,
        }
    }
}

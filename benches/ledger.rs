//! What a million meetings in the look-back window cost the ledger, next to plain redb in the same
//! run: `make bench-ledger`.
//!
//! The peer writes and reads the same keys in transactions of the same size and does nothing else,
//! so the ratio is the price of counting. Prints Markdown; `--json FILE` keeps the numbers.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people, which ends where it cannot go on"
)]

use std::{
    fs,
    ops::Range,
    path::Path,
    time::{Duration, Instant},
};

use jiff::{Timestamp, civil::date, tz::TimeZone};
use netease_meeting_exporter::{
    api::{Meeting, MeetingUniqueId},
    config::{FinalStatus, Sources, load},
    ledger::{AppLedger, AppOptions, Ledger, Sweep},
};
use redb::{Database, ReadableDatabase as _, ReadableTableMetadata as _, TableDefinition};

const MEETINGS: u64 = 1_000_000;
/// What the collector records in one transaction.
const BATCH: u64 = 5_000;
const LOOKBACK: Duration = Duration::from_secs(7 * 86_400);
/// The first identifier: as long as the vendor's are.
const FIRST_ID: u64 = 4_611_686_018_427_387_904;
const BEGIN: i64 = 1_767_196_800;

const PLAIN: TableDefinition<'_, (u32, &[u8]), u16> = TableDefinition::new("plain");

fn main() {
    let json = std::env::args().skip_while(|arg| arg != "--json").nth(1);
    let folder = tempfile::tempdir().unwrap();
    let mut report = Report::default();
    let before = resident();
    ledger(folder.path(), &mut report);
    let after = peak();
    plain(folder.path(), &mut report);
    report.number("memory_mib", mib(after.saturating_sub(before)));
    report.print();
    if let Some(path) = json {
        fs::write(path, report.json()).unwrap();
    }
}

/// The ledger: everything new, everything known, a round with a few new ones, a day's worth
/// forgotten, a restart.
fn ledger(folder: &Path, report: &mut Report) {
    let state = folder.join("state");
    let app = open(&state);
    let all = 0..MEETINGS;
    report.timed("sweep_new", || sweep(&app, all.clone()));
    report.number("file_mib", mib(size(&state)));
    report.timed("sweep_known", || sweep(&app, all.clone()));
    report.timed("round_100_new", || {
        let batch: Vec<Meeting> = (MEETINGS - 900..MEETINGS + 100).map(meeting).collect();
        app.record_meetings(moment(MEETINGS + 100), &batch).unwrap();
    });
    // Two days later, a day and a margin have left the window.
    let later = MEETINGS + 2 * per_day();
    let end = record(&app, MEETINGS..later);
    report.timed("forget_a_day", || app.finish_sweep(end).unwrap());
    drop(app);
    report.timed("open", || drop(open(&state)));
}

/// Plain redb: the same keys, the same batches, the same durability.
fn plain(folder: &Path, report: &mut Report) {
    let path = folder.join("plain.redb");
    let database = Database::create(&path).unwrap();
    let batches = || (0..MEETINGS / BATCH).map(|batch| batch * BATCH..(batch + 1) * BATCH);
    report.timed("plain_insert", || {
        for batch in batches() {
            let transaction = database.begin_write().unwrap();
            let mut table = transaction.open_table(PLAIN).unwrap();
            for id in batch {
                table.insert((0, &key(id)[..]), 1).unwrap();
            }
            drop(table);
            transaction.commit().unwrap();
        }
    });
    report.number("plain_file_mib", mib(size(&path)));
    report.timed("plain_get", || {
        for batch in batches() {
            let transaction = database.begin_read().unwrap();
            let table = transaction.open_table(PLAIN).unwrap();
            let found = batch.filter(|id| table.get((0, &key(*id)[..])).unwrap().is_some());
            assert_eq!(u64::try_from(found.count()), Ok(BATCH));
            assert!(!table.is_empty().unwrap());
        }
    });
}

fn open(state: &Path) -> AppLedger {
    let settings = ["NAME=a", "APP_KEY=k", "APP_SECRET=s", "ACCOUNT_ID=1"].map(|setting| {
        let (key, value) = setting.split_once('=').unwrap();
        (format!("NETEASE_MEETING__APPS__0__{key}"), value.to_owned())
    });
    let settings = load(&Sources::new(None, settings)).unwrap().settings;
    let options = AppOptions {
        since: Some(date(2025, 12, 1)),
        timezone: TimeZone::get("Asia/Shanghai").unwrap(),
        settle_days: 7,
        lookback: LOOKBACK,
        give_up_after: None,
        histograms: settings.apps[0].histograms.clone(),
    };
    Ledger::open(Some(state))
        .unwrap()
        .app("a", options)
        .unwrap()
}

fn sweep(app: &AppLedger, ids: Range<u64>) {
    let sweep = record(app, ids);
    app.finish_sweep(sweep).unwrap();
}

/// All of a sweep but its end.
fn record(app: &AppLedger, ids: Range<u64>) -> Sweep {
    let now = moment(ids.end);
    let sweep = app.next_sweep(now);
    let mut first = ids.start;
    while first < ids.end {
        let next = (first + BATCH).min(ids.end);
        let batch: Vec<Meeting> = (first..next).map(meeting).collect();
        app.record_meetings(now, &batch).unwrap();
        first = next;
    }
    sweep
}

/// The window holds all meetings: so many end on each day.
fn per_day() -> u64 {
    MEETINGS / (LOOKBACK.as_secs() / 86_400)
}

/// When the meeting of that number ends.
fn moment(number: u64) -> Timestamp {
    let seconds = i64::try_from(number * 86_400 / per_day()).unwrap();
    Timestamp::from_second(BEGIN + seconds).unwrap()
}

fn meeting(number: u64) -> Meeting {
    let end = moment(number);
    let start = Timestamp::from_second(end.as_second() - 1_800).unwrap();
    Meeting {
        id: MeetingUniqueId::new(&(FIRST_ID + number).to_string()).unwrap(),
        status: Some(FinalStatus::Ended),
        created: Some(start),
        reserved_start: Some(start),
        reserved_end: Some(end),
        real_start: Some(start),
        real_end: Some(end),
        duration: Some(Duration::from_secs(1_800)),
        participants: number % 40 + 2,
        peak_participants: 0,
        host_digest: Some(number % 999),
    }
}

/// The ledger's form of a whole number: its length, then its bytes.
fn key(number: u64) -> [u8; 9] {
    let mut key = [16; 9];
    key[1..].copy_from_slice(&(FIRST_ID + number).to_be_bytes());
    key
}

fn size(path: &Path) -> u64 {
    let file = if path.is_dir() {
        path.join("ledger.redb")
    } else {
        path.to_owned()
    };
    fs::metadata(file).unwrap().len()
}

fn resident() -> u64 {
    status("VmRSS:")
}

fn peak() -> u64 {
    status("VmHWM:")
}

fn status(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[expect(clippy::cast_precision_loss, reason = "sizes for people to read")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Numbers by name, in the order they were taken.
#[derive(Default)]
struct Report(Vec<(&'static str, f64)>);

impl Report {
    fn timed(&mut self, name: &'static str, work: impl FnOnce()) {
        let began = Instant::now();
        work();
        self.number(name, began.elapsed().as_secs_f64());
    }

    fn number(&mut self, name: &'static str, number: f64) {
        self.0.push((name, number));
    }

    fn of(&self, name: &str) -> f64 {
        self.0.iter().find(|(known, _)| *known == name).unwrap().1
    }

    fn print(&self) {
        println!("{MEETINGS} meetings in the look-back window, {BATCH} to a transaction:\n");
        println!("| | s | of plain redb's time |\n| --- | ---: | ---: |");
        for (name, title, peer) in [
            (
                "sweep_new",
                "a sweep, all meetings new",
                Some("plain_insert"),
            ),
            (
                "sweep_known",
                "a sweep, all meetings known",
                Some("plain_get"),
            ),
            ("round_100_new", "a round of 1,000 meetings, 100 new", None),
            (
                "forget_a_day",
                "the end of a sweep that forgets a day",
                None,
            ),
            ("open", "opening the file, every checksum verified", None),
        ] {
            let seconds = self.of(name);
            let ratio = peer.map_or(String::new(), |peer| {
                format!("{:.1}", seconds / self.of(peer))
            });
            println!("| {title} | {seconds:.3} | {ratio} |");
        }
        println!(
            "\nFile: {:.1} MiB ({:.1} of plain redb's). Memory: {:.1} MiB more than at the start, at most.",
            self.of("file_mib"),
            self.of("file_mib") / self.of("plain_file_mib"),
            self.of("memory_mib")
        );
    }

    fn json(&self) -> String {
        let numbers: Vec<String> = self
            .0
            .iter()
            .map(|(name, number)| format!("  \"{name}\": {number:.4}"))
            .collect();
        format!("{{\n{}\n}}\n", numbers.join(",\n"))
    }
}

//! Weeks of an exporter's life on an injected clock: faults of the vendor, crashes, new settings,
//! outages of days, scrapes all the while. Nothing counted may be lost or counted twice, and what
//! the process holds may not grow with time.
//!
//! `make test` lives through two weeks with a fixed seed; `make soak` sets `WEEKS` to live longer.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use jiff::civil::{Date, date};
use netease_meeting_exporter::{
    clock::{Clock as _, ManualClock, start_of_day},
    config::{Settings, Sources, load},
    exposition::{Encoding, Exposition, Format, Selection},
    ledger::Ledger,
    scheduler::App,
    self_metrics::SelfMetrics,
    simulator::{Fault, FaultKind, Simulator},
    snapshot::Board,
};

use crate::support::{
    Counted, HISTOGRAMS, Vendor, application, assert_never_lower, counted, differences, truth,
};

const FIRST: Date = date(2026, 3, 1);
const STEP: Duration = Duration::from_secs(2 * 3600);
const STEPS_A_DAY: u32 = 12;
const SEED: u64 = 20_261_125;

/// Where redb's header says, after nine bytes of magic, whether a process has the file open or died
/// with it.
const STATE_BYTE: usize = 9;
const IS_OPEN: u8 = 2;

/// Set in the process that lives through it: what it holds can only be told where no other test
/// shares it.
const ALONE: &str = "SOAK_ALONE";

#[test]
fn weeks_of_trouble_leave_every_figure_exact_and_nothing_behind() {
    if std::env::var_os(ALONE).is_some() {
        println!("{}", weeks_of_trouble());
        return;
    }
    let name = "soak::weeks_of_trouble_leave_every_figure_exact_and_nothing_behind";
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", name, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .expect("this test starts again");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("figures exact"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    println!("{said}");
}

fn weeks_of_trouble() -> String {
    let weeks: u32 = std::env::var("WEEKS").map_or(2, |weeks| weeks.parse().expect("a number"));
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
    let clock = ManualClock::at(start_of_day(FIRST, &zone).expect("a midnight"));
    clock.advance(STEP / 2);
    let vendor = Vendor::with(
        Simulator::builder()
            .seed(SEED)
            .meetings_per_day(60.0)
            .first_day(FIRST)
            .clock(clock.clone())
            .strict_nonces(false),
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(live(&vendor, &clock, weeks))
}

async fn live(vendor: &Vendor, clock: &Arc<ManualClock>, weeks: u32) -> String {
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut exporter = Some(Life::begin(vendor, clock, 0));
    let mut highest = Counted::new();
    let (mut crashes, mut reloads, mut away_until, mut settled) = (0, 0, 0, None);
    let steps = weeks * 7 * STEPS_A_DAY;
    for step in 0..steps {
        clock.advance(STEP);
        vendor
            .simulator
            .set_faults(if random.bool() { faults() } else { Vec::new() });
        if step < away_until {
            continue;
        }
        match random.u32(0..40) {
            0 => away_until = step + random.u32(1..3 * STEPS_A_DAY),
            1..=3 => {
                exporter.take().expect("it lives").crash(vendor);
                crashes += 1;
                exporter = Some(Life::begin(vendor, clock, crashes));
            }
            4..=6 => {
                reloads += 1;
                exporter
                    .as_mut()
                    .expect("it lives")
                    .reload(vendor, clock, reloads);
            }
            _ => {}
        }
        let life = exporter.as_mut().expect("it lives");
        life.app.run_once().await;
        assert_never_lower(&mut highest, &life.scrape());
        // Growth is measured from where every cache and pool has its size.
        if settled.is_none() && step >= steps / 3 {
            settled = Some(Holds::now());
        }
    }

    vendor.simulator.clear_faults();
    let life = exporter.as_mut().expect("it lives");
    let world = vendor.simulator.world();
    let wanted = truth(world, FIRST, clock.now());
    let mut seen = Counted::new();
    // The queue of details is worked off at the pace that the budget allows.
    for _ in 0..200 {
        life.app.run_once().await;
        seen = life.scrape();
        if differences(&seen, &wanted).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(differences(&seen, &wanted), Vec::<String>::new());
    assert_never_lower(&mut highest, &seen);

    let (settled, ended) = (settled.expect("more than a step"), Holds::now());
    assert!(crashes > 0 && reloads > 0, "something happened");
    assert!(seen["finished_duration_seconds_count"] > 100);
    assert!(
        ended.descriptors <= settled.descriptors + 8,
        "{settled:?} {ended:?}"
    );
    assert!(ended.tasks <= settled.tasks + 4, "{settled:?} {ended:?}");
    assert!(
        ended.resident_kib < settled.resident_kib + most_growth_kib(weeks),
        "{settled:?} {ended:?}"
    );
    format!(
        "{weeks} weeks, {crashes} crashes, {reloads} reloads, {} requests, {} figures exact; at a third {settled:?}, \
         at the end {ended:?}",
        vendor.simulator.all_requests(),
        seen.len(),
    )
}

/// By how much what the process holds may grow: the allocator's slack, and what each week adds to the
/// ledger's records and to the simulated vendor, which lives in the same process and keeps its days
/// in mind. In twelve weeks it was 2.5 MiB.
fn most_growth_kib(weeks: u32) -> u64 {
    4 * 1024 + 256 * u64::from(weeks)
}

/// One process's worth of exporter, less its sockets.
struct Life {
    app: App,
    ledger: Ledger,
    exposition: Exposition,
    board: Arc<Board>,
    metrics: Arc<SelfMetrics>,
}

impl Life {
    fn begin(vendor: &Vendor, clock: &Arc<ManualClock>, variant: u32) -> Self {
        let settings = settings(vendor, variant);
        let ledger = Ledger::open(Some(&state(vendor))).expect("a ledger");
        let metrics = Arc::new(SelfMetrics::new().expect("instruments"));
        let (app, cell) = application(&settings, 0, clock, &ledger, &metrics);
        let board = Board::new(vec![cell]);
        let exposition = Exposition::new(board.clone(), metrics.clone(), clock.clone());
        Self {
            app,
            ledger,
            exposition,
            board,
            metrics,
        }
    }

    /// The application built anew from other settings, on the same counters.
    fn reload(&mut self, vendor: &Vendor, clock: &Arc<ManualClock>, variant: u32) {
        let settings = settings(vendor, variant);
        let (app, cell) = application(&settings, 0, clock, &self.ledger, &self.metrics);
        self.board.replace(vec![cell]);
        self.app = app;
    }

    /// Ends as by a kill: everything in memory is gone, and the file is what the last commit left,
    /// never closed, so that whoever opens it has to repair it.
    fn crash(self, vendor: &Vendor) {
        let file = state(vendor).join("ledger.redb");
        let left = fs::read(&file).expect("a ledger");
        assert!(left[STATE_BYTE] & IS_OPEN != 0, "it was not closed yet");
        // Closing writes to the file; that is undone.
        drop(self);
        let closed = fs::read(&file).expect("a ledger");
        assert!(closed[STATE_BYTE] & IS_OPEN == 0, "else no mark of a crash");
        fs::write(&file, left).expect("a ledger");
    }

    fn scrape(&self) -> Counted {
        let body = |format| {
            let body = self
                .exposition
                .render(format, Encoding::Identity, &Selection::default());
            String::from_utf8(body.to_vec()).expect("text")
        };
        assert!(body(Format::OpenMetrics).ends_with("# EOF\n"));
        counted(&body(Format::Text))
    }
}

/// Settings that differ from one variant to the next in what may not change a count.
fn settings(vendor: &Vendor, variant: u32) -> Settings {
    let page_size = [100, 40, 7][variant as usize % 3];
    let hot_window = ["6h", "2d", "6d"][variant as usize / 3 % 3];
    let of_app = format!(
        "    {HISTOGRAMS}\n    retry: {{ attempts: 3, base: 5ms, max: 20ms }}\n    collectors:\n      \
         meetings: {{ enabled: true, lookback: 7d, hot_window: {hot_window}, page_size: {page_size}, sweep_interval: 4h }}\n      \
         details: {{ enabled: true, max_per_minute: 6000, give_up_after: 30d }}\n"
    );
    let path = vendor.config_with(
        &vendor.simulator.app_secret(0),
        &format!("counters_since: {FIRST}\nwindows: [7d]"),
        &of_app,
    );
    let loaded = load(&Sources::new(Some(path), Vec::<(String, String)>::new()));
    loaded.expect("good settings").settings
}

fn state(vendor: &Vendor) -> PathBuf {
    vendor.directory.path().join("state")
}

/// Faults that do not change what the truth is.
fn faults() -> Vec<Fault> {
    [
        (FaultKind::Code(501), 0.1),
        (FaultKind::Http(503), 0.05),
        (FaultKind::Reset, 0.05),
        (FaultKind::Truncated, 0.05),
        (FaultKind::MissingRet, 0.05),
        (FaultKind::NumbersAsStrings, 0.3),
        (FaultKind::EmptyStrings, 0.3),
        (FaultKind::ShiftingPages, 0.3),
        (FaultKind::DuplicateEntries, 0.3),
        (FaultKind::PageCap(5), 0.2),
    ]
    .map(|(kind, rate)| Fault::new(kind, rate))
    .to_vec()
}

/// What the process holds.
#[derive(Debug, Clone, Copy)]
struct Holds {
    descriptors: usize,
    tasks: usize,
    resident_kib: u64,
}

impl Holds {
    fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").expect("Linux");
        let resident = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().strip_suffix(" kB"));
        Self {
            descriptors: fs::read_dir(Path::new("/proc/self/fd"))
                .expect("Linux")
                .count(),
            tasks: tokio::runtime::Handle::current()
                .metrics()
                .num_alive_tasks(),
            resident_kib: resident.and_then(|kib| kib.parse().ok()).expect("a number"),
        }
    }
}

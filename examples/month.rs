//! A month in the life of the demo's applications, on a clock that is turned by hand: the real collectors, ledger and
//! exposition against the simulated vendor, written as OpenMetrics with timestamps. `scripts/pictures` draws from it.
//!
//! ```sh
//! cargo run --example month -- FILE
//! ```

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use jiff::{Timestamp, tz::TimeZone};
use netease_meeting_exporter::{
    api::{CallLimit, Client, HttpClients, Observer, Random},
    clock::{Clock as _, ManualClock, SharedClock, SystemClock, local_day},
    collector,
    config::{AppSettings, Settings, Sources, load},
    exposition::{Encoding, Exposition, Format, Selection},
    ledger::{AppOptions, Ledger},
    scheduler::{App, Crank},
    self_metrics::SelfMetrics,
    simulator::{Fault, Simulator},
    snapshot::{AppSnapshot, Board, SnapshotCell, Withheld},
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
/// Daily figures need few scrapes; the last days are looked at closely.
const STEPS: [(u64, Duration); 2] = [
    (22 * DAY, Duration::from_secs(6 * HOUR)),
    (8 * DAY + 8 * HOUR, Duration::from_secs(HOUR / 6)),
];
/// The vendor's troubles, so that there is something to see.
const FAULTS: [&str; 4] = [
    "code-510:0.004",
    "http-503:0.004",
    "lowered-daily:0.002@daily",
    "slow-0.05:0.02",
];

#[tokio::main]
async fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("which file to write?")?;
    let mut file =
        BufWriter::new(File::create(&path).with_context(|| format!("cannot write {path}"))?);

    let length: u64 = STEPS.iter().map(|(length, _)| length).sum();
    let clock = ManualClock::at(beginning(length)?);
    let first_day = local_day(clock.now(), &TimeZone::get("Asia/Shanghai")?);
    let simulator = Simulator::builder()
        .apps(3)
        .meetings_per_day(120.0)
        .first_day(first_day)
        .clock(clock.clone())
        .faults(
            FAULTS
                .iter()
                .map(|fault| fault.parse())
                .collect::<Result<Vec<Fault>, _>>()?,
        )
        .strict_nonces(false)
        .build()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let vendor = format!("http://{}", listener.local_addr()?);
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(Arc::clone(&simulator).serve(listener, stop.clone()));

    let settings = settings(&simulator, &vendor, &first_day.to_string())?;
    let ledger = Ledger::open(None)?;
    let metrics = Arc::new(SelfMetrics::new()?);
    metrics.config_loaded(clock.now());
    let mut apps = Vec::new();
    let mut cells = Vec::new();
    for app in &settings.apps {
        let (app, cell) = application(app, &settings, &clock, &ledger, &metrics)?;
        apps.push(app);
        cells.push(cell);
    }
    let exposition = Exposition::new(Board::new(cells), metrics, clock.clone());

    for (length, step) in STEPS {
        for _ in 0..length / step.as_secs() {
            write_scrape(&exposition, clock.now(), &mut file)?;
            clock.advance(step);
            for app in &mut apps {
                app.run_once().await;
            }
        }
    }
    write_scrape(&exposition, clock.now(), &mut file)?;
    file.write_all(b"# EOF\n")?;
    file.flush()?;
    stop.cancel();
    tasks.join_all().await;
    Ok(())
}

/// So long ago that it ends now; on the hour, so that steps of hours stand at midnight too.
fn beginning(length: u64) -> Result<Timestamp> {
    let now = SystemClock::shared().now().as_second();
    let six_hours = i64::try_from(6 * HOUR)?;
    let begin = now - i64::try_from(length)?;
    Ok(Timestamp::from_second(begin - begin.rem_euclid(six_hours))?)
}

/// The demo's settings, but for intervals as an operator has them.
fn settings(simulator: &Simulator, vendor: &str, since: &str) -> Result<Settings> {
    let mut environment = vec![
        ("COUNTERS_SINCE".to_owned(), since.to_owned()),
        ("DEFAULTS__HOST".to_owned(), vendor.to_owned()),
        (
            "DEFAULTS__RATE_LIMIT__REQUESTS_PER_SECOND".to_owned(),
            "500".to_owned(),
        ),
        ("DEFAULTS__RATE_LIMIT__BURST".to_owned(), "100".to_owned()),
        (
            "DEFAULTS__COLLECTORS__DETAILS__ENABLED".to_owned(),
            "true".to_owned(),
        ),
        (
            "DEFAULTS__COLLECTORS__DETAILS__MAX_PER_MINUTE".to_owned(),
            "6000".to_owned(),
        ),
    ];
    for app in 0..simulator.world().apps() {
        let mut set =
            |key: &str, value: String| environment.push((format!("APPS__{app}__{key}"), value));
        set("NAME", simulator.display_name(app));
        set("APP_KEY", simulator.app_key(app));
        set("APP_SECRET", simulator.app_secret(app));
        set("ACCOUNT_ID", simulator.account_id(app));
    }
    let variables = environment
        .into_iter()
        .map(|(key, value)| (format!("NETEASE_MEETING__{key}"), value));
    Ok(load(&Sources::new(None, variables.collect::<Vec<_>>()))?.settings)
}

fn application(
    app: &AppSettings,
    settings: &Settings,
    clock: &Arc<ManualClock>,
    ledger: &Ledger,
    metrics: &Arc<SelfMetrics>,
) -> Result<(App, Arc<SnapshotCell>)> {
    let shared: SharedClock = clock.clone();
    let wanted = &app.collectors;
    let options = AppOptions {
        since: settings.counters_since,
        timezone: app.api.timezone.clone(),
        settle_days: wanted.daily.as_ref().context("daily")?.settle,
        lookback: wanted.meetings.as_ref().context("meetings")?.lookback,
        give_up_after: wanted.details.as_ref().map(|details| details.give_up_after),
        histograms: app.histograms.clone(),
    };
    let counted = ledger.app(&app.name, options)?;
    let observer = Arc::clone(metrics) as Arc<dyn Observer>;
    let mut http = HttpClients::new();
    let (limit, random) = (CallLimit::new(4), Random::seeded(1));
    let client = Client::new(&app.api, &mut http, limit, shared.clone(), random, observer)?;
    let collectors = collector::for_app(app, &settings.windows, &client, &counted);
    let cell = SnapshotCell::new(AppSnapshot {
        app: app.name.as_str().into(),
        labels: Arc::default(),
        timezone: app.api.timezone.clone(),
        windows: settings.windows.as_slice().into(),
        collectors: collector::first_states(&collectors),
        realtime: None,
        daily: None,
        totals: counted.totals(),
        finished: Some(counted.finished()),
        listed: None,
        attendances: Some(counted.attendances()),
        withheld: Withheld::default(),
    });
    let name = app.name.as_str().into();
    let crank = Crank::new(name, cell.clone(), shared, metrics.clone(), ledger.clone());
    Ok((App::new(crank, collectors), cell))
}

/// What a scrape reads, with the time at which it is read and the labels that Prometheus would add.
fn write_scrape(
    exposition: &Exposition,
    now: Timestamp,
    file: &mut impl std::io::Write,
) -> Result<()> {
    let body = exposition.render(
        Format::OpenMetrics,
        Encoding::Identity,
        &Selection::default(),
    );
    let body = String::from_utf8(body.to_vec())?;
    for line in body.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').context("a sample")?;
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let comma = if labels == "}" { "" } else { "," };
        writeln!(
            file,
            "{name}{{job=\"netease-meeting\",instance=\"demo:10163\"{comma}{labels} {value} {}",
            now.as_second()
        )?;
    }
    Ok(())
}

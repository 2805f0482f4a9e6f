//! `backfill`: an application's history as OpenMetrics with timestamps.
//!
//! Every call comes first, and the text is written afterwards: whatever goes wrong on the way, there
//! is no half of a history. In memory is one line of figures for each day, and nothing else that
//! grows.

mod output;
mod progress;
mod subject;

use std::sync::Arc;

use jiff::civil::Date;

use self::{output::Output, progress::Progress};
use super::{build, failure::Failure, keeper};
use crate::{
    api::{Client, DailyFigures, DayRange, NoObserver},
    backfill::History,
    cli::BackfillArgs,
    clock::{SystemClock, local_day},
    logging,
};

/// How many days one call asks for where the `daily` collector is off and does not say.
const USUAL_RANGE: u16 = 30;

pub(super) async fn run(
    args: BackfillArgs,
    environment: Vec<(String, String)>,
) -> Result<(), Failure> {
    let loaded = build::load(&args.config, environment)?;
    logging::init(args.log);
    keeper::warn(&loaded.warnings);
    let clock = SystemClock::shared();
    for app in build::chosen(&loaded.settings, std::slice::from_ref(&args.app))? {
        let today = local_day(clock.now(), &app.api.timezone);
        let subject = subject::of(&args, &loaded.settings, app, today).map_err(Failure::Usage)?;
        let client = build::lone_client(app, Arc::clone(&clock), Arc::new(NoObserver))?;
        let daily = app.collectors.daily.as_ref();
        let most = daily.map_or(USUAL_RANGE, |daily| daily.max_range);
        // An output that cannot be written is said before the vendor is asked for years.
        let output = Output::open(args.output.as_deref())?;
        let figures = ask(&client, subject.days_needed(), most).await?;
        output.write(&mut History::new(subject, figures))?;
    }
    Ok(())
}

/// The figures of every day, a call for every `most` of them.
async fn ask(
    client: &Client,
    days: DayRange,
    most: u16,
) -> anyhow::Result<Vec<(Date, DailyFigures)>> {
    let progress = Progress::new(days.days().count());
    let mut figures = Vec::new();
    for chunk in days.chunks(most) {
        let report = client.daily(chunk).await?;
        if !report.sums_agree {
            progress.clear();
            tracing::warn!(
                first = %chunk.first(),
                last = %chunk.last(),
                "the answer's sum fields are not the sums of its days; the days are taken"
            );
        }
        figures.extend(report.days);
        progress.show(figures.len());
    }
    Ok(figures)
}

//! `doctor`: one signed call per endpoint, and in plain words what is wrong.

mod checks;
mod report;

use std::sync::Arc;

use self::report::Report;
use super::{
    build,
    failure::{self, Failure},
};
use crate::{api::Observer, cli::DoctorArgs, clock::SystemClock, logging};

pub(super) async fn run(
    args: DoctorArgs,
    environment: Vec<(String, String)>,
) -> Result<(), Failure> {
    let loaded = build::load(&args.config, environment)?;
    logging::init(args.log);
    let mut report = Report::default();
    for warning in &loaded.warnings {
        report.warning(format!("configuration: {warning}"));
    }
    let clock = SystemClock::shared();
    for settings in build::chosen(&loaded.settings, &args.apps)? {
        report.application(&settings.name, &settings.api.host);
        let witness = Arc::new(checks::Witness::default());
        let observer = Arc::clone(&witness) as Arc<dyn Observer>;
        match build::lone_client(settings, Arc::clone(&clock), observer) {
            Ok(client) => checks::run(&mut report, settings, &client, &witness, &clock).await,
            Err(error) => report.problem(format!("cannot start: {error:#}")),
        }
    }
    report.end();
    failure::print(report.text())?;
    if report.is_clean() {
        Ok(())
    } else {
        Err(Failure::Said)
    }
}

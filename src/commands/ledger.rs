//! `ledger`: what was counted of an application goes from one state directory to another.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::{
    failure::{self, Failure},
    shard,
};
use crate::{
    cli::{LedgerArgs, LedgerCommand, LedgerExportArgs, LedgerImportArgs, LedgerListArgs},
    clock::SystemClock,
    ledger::{Imported, Ledger},
    logging,
};

pub(super) fn run(args: LedgerArgs, environment: &[(String, String)]) -> Result<(), Failure> {
    match args.command {
        LedgerCommand::List(args) => list(&args),
        LedgerCommand::Export(args) => export(&args, environment),
        LedgerCommand::Import(args) => import(&args, environment),
    }
}

fn list(args: &LedgerListArgs) -> Result<(), Failure> {
    let ledger = existing(&args.state_dir)?;
    let mut text = String::new();
    for app in ledger.known_apps().map_err(anyhow::Error::new)? {
        let moved = app
            .moved
            .map_or_else(String::new, |at| format!("\texported {at}"));
        text.push_str(&format!("{}{moved}\n", app.name));
    }
    failure::print(&text)
}

fn export(args: &LedgerExportArgs, environment: &[(String, String)]) -> Result<(), Failure> {
    let shard = shard::asked_for(&args.shard, environment)?;
    if args.apps.is_empty() && shard.is_none() {
        return Err(Failure::Usage(anyhow::anyhow!(
            "which applications? Name them with --app, or say with --shard.index and --shard.count \
             which shard this ledger is going to be for"
        )));
    }
    logging::init(args.log);
    if args.output.exists() {
        let output = args.output.display();
        return Err(anyhow::anyhow!("{output} is there already: nothing was exported").into());
    }
    let ledger = existing(&args.state_dir)?;
    let known = ledger.known_apps().map_err(anyhow::Error::new)?;
    let apps = match shard {
        // What was exported before and is somewhere else by now stays out.
        Some(shard) => {
            let leaving = known
                .into_iter()
                .filter(|app| !shard.has(&app.name) && app.moved.is_none());
            leaving.map(|app| app.name).collect()
        }
        None => args.apps.clone(),
    };
    let exported = ledger.export(&apps, SystemClock::shared().now());
    let exported = exported.map_err(anyhow::Error::new)?;
    write(&args.output, &exported).with_context(|| {
        format!(
            "cannot write {}: nothing is lost, and the same can be exported again with --app",
            args.output.display()
        )
    })?;
    tell("exported", &apps)
}

fn import(args: &LedgerImportArgs, environment: &[(String, String)]) -> Result<(), Failure> {
    let shard = shard::asked_for(&args.shard, environment)?;
    logging::init(args.log);
    let wanted = |app: &str| match shard {
        Some(shard) => shard.has(app),
        None => args.apps.is_empty() || args.apps.iter().any(|name| name == app),
    };
    let read =
        |path: &PathBuf| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let files: Vec<Vec<u8>> = args.files.iter().map(read).collect::<Result<_, _>>()?;
    let ledger = Ledger::open(Some(&args.state_dir)).map_err(anyhow::Error::new)?;
    for (path, file) in args.files.iter().zip(files) {
        let imported = ledger.import(&file, wanted, args.replace);
        let Imported { taken, known, left } =
            imported.with_context(|| path.display().to_string())?;
        tell("imported", &taken)?;
        tell("had been imported before", &known)?;
        tell("not for this ledger", &left)?;
    }
    Ok(())
}

/// A line for each application on standard output.
fn tell(what: &str, apps: &[String]) -> Result<(), Failure> {
    let lines: String = apps.iter().map(|app| format!("{app}\t{what}\n")).collect();
    failure::print(&lines)
}

fn existing(state_dir: &Path) -> anyhow::Result<Ledger> {
    anyhow::ensure!(
        state_dir.join("ledger.redb").exists(),
        "there is no ledger in {}",
        state_dir.display()
    );
    Ok(Ledger::open_existing(state_dir)?)
}

/// Writes a file that is whole or not there, for its owner alone.
fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    // The name, too, is to survive a power cut.
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match File::open(directory).and_then(|directory| directory.sync_all()) {
        Err(error) if error.kind() != ErrorKind::InvalidInput => Err(error.into()),
        _ => Ok(()),
    }
}

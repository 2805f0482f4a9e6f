//! `completion` and `man`: made from the command line's definition, so that they are never behind it.

use anyhow::Context as _;
use clap::CommandFactory;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use super::failure::{self, Failure};
use crate::cli::{Cli, CompletionArgs, ManArgs};

/// What the manual's pages say of the files beside the flags: name and meaning.
const FILES: [(&str, &str); 4] = [
    (
        "/etc/netease-meeting-exporter/exporter.yml",
        "The configuration that the system service loads. It holds no secret.",
    ),
    (
        "/etc/netease-meeting-exporter/*.secret",
        "Secrets, readable by root alone. The service sees them as systemd credentials.",
    ),
    (
        "/etc/default/netease-meeting-exporter",
        "Flags and environment of the system service.",
    ),
    (
        "/var/lib/netease-meeting-exporter",
        "Totals that survive restarts. One process at a time may use them.",
    ),
];

const ENVIRONMENT: [(&str, &str); 2] = [
    (
        "NETEASE_MEETING__KEY, NETEASE_MEETING__SECTION__KEY",
        "Any setting of the configuration file; a variable wins over the file.",
    ),
    (
        "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
        "A proxy for the calls to the vendor, where the configuration names none.",
    ),
];

/// `completion`: prints a shell's completion script.
pub(super) fn completion(args: CompletionArgs) -> Result<(), Failure> {
    let mut definition = Cli::command();
    let name = definition.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition, name, &mut script);
    let script = text(script)?;
    // The library takes the hyphens of a program's name for the ends of sub-commands where it lists
    // what bash may complete, and not where it looks that up.
    failure::print(&script.replace(
        "netease__subcmd__meeting__subcmd__exporter",
        "netease__meeting__exporter",
    ))
}

/// `man`: prints a page of the manual.
pub(super) fn man(args: &ManArgs) -> Result<(), Failure> {
    let mut definition = Cli::command();
    definition.build();
    let mut command = &definition;
    for name in &args.command {
        command = command
            .find_subcommand(name)
            .ok_or_else(|| unknown(command, name))?;
    }
    let page = page(command.clone(), args.command.is_empty())?;
    failure::print(&text(page)?)
}

fn unknown(command: &clap::Command, name: &str) -> Failure {
    let names: Vec<_> = command
        .get_subcommands()
        .map(clap::Command::get_name)
        .collect();
    let names = if names.is_empty() {
        "it has none".to_owned()
    } else {
        format!("there are: {}", names.join(", "))
    };
    let of = command.get_name();
    Failure::Usage(anyhow::anyhow!("{of} has no sub-command {name:?}; {names}"))
}

/// The page of one command, in the order in which pages of the manual are read.
fn page(command: clap::Command, whole: bool) -> anyhow::Result<Vec<u8>> {
    let source = format!("netease-meeting-exporter {}", env!("CARGO_PKG_VERSION"));
    let (parts, flags) = (
        command.has_subcommands(),
        command.get_arguments().next().is_some(),
    );
    let page = Man::new(command).source(source);
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    if flags {
        page.render_options_section(&mut text)?;
    }
    if parts {
        page.render_subcommands_section(&mut text)?;
    }
    rest(whole).to_writer(&mut text)?;
    Ok(text)
}

/// What the definition does not know.
fn rest(whole: bool) -> Roff {
    let mut roff = Roff::new();
    if whole {
        for (title, entries) in [("ENVIRONMENT", &ENVIRONMENT[..]), ("FILES", &FILES[..])] {
            roff.control("SH", [title]);
            for (name, meaning) in entries {
                roff.control("TP", []);
                roff.text([bold(*name)]);
                roff.text([roman(*meaning)]);
            }
        }
    }
    roff.control("SH", ["EXIT STATUS"]);
    roff.text([roman(
        "0 done, or stopped by a signal; 1 the start or the work failed; 64 the command line or the \
         configuration is wrong, and starting again would not help.",
    )]);
    roff.control("SH", ["SEE ALSO"]);
    roff.text([
        bold(if whole {
            "promtool"
        } else {
            "netease-meeting-exporter"
        }),
        roman("(1), "),
        bold("systemd.exec"),
        roman("(5)"),
    ]);
    roff
}

fn text(document: Vec<u8>) -> anyhow::Result<String> {
    String::from_utf8(document).context("a document that is not text")
}

//! Every rule of the web configuration: a file that keeps it, and one that breaks it.
//!
//! `tests/fixtures/web/good` holds what is accepted, with `# warn: …` for each warning, and `bad`
//! what is refused, with `# expect: …` for each problem. The certificates they name are made here.

use std::{
    fs,
    path::{Path, PathBuf},
};

use netease_meeting_exporter::web::{Prepared, ProtectionOptions};
use tempfile::TempDir;

use crate::support::{Authority, Pair};

/// What the passwords of the fixtures contain, so that it can be looked for.
const SECRET: &str = "hunter2";

/// A directory with everything that the fixtures name.
struct Surroundings(TempDir);

impl Surroundings {
    fn new() -> Self {
        let here = Self(tempfile::tempdir().unwrap());
        let (authority, path) = (Authority::new("fixtures"), here.0.path());
        let server = authority.server();
        server.write(path, "server");
        authority.client(&["scraper.example"]).write(path, "client");
        authority
            .server_with(&rcgen::PKCS_ECDSA_P384_SHA384)
            .write(path, "p384");
        authority
            .server_with(&rcgen::PKCS_ED25519)
            .write(path, "ed25519");
        fs::create_dir(path.join("below")).unwrap();
        server.write(&path.join("below"), "server");
        fs::write(path.join("ca.pem"), authority.pem()).unwrap();
        fs::write(path.join("garbage.pem"), "no certificate\n").unwrap();
        let half = &server.certificate[..server.certificate.len() / 2];
        fs::write(path.join("half.pem"), half).unwrap();
        here
    }

    /// A fixture among them, with the texts of files that it asks for.
    fn place(&self, fixture: &Path) -> PathBuf {
        let directory = self.0.path();
        let mut text = fs::read_to_string(fixture).unwrap();
        text = text.replace("@directory@", directory.to_str().unwrap());
        for name in ["server.pem", "server.key", "ca.pem"] {
            let content = fs::read_to_string(directory.join(name)).unwrap();
            text = text.replace(&format!("@{name}@"), &content.replace('\n', "\\n"));
        }
        let path = directory.join("web.yml");
        fs::write(&path, text).unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&path, private).unwrap();
        path
    }

    fn load(&self, fixture: &Path) -> Result<Prepared, String> {
        let path = self.place(fixture);
        Prepared::load(Some(&path), ProtectionOptions::default())
            .map_err(|error| format!("{error}\n{error:?}"))
    }

    /// A text without the directory's own name.
    fn plain(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.path().display()), "")
    }
}

fn fixtures(kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new("tests/fixtures/web").join(kind)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The comments a fixture begins with, each with that word.
fn noted(fixture: &Path, word: &str) -> Vec<String> {
    let text = fs::read_to_string(fixture).unwrap();
    let lines = text.lines().map_while(|line| line.strip_prefix(word));
    lines.map(str::to_owned).collect()
}

#[test]
fn every_good_configuration_is_accepted() {
    let surroundings = Surroundings::new();
    let fixtures = fixtures("good");
    assert!(fixtures.len() >= 35, "{}", fixtures.len());
    for fixture in fixtures {
        let name = fixture.display();
        let prepared = surroundings
            .load(&fixture)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let warnings = prepared.warnings().iter();
        let warnings: Vec<_> = warnings
            .map(|told| surroundings.plain(told).replacen("web.yml: ", "", 1))
            .collect();
        assert_eq!(warnings, noted(&fixture, "# warn: "), "{name}");
        let is_tls =
            name.to_string().contains("/tls-") && !name.to_string().contains("not-enabled");
        assert_eq!(prepared.is_tls(), is_tls, "{name}");
    }
}

#[test]
fn every_bad_configuration_is_refused_with_the_expected_words() {
    let surroundings = Surroundings::new();
    let fixtures = fixtures("bad");
    assert!(fixtures.len() >= 45, "{}", fixtures.len());
    let mut wrong = Vec::new();
    for fixture in fixtures {
        let name = fixture.display();
        let error = surroundings
            .load(&fixture)
            .err()
            .unwrap_or_else(|| panic!("{name}: accepted"));
        assert!(!error.contains(SECRET), "{name}: {error}");
        let told: Vec<_> = surroundings
            .plain(&error)
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("web.yml: "))
            .map(str::to_owned)
            .collect();
        if told.is_empty() || told != noted(&fixture, "# expect: ") {
            let told: Vec<_> = told
                .iter()
                .map(|line| format!("# expect: {line}"))
                .collect();
            wrong.push(format!("{name} should begin with\n{}\n", told.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_that_is_not_there_is_a_problem() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("web.yml");
    let error = Prepared::load(Some(&path), ProtectionOptions::default()).unwrap_err();
    let error = error.to_string().replace(path.to_str().unwrap(), "web.yml");
    insta::assert_snapshot!(error, @r"
    the configuration has 1 problem:
      web.yml: no such file
    ");
}

#[test]
fn a_private_key_that_others_can_read_draws_a_warning() {
    let directory = tempfile::tempdir().unwrap();
    let pair = Pair::self_signed("localhost");
    let path = directory.path().join("web.yml");
    let quoted = |pem: &str| pem.replace('\n', "\\n");
    let (certificate, key) = (quoted(&pair.certificate), quoted(&pair.key));
    fs::write(
        &path,
        format!("tls_server_config: {{cert: \"{certificate}\", key: \"{key}\"}}\n"),
    )
    .unwrap();
    let warnings = |mode| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(&path, mode).unwrap();
        let prepared = Prepared::load(Some(&path), ProtectionOptions::default()).unwrap();
        prepared
            .warnings()
            .join("\n")
            .replace(path.to_str().unwrap(), "web.yml")
    };
    assert_eq!(warnings(0o600), "");
    insta::assert_snapshot!(warnings(0o644), @"web.yml: holds a private key and is open to others (mode 0644): chmod 600 it");
}

#[test]
fn the_example_is_valid_and_every_line_of_it_can_be_used() {
    let directory = tempfile::tempdir().unwrap();
    let authority = Authority::new("example");
    authority.server().write(directory.path(), "server");
    fs::write(directory.path().join("clients.pem"), authority.pem()).unwrap();
    let example = fs::read_to_string("config/web.example.yml").unwrap();
    let path = directory.path().join("web.yml");
    let check = |text: &str| {
        fs::write(&path, text).unwrap();
        Prepared::load(Some(&path), ProtectionOptions::default())
    };
    let prepared = check(&example).unwrap();
    assert_eq!(prepared.warnings(), Vec::<String>::new());
    assert!(prepared.is_tls());
    // What is commented out as `#key: value` is valid, too, together with the rest.
    let whole: String = example
        .lines()
        .map(|line| {
            let indent = line.len() - line.trim_start().len();
            match line.trim_start().strip_prefix('#') {
                Some(rest) if !rest.starts_with([' ', '#']) && !rest.is_empty() => {
                    format!("{}{rest}\n", &line[..indent])
                }
                _ => format!("{line}\n"),
            }
        })
        .collect();
    assert_ne!(whole, example);
    let prepared = check(&whole).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(prepared.warnings(), Vec::<String>::new());
}

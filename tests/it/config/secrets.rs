//! Where a secret comes from, and that it goes nowhere else.

use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::{Files, SECRET, app};

/// One application without its secret, and `more`.
fn without_secret(more: &str) -> String {
    format!("apps: [{{name: x, app_key: k, account_id: a, {more}}}]")
}

#[test]
fn a_secret_comes_from_a_value_a_file_or_a_variable() {
    let files = Files::new(&[
        ("value.yml", &without_secret("app_secret: from-value")),
        ("file.yml", &without_secret("app_secret_file: x.secret")),
        (
            "variable.yml",
            &without_secret("app_secret_env: SECRET_OF_X"),
        ),
        ("x.secret", "from-file\n"),
        ("credentials/x.secret", "from-credential\r\n"),
        ("other/y.secret", ""),
    ]);
    let secret = |name: &str, environment: &[(&str, &str)]| {
        let loaded = files.load(name, environment).unwrap();
        let api = loaded.settings.apps[0].api.clone();
        api.app_secret.expose_secret().to_owned()
    };
    let credentials = files.path("credentials").display().to_string();
    let other = files.path("other").display().to_string();
    assert_eq!(secret("value.yml", &[]), "from-value");
    assert_eq!(secret("file.yml", &[]), "from-file");
    assert_eq!(
        secret("variable.yml", &[("SECRET_OF_X", "from-variable")]),
        "from-variable"
    );
    assert_eq!(
        secret("file.yml", &[("CREDENTIALS_DIRECTORY", &credentials)]),
        "from-credential"
    );
    assert_eq!(
        secret("file.yml", &[("CREDENTIALS_DIRECTORY", &other)]),
        "from-file"
    );
}

#[test]
fn an_applications_own_way_replaces_the_inherited_one() {
    let text = "
defaults: {app_key: k, account_id: a, app_secret_file: common.secret}
apps: [{name: inherits}, {name: own, app_secret_env: OWN}]";
    let files = Files::new(&[("exporter.yml", text), ("common.secret", "common")]);
    let loaded = files.load("exporter.yml", &[("OWN", "own")]).unwrap();
    let secrets: Vec<&str> = loaded
        .settings
        .apps
        .iter()
        .map(|app| app.api.app_secret.expose_secret())
        .collect();
    assert_eq!(secrets, ["common", "own"]);
}

#[test]
fn two_ways_on_one_level_are_one_too_many() {
    let files = Files::new(&[
        ("file.yml", &without_secret("app_secret_file: x.secret")),
        (
            "defaults.yml",
            "defaults: {app_key: k, account_id: a, app_secret: s, app_secret_env: S}\napps: [{name: x}, {name: y}]",
        ),
        ("x.secret", SECRET),
    ]);
    let environment = [("NETEASE_MEETING__APPS__0__APP_SECRET", SECRET)];
    insta::assert_snapshot!(files.problems("file.yml", &environment), @"file.yml: apps[0].app_secret_file: the secret is given by $NETEASE_MEETING__APPS__0__APP_SECRET: apps[0].app_secret already: exactly one of app_secret, app_secret_file, app_secret_env is allowed");
    insta::assert_snapshot!(files.problems("defaults.yml", &[]), @"defaults.yml: defaults.app_secret_env: the secret is given by defaults.yml: defaults.app_secret already: exactly one of app_secret, app_secret_file, app_secret_env is allowed");
}

#[test]
fn a_file_that_holds_no_secret_is_told() {
    let files = Files::new(&[
        ("exporter.yml", &without_secret("app_secret_file: x.secret")),
        ("x.secret", "\n"),
    ]);
    insta::assert_snapshot!(files.problems("exporter.yml", &[]), @"exporter.yml: apps[0].app_secret_file: x.secret: the secret is empty");
    files.write("x.secret", &"x".repeat(64 * 1024 + 1), 0o600);
    insta::assert_snapshot!(files.problems("exporter.yml", &[]), @"exporter.yml: apps[0].app_secret_file: x.secret: larger than 65536 bytes");
    files.write("x.secret", "two\nlines\n", 0o600);
    insta::assert_snapshot!(files.problems("exporter.yml", &[]), @"exporter.yml: apps[0].app_secret_file: x.secret: the secret holds a space, a control character or one beyond ASCII");
    files.write("x.secret", "\u{feff}marked", 0o600);
    insta::assert_snapshot!(files.problems("exporter.yml", &[]), @"exporter.yml: apps[0].app_secret_file: x.secret: the secret holds a space, a control character or one beyond ASCII");
}

#[test]
fn a_file_with_a_secret_in_it_should_be_private() {
    let own = format!("apps_dir: apps.d\napps: [{}]", app("x", ""));
    let files = Files::new(&[(
        "apps.d/z.yml",
        "name: z\napp_key: k\naccount_id: a\napp_secret_env: S\nproxy: 'http://u:p@proxy'",
    )]);
    let warnings = |mode: u32| {
        files.write("exporter.yml", &own, mode);
        let loaded = files.load("exporter.yml", &[("S", "s")]).unwrap();
        files.plain(loaded.warnings.join("\n"))
    };
    assert_eq!(warnings(0o600), "");
    insta::assert_snapshot!(warnings(0o640), @"exporter.yml: holds a secret and is open to others (mode 0640): chmod 600 it");
    files.write(
        "apps.d/z.yml",
        "name: z\napp_key: k\naccount_id: a\napp_secret_env: S\nproxy: 'http://u:p@proxy'",
        0o604,
    );
    insta::assert_snapshot!(warnings(0o400), @"apps.d/z.yml: holds a secret and is open to others (mode 0604): chmod 600 it");
    files.write(
        "apps.d/z.yml",
        "name: z\napp_key: k\naccount_id: a\napp_secret_env: S",
        0o644,
    );
    assert_eq!(warnings(0o400), "");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Wherever a secret is written, right or wrong, no message and no debug output shows it.
    #[test]
    fn no_secret_is_ever_shown(
        tail in "[a-z0-9 '\"{\\[:#\n\t\u{e9}-]{0,12}",
        key in prop::sample::select(vec!["app_secret", "app_secrets", "proxy", "App_Secret", "app_secret_env"]),
        extension in prop::sample::select(vec!["yml", "toml", "json"]),
        quote in prop::sample::select(vec!["", "'", "\""]),
        more in prop::sample::select(vec!["", "timeout: 1h", "nonsense"]),
    ) {
        let value = format!("{quote}{SECRET}{tail}{quote}");
        let text = match extension {
            "yml" => format!("apps:\n  - name: x\n    app_key: k\n    account_id: a\n    {key}: {value}\n    {more}\n"),
            "toml" => format!("[[apps]]\nname = 'x'\napp_key = 'k'\naccount_id = 'a'\n{key} = {value}\n"),
            _ => format!("{{\"apps\": [{{\"name\": \"x\", \"{key}\": {value}}}]}}"),
        };
        let name = format!("exporter.{extension}");
        let files = Files::new(&[(&name, &text)]);
        let environment = [("NETEASE_MEETING__DEFAULTS__APP_SECRET", SECRET)];
        let shown = match files.load(&name, &environment) {
            Ok(loaded) => format!("{loaded:?}"),
            Err(error) => {
                prop_assert!(!error.problems().is_empty());
                format!("{error} {error:?}")
            }
        };
        prop_assert!(!shown.contains(SECRET), "{}", shown);
    }

    /// Whatever a file says, loading ends with settings or with at least one problem.
    #[test]
    fn no_text_makes_loading_panic(text in "[a-z0-9_:{}\\[\\], \n#&*!|>'\"-]{0,200}") {
        let files = Files::new(&[("exporter.yml", &text)]);
        if let Err(error) = files.load("exporter.yml", &[]) {
            prop_assert!(!error.problems().is_empty());
        }
    }
}

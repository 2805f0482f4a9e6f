//! The page for people in a real browser: in light and in dark, on a desk and on a phone.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use netease_meeting_exporter::simulator::Simulator;
use serde_json::Value;

use crate::{
    support::{Exporter, Vendor, eventually},
    tools,
};

/// What a browser met at that address, by how it looked; pictures are left in `directory`.
fn looked_at(url: &str, directory: &Path) -> Vec<(String, Value)> {
    let said = Command::new(tools::path("python3"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/browser.py"))
        .args([tools::path("chromium").as_os_str(), url.as_ref()])
        .arg(directory)
        .stderr(Stdio::inherit())
        .output()
        .expect("python starts");
    assert!(said.status.success(), "{}", said.status);
    let found: Value = serde_json::from_slice(&said.stdout).expect("JSON");
    let looks = found.as_object().expect("looks").clone();
    looks.into_iter().collect()
}

#[test]
fn everyone_can_use_the_page() {
    let vendor = Vendor::with(Simulator::builder().apps(3).meetings_per_day(600.0));
    let (world, address) = (&vendor.simulator, vendor.address);
    // One application that fares well, one whose secret is wrong, and one that nobody answers for.
    let others = format!(
        "    labels: {{ region: cn-east, team: \"<会议>\" }}\n  \
         - name: refused\n    app_key: \"{}\"\n    app_secret: wrong\n    account_id: \"{}\"\n  \
         - name: unreachable\n    host: http://127.0.0.1:9\n    app_key: \"{}\"\n    \
         app_secret: x\n    account_id: x\n",
        world.app_key(1),
        world.account_id(1),
        world.app_key(2),
    );
    let secret = world.app_secret(0);
    let exporter = Exporter::serve(&vendor.config_with(&secret, "", &others));
    eventually("numbers of one and failures of the others", || {
        let status: Value = serde_json::from_slice(&exporter.get("/api/v1/status").body).ok()?;
        let told = |app: usize| status["apps"][app]["collectors"].as_array().cloned();
        let failed = |app| {
            told(app)?
                .iter()
                .all(|one| one["state"] == "failing")
                .then_some(())
        };
        failed(1)?;
        failed(2)?;
        (!status["apps"][0]["totals"].is_null() && !status["apps"][0]["now"].is_null())
            .then_some(())
    });

    let url = format!("http://{}/", exporter.address());
    assert_ne!(address.to_string(), exporter.address());
    let looks = looked_at(&url, vendor.directory.path());
    assert_eq!(looks.len(), 5, "{looks:?}");
    for (look, found) in &looks {
        for complaint in ["console", "failed"] {
            assert_eq!(
                found[complaint],
                Value::Array(vec![]),
                "{look}: {complaint}"
            );
        }
        for complaint in ["violations", "undecided"] {
            let told = &found["axe"][complaint];
            assert_eq!(*told, Value::Array(vec![]), "{look}: {complaint}: {told:#}");
        }
        assert!(
            found["axe"]["passed"].as_u64() > Some(20),
            "{look}: {}",
            found["axe"]
        );
        assert_eq!(found["overflow"], 0, "{look}: wider than the screen");
        let text = found["text"].as_str().expect("text");
        for seen in [
            "demo",
            "refused",
            "unreachable",
            "team=<会议>",
            "1 of 3",
            "401",
            "–",
        ] {
            assert!(text.contains(seen), "{look}: no {seen:?} in {text}");
        }
        assert!(!text.contains("wrong"), "{look}: a secret");
        let picture = vendor.directory.path().join(format!("{look}.png"));
        let size = fs::metadata(&picture).expect("a picture").len();
        assert!(size > 20_000, "{look}: {size} bytes");
    }
    let background = |name: &str| {
        let look = looks.iter().find(|(look, _)| look == name);
        look.expect(name).1["background"].clone()
    };
    assert_eq!(background("light"), background("phone-light"));
    assert_eq!(background("dark"), background("phone-dark"));
    assert_ne!(background("light"), background("dark"));
}

/// What finds nothing wrong above does find it where it is.
#[test]
fn the_browser_notices_what_is_wrong() {
    let directory = tempfile::tempdir().expect("a directory");
    let page = directory.path().join("page.html");
    let text = "<!doctype html><html><meta http-equiv=Content-Security-Policy \
                content=\"script-src 'none'\"><title>t</title><style>p { color: #ccc; width: 2000px }\
                </style><h1>t</h1><p>faint<img src=nowhere.png><script>1</script></html>";
    fs::write(&page, text).expect("a file");
    for (look, found) in looked_at(&format!("file://{}", page.display()), directory.path()) {
        let console = found["console"].to_string();
        assert!(
            console.contains("Content Security Policy"),
            "{look}: {console}"
        );
        assert_ne!(found["failed"], Value::Array(vec![]), "{look}");
        assert!(found["overflow"].as_i64() > Some(0), "{look}: {found}");
        let axe = found["axe"]["violations"].to_string();
        for rule in ["color-contrast", "image-alt", "html-has-lang"] {
            assert!(
                axe.contains(&format!("\"{rule}\"")),
                "{look}: {rule}: {axe}"
            );
        }
    }
}

//! The image, built and laid out as a container that `runc` starts.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tools;

/// A container that is not running yet.
#[derive(Debug)]
pub(super) struct Bundle(TempDir);

/// The binary that `scripts/static.sh` has linked for the image.
pub(super) fn static_binary() -> PathBuf {
    tools::path("../../static/debug/netease-meeting-exporter")
}

/// The same command in a network of its own, in which a name server knows `vendor.test` alone.
pub(super) fn network(command: &Command) -> Command {
    let script = root().join("tests/it/image/network.py");
    let mut inside = Command::new("unshare");
    inside.args(["--net", "--"]).arg(tools::path("python3"));
    inside.arg(script).arg(command.get_program());
    inside.args(command.get_args());
    inside
}

impl Bundle {
    /// Builds the image and unpacks it.
    pub(super) fn built() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (archive, layout) = (folder.path().join("image.tar"), folder.path().join("oci"));
        good(
            Command::new(root().join("scripts/image.sh"))
                .arg(static_binary())
                .arg(folder.path().join("context"))
                .arg(&archive),
        );
        fs::create_dir(&layout).expect("a folder");
        good(
            Command::new("tar")
                .arg("-xf")
                .arg(&archive)
                .arg("-C")
                .arg(&layout),
        );
        let index: Value = read(&layout.join("index.json"));
        let tag = &index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"];
        let image = format!("{}:{}", layout.display(), tag.as_str().expect("a tag"));
        good(
            Command::new(tools::path("umoci"))
                .args(["unpack", "--image", &image])
                .arg(folder.path().join("bundle")),
        );
        Self(folder)
    }

    /// How the image wants to be run, as the runtime reads it.
    pub(super) fn config(&self) -> Value {
        read(&self.path().join("config.json"))
    }

    /// The labels of the image.
    pub(super) fn labels(&self) -> Value {
        self.config()["annotations"].clone()
    }

    /// Every file and folder of the image, with mode and owner.
    pub(super) fn files(&self) -> BTreeMap<String, (u32, u32)> {
        let top = self.path().join("rootfs");
        let mut folders = vec![top.clone()];
        let mut files = BTreeMap::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let about = fs::symlink_metadata(&path).expect("a file");
                let inside = path.strip_prefix(&top).expect("inside");
                let name = inside.to_str().expect("UTF-8").to_owned();
                files.insert(name, (about.mode() & 0o7777, about.uid()));
                if about.is_dir() {
                    folders.push(path);
                }
            }
        }
        files
    }

    /// What an engine would put into the container: a file that is mounted.
    pub(super) fn provide(&self, path: &str, text: &str) {
        let file = self.0.path().join("provided").join(path);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        fs::write(file, text).expect("a file");
    }

    /// The container, ready to be started with these arguments: no capability, a root that cannot
    /// be written, and the network of whoever starts it.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut config = self.config();
        let mut words = vec!["/netease-meeting-exporter"];
        words.extend(arguments);
        let process = &mut config["process"];
        process["args"] = json!(words);
        process["terminal"] = json!(false);
        process["noNewPrivileges"] = json!(true);
        process["capabilities"] = json!({});
        config["root"]["readonly"] = json!(true);
        let namespaces = config["linux"]["namespaces"].as_array_mut();
        namespaces
            .expect("namespaces")
            .retain(|namespace| namespace["type"] != "network");
        let mounts = config["mounts"].as_array_mut().expect("mounts");
        mounts.retain(|mount| mount["type"] != "cgroup");
        let provided = self.0.path().join("provided/etc");
        for entry in fs::read_dir(&provided).into_iter().flatten() {
            let entry = entry.expect("an entry");
            let name = entry.file_name();
            mounts.push(json!({
                "destination": format!("/etc/{}", name.to_str().expect("UTF-8")),
                "source": entry.path(),
                "type": "bind",
                "options": ["bind", "ro"],
            }));
        }
        fs::write(self.path().join("config.json"), config.to_string()).expect("a file");
        let mut command = self.runc();
        command.args(["run", "--bundle"]).arg(self.path());
        command.arg(self.id());
        command
    }

    /// Runs a further program in the container while it runs.
    pub(super) fn exec(&self, words: &[&str]) -> Output {
        let mut command = self.runc();
        command.arg("exec").arg(self.id()).args(words);
        command.output().expect("runc starts")
    }

    fn runc(&self) -> Command {
        let mut command = Command::new(tools::path("runc"));
        command.arg("--root").arg(self.0.path().join("runc"));
        command
    }

    /// The folder's own name, which no other container has.
    fn id(&self) -> &str {
        let name = self.0.path().file_name().and_then(|name| name.to_str());
        name.expect("a name").trim_start_matches('.')
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("bundle")
    }
}

fn read(path: &Path) -> Value {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

fn good(command: &mut Command) {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{command:?}: {output:?}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

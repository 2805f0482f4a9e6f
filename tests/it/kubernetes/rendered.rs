//! Manifests that Kubernetes would accept.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::tools;

/// Manifests, each valid for its kind.
#[derive(Debug)]
pub(super) struct Manifests(Vec<Value>);

/// Holds manifests to the schemas of their kinds; what is wrong, if anything is.
pub(super) fn checked(text: &str) -> Result<Manifests, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(tools::path("python3"))
        .arg(root.join("scripts/manifests.py"))
        .arg(tools::path("../kubernetes-schemas.whl"))
        .arg(root.join("tests/it/kubernetes/operator.schema.json"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let manifests: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(!manifests.is_empty(), "nothing was checked");
    Ok(Manifests(manifests))
}

impl Manifests {
    /// The first of a kind.
    pub(super) fn of<'a>(&'a self, kind: &'a str) -> Option<&'a Value> {
        self.all(kind).next()
    }

    /// Every one of a kind.
    pub(super) fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0
            .iter()
            .filter(move |manifest| manifest["kind"] == kind)
    }

    /// Asserts that every pod meets Kubernetes' `restricted` standard, and ours beyond it.
    pub(super) fn are_restricted(&self) {
        let mut pods = 0;
        for manifest in &self.0 {
            let spec = match manifest["kind"].as_str() {
                Some("Pod") => &manifest["spec"],
                Some("Deployment" | "StatefulSet") => &manifest["spec"]["template"]["spec"],
                _ => continue,
            };
            is_restricted(spec);
            pods += 1;
        }
        assert!(pods > 0, "there is a pod");
    }
}

fn is_restricted(spec: &Value) {
    assert_eq!(spec["automountServiceAccountToken"], false);
    let pod = &spec["securityContext"];
    assert_eq!(pod["runAsNonRoot"], true);
    assert_eq!(pod["seccompProfile"]["type"], "RuntimeDefault");
    assert!(pod["runAsUser"].as_u64().is_some_and(|user| user > 0));
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        assert!(spec[key].is_null(), "{key}");
    }
    for volume in spec["volumes"].as_array().into_iter().flatten() {
        assert!(volume["hostPath"].is_null(), "{volume}");
    }
    for container in spec["containers"].as_array().expect("containers") {
        let own = &container["securityContext"];
        assert_eq!(own["allowPrivilegeEscalation"], false, "{container}");
        assert_eq!(own["readOnlyRootFilesystem"], true, "{container}");
        assert_eq!(own["capabilities"]["drop"][0], "ALL", "{container}");
        assert!(own["capabilities"]["add"].is_null(), "{container}");
        assert!(
            container["resources"]["limits"]["memory"].is_string(),
            "{container}"
        );
    }
}

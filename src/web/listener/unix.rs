//! A Unix socket: its file is made, taken over from the dead, and removed again.

use std::{
    fs::{self, File, Permissions, TryLockError},
    io,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{
    net::{UnixListener, UnixStream},
    time::sleep,
};

/// Whoever may write to the file may connect: the user and the group of the exporter.
const MODE: u32 = 0o660;

/// How often the directory's lock is asked for, and the pause in between: it is held for as long
/// as it takes to bind, so that this is long.
const LOCK_ATTEMPTS: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// A Unix socket that is listened on. Its file goes with it, if it was made with it.
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    /// Held for its end.
    _file: Option<SocketFile>,
}

/// A socket's file: removed when dropped, unless another has taken its place.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl UnixSocket {
    /// Listens at `path`. A file left by a process that has died is taken over; one that somebody
    /// listens at, or that is no socket, is not touched.
    ///
    /// # Errors
    /// When the path is taken, or nothing can be made there.
    pub async fn bind(path: &Path) -> io::Result<Self> {
        // Between looking whether anybody listens and taking the file over nobody may begin to.
        let directory = match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let _lock = lock(directory).await?;
        let listener = match UnixListener::bind(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                check_abandoned(path).await?;
                fs::remove_file(path)?;
                UnixListener::bind(path)?
            }
            bound => bound?,
        };
        let file = SocketFile {
            identity: identity(path)?,
            path: path.to_owned(),
        };
        fs::set_permissions(path, Permissions::from_mode(MODE))?;
        Ok(Self {
            listener,
            _file: Some(file),
        })
    }

    /// A socket that somebody else has bound, and whose file is theirs.
    #[must_use]
    pub fn inherited(listener: UnixListener) -> Self {
        Self {
            listener,
            _file: None,
        }
    }

    /// Waits for the next connection.
    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }

    /// Where it is, if it has a name.
    pub(super) fn path(&self) -> Option<PathBuf> {
        self.listener
            .local_addr()
            .ok()
            .and_then(|address| address.as_pathname().map(Path::to_owned))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|found| found == self.identity)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(
                path = %self.path.display(),
                error = &error as &dyn std::error::Error,
                "the socket's file cannot be removed"
            );
        }
    }
}

/// Locks a directory against others that bind in it; they must do as we do here.
async fn lock(directory: &Path) -> io::Result<File> {
    let opened = File::open(directory)?;
    for _ in 0..LOCK_ATTEMPTS {
        match opened.try_lock() {
            Ok(()) => return Ok(opened),
            Err(TryLockError::WouldBlock) => sleep(LOCK_PAUSE).await,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::ResourceBusy,
        format!("another process holds a lock on {}", directory.display()),
    ))
}

/// That nobody listens at the socket `path`.
async fn check_abandoned(path: &Path) -> io::Result<()> {
    let taken = |reason| Err(io::Error::new(io::ErrorKind::AddrInUse, reason));
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return taken("there is a file of this name, and it is no socket");
    }
    match UnixStream::connect(path).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        // Anything else, a full queue included, does not say that nobody is there.
        _ => taken("another process listens there"),
    }
}

/// What tells a file from another at the same path.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exporter.sock");
        (folder, path)
    }

    #[tokio::test]
    async fn the_file_is_for_user_and_group_and_goes_with_the_socket() {
        let (_folder, path) = folder();
        let socket = UnixSocket::bind(&path).await.unwrap();
        assert_eq!(fs::symlink_metadata(&path).unwrap().mode() & 0o7777, 0o660);
        assert_eq!(socket.path(), Some(path.clone()));
        let (client, _) = tokio::join!(UnixStream::connect(&path), socket.accept());
        client.unwrap();
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_the_dead_left_is_taken_over() {
        let (_folder, path) = folder();
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "a socket that is closed leaves its file");
        let socket = UnixSocket::bind(&path).await.unwrap();
        let (client, _) = tokio::join!(UnixStream::connect(&path), socket.accept());
        client.unwrap();
    }

    #[tokio::test]
    async fn what_is_in_use_or_no_socket_is_not_touched() {
        let (_folder, path) = folder();
        let first = UnixSocket::bind(&path).await.unwrap();
        let error = UnixSocket::bind(&path).await.unwrap_err();
        insta::assert_snapshot!(error, @"another process listens there");
        drop(first);
        fs::write(&path, "precious").unwrap();
        let error = UnixSocket::bind(&path).await.unwrap_err();
        insta::assert_snapshot!(error, @"there is a file of this name, and it is no socket");
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }

    #[tokio::test]
    async fn a_file_that_another_put_there_is_not_removed() {
        let (_folder, path) = folder();
        let first = UnixSocket::bind(&path).await.unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "another's").unwrap();
        drop(first);
        assert!(path.exists());
    }
}

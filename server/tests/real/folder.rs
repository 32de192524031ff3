//! A directory for a server with operators: their password in a file, and the accounts.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A directory with the operators' password in a file, removed with its test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str, password: impl AsRef<[u8]>) -> Folder {
        // Tests that run at once may have the same name for it.
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("papo-admins-{test}-{}-{number}", std::process::id());
        let folder = Folder(std::env::temp_dir().join(name));
        let _ = fs::remove_dir_all(&folder.0);
        fs::create_dir(&folder.0).expect("a directory");
        fs::write(folder.file(), password).expect("a file");
        folder.allow(0o600);
        folder
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("password")
    }

    pub(crate) fn allow(&self, mode: u32) {
        let set = fs::set_permissions(self.file(), fs::Permissions::from_mode(mode));
        set.expect("it is ours");
    }

    /// The directory of the accounts.
    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// Options for a server with this password and directory, without flood control.
    pub(crate) fn options(&self) -> String {
        let (data, file) = (self.data(), self.file());
        let data = data.display();
        let file = file.display();
        format!("--burst 0 --data {data} --admin-password-file {file}")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

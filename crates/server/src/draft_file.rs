//! A file that appears whole or not at all.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::failure::Failure;

/// A file that is written under another name beside its place, and goes away unless it is kept.
pub struct DraftFile {
    file: NamedTempFile,
    place: PathBuf,
    may_overwrite: bool,
}

impl DraftFile {
    /// Begins a file. One that is there already is refused unless it may be overwritten.
    pub fn create(place: &Path, may_overwrite: bool) -> Result<DraftFile, Failure> {
        if place.is_dir() {
            return Err(refused(place, "it is a folder; give a file in it"));
        }
        if !may_overwrite && place.symlink_metadata().is_ok() {
            return Err(exists(place));
        }
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut builder = tempfile::Builder::new();
        builder.prefix(".daybook-").suffix(".tmp");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder.unwrap_or(Path::new(".")));
        let file = file.map_err(|error| failed(place, error))?;
        Ok(DraftFile { file, place: place.to_owned(), may_overwrite })
    }

    /// Where to write.
    pub fn writer(&self) -> Result<BufWriter<File>, Failure> {
        Ok(BufWriter::new(self.file.reopen().map_err(|error| self.failed(error))?))
    }

    /// An error of writing, with the place of the file.
    pub fn failed(&self, error: std::io::Error) -> Failure {
        failed(&self.place, error)
    }

    /// Puts the file in its place once everything is on the disk. Gives its size.
    pub fn keep(self, mut writer: BufWriter<File>) -> Result<u64, Failure> {
        let DraftFile { file, place, may_overwrite } = self;
        writer.flush().and_then(|()| file.as_file().sync_all()).map_err(|error| failed(&place, error))?;
        let size_bytes = file.as_file().metadata().map_err(|error| failed(&place, error))?.len();
        let kept = if may_overwrite { file.persist(&place) } else { file.persist_noclobber(&place) };
        match kept {
            Ok(_) => Ok(size_bytes),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Err(exists(&place)),
            Err(error) => Err(failed(&place, error.error)),
        }
    }
}

fn exists(place: &Path) -> Failure {
    refused(place, "it exists already; give another name, or --force to overwrite it")
}

fn refused(place: &Path, message: &str) -> Failure {
    Failure::Usage { place: place.display().to_string(), message: format!("{}: {message}", place.display()) }
}

fn failed(place: &Path, error: std::io::Error) -> Failure {
    Failure::Other(anyhow::Error::new(error).context(format!("{} cannot be written", place.display())))
}

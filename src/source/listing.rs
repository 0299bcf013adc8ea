//! Which files there are: the finished files of a scan, and the regular files under a directory.
//!
//! Takes paths; gives a sorted list, with the members of zip archives, and what could not be listed.

use std::collections::HashSet;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::archive::Packed;
use super::file::{OpenFile, require_regular};
use super::{FileId, Reading, SourceError};

/// Directories under one another that are entered: a loop of mounts ends here.
const MAX_DEPTH: usize = 64;

/// Members listed of one zip archive: a directory of that size is an attack, not a log.
const MAX_MEMBERS: usize = 100_000;

/// A finished file, ready to be opened.
#[derive(Debug, Clone)]
pub struct Listed {
    /// As the user would name it; a member of a zip reads `archive.zip/member`.
    pub path: Arc<Path>,
    /// Bytes it takes on disk: packed bytes for what is packed.
    pub size: u64,
    member: Option<Member>,
}

/// Where a member lies in its archive.
#[derive(Debug, Clone)]
struct Member {
    archive: Arc<Path>,
    start: u64,
    length: u64,
    deflated: bool,
}

impl Listed {
    /// Opens it for reading to its end.
    pub fn open(&self) -> Result<OpenFile, SourceError> {
        let Some(member) = &self.member else {
            return OpenFile::open(&self.path, Reading::Finished);
        };
        let file = File::open(&member.archive).map_err(|e| SourceError::io(&*self.path, e))?;
        Ok(OpenFile::Packed(Packed::zip_member(
            Arc::new(file),
            member.start,
            member.length,
            member.deflated,
        )))
    }
}

/// What [`expand`] found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Sorted by path, each file once.
    pub files: Vec<Listed>,
    /// Sum of the files' sizes on disk, for a progress bar.
    pub bytes: u64,
    /// What was left out and why.
    pub errors: Vec<SourceError>,
}

/// Lists the files that `paths` name: files as they are, directories with everything under them, zip archives
/// by their members. A file that is reached twice is listed once.
pub fn expand(paths: &[PathBuf]) -> Listing {
    let mut listing = Listing::default();
    let mut seen = HashSet::new();
    for root in paths {
        let mut found = Vec::new();
        walk(
            root,
            &mut |path, metadata| found.push((path, metadata.clone())),
            &mut listing.errors,
        );
        for (path, metadata) in found {
            if seen.insert(FileId::of(&metadata)) {
                listing.add(path, &metadata);
            }
        }
    }
    listing.files.sort_by(|a, b| a.path.cmp(&b.path));
    listing.bytes = listing.files.iter().map(|file| file.size).sum();
    listing
}

impl Listing {
    fn add(&mut self, path: PathBuf, metadata: &Metadata) {
        match is_zip(&path) {
            Ok(true) => match self.add_members(&path) {
                Ok(()) => {}
                Err(error) => self.errors.push(SourceError::io(path, error)),
            },
            Ok(false) => self.files.push(Listed {
                path: path.into(),
                size: metadata.len(),
                member: None,
            }),
            Err(error) => self.errors.push(SourceError::io(path, error)),
        }
    }

    fn add_members(&mut self, path: &Path) -> std::io::Result<()> {
        let archive: Arc<Path> = path.into();
        let mut zip = zip::ZipArchive::new(std::io::BufReader::new(File::open(path)?))?;
        if zip.len() > MAX_MEMBERS {
            self.errors.push(SourceError::io(
                path,
                std::io::Error::other(format!(
                    "holds {} members; only the first {MAX_MEMBERS} are read",
                    zip.len()
                )),
            ));
        }
        for index in 0..zip.len().min(MAX_MEMBERS) {
            // Raw: where it lies is wanted, not its content; an encrypted member has no readable one.
            let member = match zip.by_index_raw(index) {
                Ok(member) => member,
                Err(error) => {
                    self.errors.push(SourceError::io(path, error.into()));
                    continue;
                }
            };
            if member.is_dir() || member.is_symlink() {
                continue;
            }
            let name = member_path(path, &member.name()?);
            let refused = match member.compression() {
                _ if member.encrypted() => Some("is encrypted; unpack it first".to_owned()),
                zip::CompressionMethod::Stored | zip::CompressionMethod::Deflated => None,
                other => Some(format!(
                    "is packed with {other}, which is not read; unpack it first"
                )),
            };
            match (refused, member.data_start()) {
                (None, Some(start)) => self.files.push(Listed {
                    path: name.into(),
                    size: member.compressed_size(),
                    member: Some(Member {
                        archive: archive.clone(),
                        start,
                        length: member.compressed_size(),
                        deflated: member.compression() == zip::CompressionMethod::Deflated,
                    }),
                }),
                (refused, _) => self.errors.push(SourceError::io(
                    name,
                    std::io::Error::other(refused.unwrap_or_else(|| "has no data".to_owned())),
                )),
            }
        }
        Ok(())
    }
}

/// Returns `archive.zip/member`; a member's name is only ever shown, never opened.
fn member_path(archive: &Path, name: &str) -> PathBuf {
    let mut path = archive.as_os_str().to_owned();
    path.push("/");
    path.push(name.trim_start_matches('/'));
    path.into()
}

fn is_zip(path: &Path) -> std::io::Result<bool> {
    let mut magic = [0; 4];
    let mut file = File::open(path)?;
    Ok(file.read(&mut magic)? == 4 && (magic == *b"PK\x03\x04" || magic == *b"PK\x05\x06"))
}

fn dangling(path: &Path, target: &Path) -> SourceError {
    let target = crate::text::visible_bytes(
        target.as_os_str().as_encoded_bytes(),
        crate::text::Marks::Unicode,
    );
    let said = format!("a link to {target}, which is not there; its logs are not read");
    SourceError::io(
        path,
        std::io::Error::new(std::io::ErrorKind::NotFound, said),
    )
}

/// Calls `found` for each regular file at or under `root`, in order of their names. Symbolic links are followed;
/// a directory is entered once, whatever links lead to it.
pub fn walk(root: &Path, found: &mut dyn FnMut(PathBuf, &Metadata), errors: &mut Vec<SourceError>) {
    let mut entered = HashSet::new();
    visit(root, 0, &mut entered, found, errors);
}

fn visit(
    path: &Path,
    depth: usize,
    entered: &mut HashSet<FileId>,
    found: &mut dyn FnMut(PathBuf, &Metadata),
    errors: &mut Vec<SourceError>,
) {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return match std::fs::read_link(path) {
                Ok(target) => errors.push(dangling(path, &target)),
                // Renamed or deleted since it was listed.
                Err(_) if depth > 0 => {}
                Err(_) => errors.push(SourceError::io(path, error)),
            };
        }
        Err(error) => return errors.push(SourceError::io(path, error)),
    };
    if !metadata.is_dir() {
        return match require_regular(path, &metadata) {
            Ok(()) => found(path.to_path_buf(), &metadata),
            Err(error) => errors.push(error),
        };
    }
    if depth > MAX_DEPTH || !entered.insert(FileId::of(&metadata)) {
        return;
    }
    let mut names = Vec::new();
    match std::fs::read_dir(path) {
        Ok(entries) => {
            for entry in entries {
                match entry {
                    Ok(entry) => names.push(entry.path()),
                    Err(error) => errors.push(SourceError::io(path, error)),
                }
            }
        }
        Err(error) => return errors.push(SourceError::io(path, error)),
    }
    names.sort();
    for name in names {
        visit(&name, depth + 1, entered, found, errors);
    }
}

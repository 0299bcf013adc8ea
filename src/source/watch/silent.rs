//! File systems that do not tell of every change.
//!
//! Takes a path; tells whether what lies there may change without a notification, because another machine, a host
//! or a user-space program writes it. Numbers: Linux, `statfs(2)` and `include/uapi/linux/magic.h`.

use std::path::Path;

/// Names and numbers (`f_type`), for those who read this.
const SILENT: [(&str, u32); 14] = [
    ("nfs", 0x6969),
    ("smb", 0x517b),
    ("cifs", 0xff53_4d42),
    ("smb2", 0xfe53_4d42),
    ("fuse (sshfs, s3fs, virtiofs)", 0x6573_5546),
    ("9p", 0x0102_1997),
    ("ceph", 0x00c3_6400),
    ("afs", 0x5346_414f),
    ("coda", 0x7375_7245),
    ("lustre", 0x0bd0_0bd0),
    ("gfs2", 0x0116_1970),
    ("ocfs2", 0x7461_636f),
    ("vboxsf", 0x786f_4256),
    ("overlayfs, whose lower layer may change", 0x794c_7630),
];

/// Returns whether changes at `path` may go untold. What cannot be asked may.
pub(super) fn may_be(path: &Path) -> bool {
    // The number is wider on some machines than the 32 bits that it has.
    rustix::fs::statfs(path).map_or(true, |file_system| is_silent(file_system.f_type as u32))
}

fn is_silent(number: u32) -> bool {
    SILENT.iter().any(|(_, silent)| *silent == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_silent_and_local_ones_are_not() {
        assert!(is_silent(0x6969));
        let ext4 = 0xef53;
        let tmpfs = 0x0102_1994;
        assert!(!is_silent(ext4) && !is_silent(tmpfs));
        assert!(may_be(Path::new("/no/such/path")));
    }
}

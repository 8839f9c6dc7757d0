//! What a disk refuses although nothing is wrong: for a moment, because another program looks at a file, or for good,
//! because its volume knows no such thing.

use std::{
    fs::File,
    io::{self, ErrorKind},
    thread,
    time::Duration,
};

/// Pauses before further tries, in milliseconds: two seconds in all.
const PAUSES_MS: [u64; 8] = [8, 16, 32, 64, 128, 256, 512, 1024];

/// What `act` comes to, such as a rename. Windows refuses one while a virus scanner or an indexer holds the file: there
/// it is tried again for two seconds.
pub fn patiently<T>(act: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    tried(&PAUSES_MS, is_passing, act)
}

/// Whether an error may be gone soon: access denied, a sharing violation or a lock violation.
fn is_passing(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32 | 33))
}

/// The first outcome of `act` that is no passing error, or that after the last pause.
fn tried<T>(
    pauses_ms: &[u64],
    is_passing: impl Fn(&io::Error) -> bool,
    mut act: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    for &pause_ms in pauses_ms {
        match act() {
            Err(error) if is_passing(&error) => thread::sleep(Duration::from_millis(pause_ms)),
            outcome => return outcome,
        }
    }
    act()
}

/// Forces a file to disk, as far as its volume can do that: what is written there is better than nothing.
pub fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if is_beyond(&error) => Ok(()),
        outcome => outcome,
    }
}

/// Whether a volume says that it cannot sync: those of a network on macOS do so by EINVAL, ENOTTY or ENOTSUP.
fn is_beyond(error: &io::Error) -> bool {
    let is_known = cfg!(unix) && matches!(error.raw_os_error(), Some(22 | 25 | 45));
    is_known || error.kind() == ErrorKind::Unsupported
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tries what is refused `refusals` times, three pauses at most; how it ended, and after how many tries.
    fn tries(refusals: usize, is_passing: bool) -> (bool, usize) {
        let mut made = 0;
        let act = || {
            made += 1;
            if made > refusals { Ok(()) } else { Err(io::Error::other("held")) }
        };
        let outcome = tried(&[0; 3], |_| is_passing, act);
        (outcome.is_ok(), made)
    }

    #[test]
    fn a_file_that_another_program_holds_is_tried_again_a_few_times() {
        assert_eq!(tries(0, true), (true, 1));
        assert_eq!(tries(3, true), (true, 4));
        assert_eq!(tries(9, true), (false, 4));
        assert_eq!(tries(9, false), (false, 1), "this would be refused again");
        assert!((1500..2500).contains(&PAUSES_MS.iter().sum::<u64>()));
    }

    #[test]
    fn only_what_passes_by_itself_is_waited_for() {
        for number in [5, 32, 33] {
            assert_eq!(is_passing(&io::Error::from_raw_os_error(number)), cfg!(windows));
        }
        assert!(!is_passing(&io::Error::from_raw_os_error(2)), "there is no such file");
        assert!(!is_passing(&io::Error::other("something else")));
    }

    #[test]
    fn a_volume_that_cannot_sync_is_written_to_and_one_that_fails_is_not() {
        for number in [22, 25, 45] {
            assert_eq!(is_beyond(&io::Error::from_raw_os_error(number)), cfg!(unix));
        }
        assert!(is_beyond(&ErrorKind::Unsupported.into()));
        for kind in [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::Other] {
            assert!(!is_beyond(&kind.into()));
        }
    }

    #[cfg(target_os = "linux")] // whose own files cannot be synced
    #[test]
    fn a_file_that_cannot_be_synced_is_taken_for_written() {
        let file = File::open("/proc/version").unwrap();
        assert!(file.sync_all().is_err());
        sync(&file).unwrap();
    }
}

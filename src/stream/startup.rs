//! What the process was given at its start, looked up before Rust's runtime hides it.
//!
//! Before `main`, the runtime opens `/dev/null` in place of closed standard streams and ignores
//! SIGPIPE. A filter must know both: output to a closed stream is lost data, not success, and a
//! closed pipe means death by SIGPIPE only where the parent did not ask for it to be ignored. An
//! initialiser of the executable runs before the runtime. Where there is none (an unknown system),
//! streams count as open and SIGPIPE as not ignored.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Bit n: file descriptor n was closed.
static CLOSED: AtomicU8 = AtomicU8::new(0);
static PIPE_IGNORED: AtomicBool = AtomicBool::new(false);

// SAFETY: the section holds pointers to functions that take no arguments they must read and return
// nothing, and `look` is one. It allocates nothing and uses nothing of std that needs the runtime.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;

// SAFETY: as above; this is the section's name in Mach-O files.
#[cfg(target_vendor = "apple")]
#[used]
#[unsafe(link_section = "__DATA,__mod_init_func")]
static LOOK: extern "C" fn() = look;

#[allow(dead_code)] // on systems without a section above
extern "C" fn look() {
    let mut closed = 0;
    for fd in 0..3 {
        // SAFETY: F_GETFD only asks whether the descriptor is open.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1 {
            closed |= 1 << fd;
        }
    }
    CLOSED.store(closed, Ordering::Relaxed);
    PIPE_IGNORED.store(ignored(libc::SIGPIPE), Ordering::Relaxed);
}

/// Whether standard stream `fd` (0, 1 or 2) was closed when the process started.
pub(super) fn closed(fd: u8) -> bool {
    CLOSED.load(Ordering::Relaxed) & (1 << fd) != 0
}

/// Whether the parent had SIGPIPE ignored.
pub(super) fn pipe_ignored() -> bool {
    PIPE_IGNORED.load(Ordering::Relaxed)
}

/// Whether a signal is ignored now.
pub(super) fn ignored(signal: i32) -> bool {
    // SAFETY: an all-zero `sigaction` is a valid value, and with no new action the call only fills
    // it.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &mut action) == 0
            && action.sa_sigaction == libc::SIG_IGN
    }
}

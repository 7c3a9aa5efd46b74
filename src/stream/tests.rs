//! The promises of this floor, held against the naive pipeline.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

mod archives;
mod files;
mod sealed;
mod spilled;

use super::*;
use crate::error::{Error, Result};

/// What a sink saw of a line, with nothing that depends on how blocks were cut.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    input: usize,
    at: u64,
    bytes: Vec<u8>,
    terminated: bool,
    cut: bool,
}

#[derive(Default)]
struct Collect {
    lines: Vec<Seen>,
    /// First and last blocks of inputs, in order.
    ends: Vec<(usize, bool)>,
    idles: usize,
    flow: Option<fn(&Block) -> Flow>,
}

impl Sink<Vec<Seen>> for Collect {
    fn accept(&mut self, block: &Block, result: Vec<Seen>) -> Result<Flow> {
        self.lines.extend(result);
        if block.first {
            self.ends.push((block.input, true));
        }
        if block.last {
            self.ends.push((block.input, false));
        }
        Ok(self.flow.map_or(Flow::Continue, |flow| flow(block)))
    }

    fn idle(&mut self) -> Result<()> {
        self.idles += 1;
        Ok(())
    }
}

fn work(count: &mut usize, block: &mut Block) -> Vec<Seen> {
    *count += 1;
    let seen = |line: Line<'_>| Seen {
        input: block.input,
        at: block.offset + line.start as u64,
        bytes: line.bytes.to_vec(),
        terminated: line.terminated,
        cut: line.cut,
    };
    block.lines().map(seen).collect()
}

fn reading(block_bytes: usize, max_line_bytes: usize) -> Reading {
    Reading { block_bytes, max_line_bytes, ..Reading::default() }
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A fifo that a thread of its own fills, `step` bytes at a time.
fn fifo(folder: &Path, name: &str, bytes: &[u8], step: usize) -> PathBuf {
    let path = folder.join(name);
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let (to, bytes) = (path.clone(), bytes.to_vec());
    std::thread::spawn(move || {
        let mut file = std::fs::OpenOptions::new().write(true).open(to).unwrap();
        for chunk in bytes.chunks(step) {
            if file.write_all(chunk).is_err() {
                return; // the reader has seen enough
            }
        }
    });
    path
}

fn collect(paths: &[PathBuf], reading: &Reading, jobs: usize) -> (Collect, Result<()>) {
    let mut sink = Collect::default();
    let inputs = Inputs::open(paths, reading).unwrap();
    let result = match jobs {
        0 => run_naive(inputs, || 0, work, &mut sink),
        jobs => run(inputs, jobs, || 0, work, &mut sink),
    };
    (sink, result)
}

/// The definition: lines of a byte string.
fn expected(inputs: &[&[u8]]) -> Vec<Seen> {
    let mut lines = Vec::new();
    for (input, bytes) in inputs.iter().enumerate() {
        let mut at = 0;
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let terminated = line.ends_with(b"\n");
            let bytes = line[..line.len() - usize::from(terminated)].to_vec();
            lines.push(Seen { input, at, bytes, terminated, cut: false });
            at += line.len() as u64;
        }
    }
    lines
}

/// Lines of many lengths, some empty, some with a carriage return.
fn text(seed: u64, bytes: usize, end: &[u8]) -> Vec<u8> {
    let (mut state, mut text) = (seed, Vec::new());
    while text.len() < bytes {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let length = match state >> 61 {
            0 => 0,
            1..=5 => (state >> 33) as usize % 70,
            6 => (state >> 33) as usize % 300,
            _ => 63 + (state >> 33) as usize % 3,
        };
        text.extend((0..length).map(|index| b'a' + (index % 26) as u8));
        text.extend_from_slice(if state >> 40 & 7 == 0 { b"\r\n" } else { b"\n" });
    }
    text.extend_from_slice(end);
    text
}

const SIZES: [usize; 8] = [1, 2, 3, 63, 64, 65, 4096, 1 << 20];

#[test]
fn equals_the_naive_twin_for_every_block_size_and_number_of_jobs() {
    let folder = TempDir::new().unwrap();
    let inputs: [Vec<u8>; 6] = [
        text(1, 3000, b"no line feed at the end"),
        Vec::new(),
        text(2, 1000, b""),
        b"\n\n\n".to_vec(),
        b"x".to_vec(),
        text(3, 500, b"\n\n"),
    ];
    let files: Vec<PathBuf> = inputs
        .iter()
        .enumerate()
        .map(|(index, bytes)| put(folder.path(), &format!("{index}"), bytes))
        .collect();
    let bytes: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
    let lines = expected(&bytes);
    let ends: Vec<_> = (0..6).flat_map(|input| [(input, true), (input, false)]).collect();
    for size in SIZES {
        for jobs in [0, 1, 2, 8] {
            let pipes: Vec<PathBuf> = inputs
                .iter()
                .enumerate()
                .map(|(index, bytes)| {
                    let name = format!("pipe-{size}-{jobs}-{index}");
                    match index {
                        0 | 1 | 5 => fifo(folder.path(), &name, bytes, 97),
                        _ => files[index].clone(), // files and pipes mixed
                    }
                })
                .collect();
            for paths in [&files, &pipes] {
                let (sink, result) = collect(paths, &reading(size, 1 << 20), jobs);
                result.unwrap();
                assert_eq!(sink.lines, lines, "block {size}, jobs {jobs}, {paths:?}");
                assert_eq!(sink.ends, ends, "block {size}, jobs {jobs}, {paths:?}");
            }
        }
    }
}

#[test]
fn cuts_long_lines_and_places_the_others_truly() {
    let folder = TempDir::new().unwrap();
    for limit in [1usize, 2, 10, 64, 5000] {
        let mut bytes = Vec::new();
        for length in [limit, limit + 1, 0, limit - 1, 3 * limit + 7, limit, 20 * limit + 5000, 1] {
            bytes.extend(std::iter::repeat_n(b'x', length));
            bytes.push(b'\n');
        }
        for end in [0, limit + 1, 9000] {
            let mut bytes = bytes.clone();
            bytes.extend(std::iter::repeat_n(b'y', end));
            let mut lines = expected(&[&bytes]);
            for line in lines.iter_mut().filter(|line| line.bytes.len() > limit) {
                line.bytes.truncate(limit.min(4096));
                (line.cut, line.terminated) = (true, false);
            }
            let file = put(folder.path(), "file", &bytes);
            for size in if limit < 100 { [1, 64, 4096] } else { [63, 64, 4096] } {
                for jobs in [0, 1, 2] {
                    let pipe =
                        fifo(folder.path(), &format!("{limit} {end} {size} {jobs}"), &bytes, 999);
                    for path in [&file, &pipe] {
                        let (sink, result) =
                            collect(std::slice::from_ref(path), &reading(size, limit), jobs);
                        result.unwrap();
                        assert_eq!(sink.lines, lines, "{limit} {end} {size} {jobs} {path:?}");
                        assert_eq!(sink.ends, [(0, true), (0, false)]);
                    }
                }
            }
        }
    }
}

#[test]
fn skips_an_input_and_stops() {
    let folder = TempDir::new().unwrap();
    let bytes = text(4, 20_000, b"");
    for jobs in [0, 1, 4] {
        for piped in [false, true] {
            let paths: Vec<PathBuf> = (0..3)
                .map(|index| {
                    let name = format!("{jobs}-{piped}-{index}");
                    if piped {
                        fifo(folder.path(), &name, &bytes, 1000)
                    } else {
                        put(folder.path(), &name, &bytes)
                    }
                })
                .collect();
            let flow: fn(&Block) -> Flow = |block| match block.input {
                0 if block.offset > 3000 => Flow::SkipInput,
                2 => Flow::Stop,
                _ => Flow::Continue,
            };
            let mut sink = Collect { flow: Some(flow), ..Collect::default() };
            let inputs = Inputs::open(&paths, &reading(512, 4096)).unwrap();
            match jobs {
                0 => run_naive(inputs, || 0, work, &mut sink),
                jobs => run(inputs, jobs, || 0, work, &mut sink),
            }
            .unwrap();
            assert_eq!(sink.ends, [(0, true), (1, true), (1, false), (2, true)], "{jobs} {piped}");
            let second: usize = expected(&[&bytes]).len();
            assert_eq!(sink.lines.iter().filter(|line| line.input == 1).count(), second);
        }
    }
}

/// Fails at the first block.
struct Failing;

impl<T> Sink<T> for Failing {
    fn accept(&mut self, _: &Block, _: T) -> Result<Flow> {
        Err(Error::ClosedPipe)
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}

// Every attempt meets a feeder that has more to send than may be in flight; 20 as the feeder may be
// anywhere between its reads.
#[test]
fn an_error_of_the_sink_ends_the_run_while_the_feeder_sends() {
    let folder = TempDir::new().unwrap();
    let bytes = text(5, 200_000, b"");
    for attempt in 0..20 {
        let pipe = fifo(folder.path(), &format!("{attempt}"), &bytes, 1 << 16);
        let inputs = Inputs::open(&[pipe], &reading(100, 4096)).unwrap();
        let result = run(inputs, 2, || 0, work, &mut Failing);
        assert!(matches!(result, Err(Error::ClosedPipe)));
    }
}

#[test]
fn shows_lines_of_a_pausing_writer_and_stops_while_it_pauses() {
    struct Pausing(usize, usize);
    impl Sink<usize> for Pausing {
        fn accept(&mut self, _: &Block, lines: usize) -> Result<Flow> {
            self.0 += lines;
            Ok(Flow::Continue)
        }

        fn idle(&mut self) -> Result<()> {
            self.1 += 1;
            if self.0 == 2 { Err(Error::ClosedPipe) } else { Ok(()) }
        }
    }

    let folder = TempDir::new().unwrap();
    for (name, decompress) in [("sniffed", true), ("plain", false)] {
        let path = folder.path().join(name);
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        // Both ends in one: the writer never goes away.
        let mut writer = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        writer.write_all(b"one\ntwo\nbegun").unwrap();
        let inputs = Inputs::open(&[path], &Reading { decompress, ..Reading::default() });
        let mut sink = Pausing(0, 0);
        let result = run(inputs.unwrap(), 2, || (), |(), block| block.lines().count(), &mut sink);
        assert!(matches!(result, Err(Error::ClosedPipe)));
        assert_eq!(sink.0, 2);
    }
}

#[test]
fn a_panic_in_a_worker_reaches_the_caller() {
    let folder = TempDir::new().unwrap();
    let path = put(folder.path(), "file", &text(6, 10_000, b""));
    let calls = AtomicUsize::new(0);
    let attempt = || {
        let inputs = Inputs::open(std::slice::from_ref(&path), &reading(64, 4096)).unwrap();
        let work = |_: &mut usize, block: &mut Block| {
            calls.fetch_add(1, Ordering::Relaxed);
            assert!(block.offset < 1000, "on purpose");
            Vec::new()
        };
        run(inputs, 2, || 0, work, &mut Collect::default())
    };
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(attempt)).is_err());
    assert!(calls.load(Ordering::Relaxed) > 1);
}

/// Set in a test that runs once more as a process of its own, to what it needs to know.
const CHILD: &str = "CHATML_TEST_CHILD";

/// Runs a test of this module as a process of its own, after a line of shell.
fn as_process(test: &str, before: &str, child: &std::ffi::OsStr) -> std::process::Output {
    let script = format!("{before}; exec \"$0\" --exact stream::tests::{test}");
    let mut command = std::process::Command::new("bash");
    command.args(["-c", &script]).arg(std::env::current_exe().unwrap());
    command.env(CHILD, child).output().unwrap()
}

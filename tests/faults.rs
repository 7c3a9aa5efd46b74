//! Faults of the system, of archives and of data: the right answer or a clean error, never anything else.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::util::{BAD, Done, Folder, good, kill, lines, validate};

mod archives;
mod hostile;
mod signals;

/// Bytes as one gzip member.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bytes as one zstd frame.
pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// Bytes as one xz stream.
pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    liblzma::read::XzEncoder::new(bytes, 1).read_to_end(&mut packed).unwrap();
    packed
}

/// What has something to write in every mode.
fn folder() -> Folder {
    let folder = Folder::new();
    let padded = good("1").replace("}]}", r#","name":null}]}"#);
    folder.put("in", lines(&[&good("1"), BAD, &padded]));
    folder
}

const MODES: [&str; 6] = [
    "in",
    "--fix in",
    "--diff in",
    "--check in",
    "--check --format json in",
    "--check --format sarif in",
];

const TEXTS: [&str; 7] = [
    "--help",
    "-h",
    "--version",
    "--list-rules",
    "--list-profiles",
    "--explain B001",
    "--generate complete-bash",
];

#[test]
fn output_that_cannot_be_written_is_trouble() {
    let folder = folder();
    for args in MODES.iter().chain(&TEXTS) {
        let full = "chatml-validate: standard output: write error: No space left on device\n";
        folder.shell(&format!("exec $TOOL {args} > /dev/full")).exits(2).says(full);
        let closed = "chatml-validate: standard output: write error: Bad file descriptor\n";
        folder.shell(&format!("exec $TOOL {args} >&-")).exits(2).says(closed);
    }
    for option in ["-o", "--rejects", "--report"] {
        let done = folder.run(&["in", option, "/dev/full"], "");
        done.exits(2).says("chatml-validate: /dev/full: write error: No space left on device\n");
    }
    folder.shell("ulimit -f 0; exec $TOOL in > out").exits(2).says("File too large");
}

#[test]
fn a_closed_output_does_not_matter_where_nothing_is_written() {
    let folder = folder();
    folder.shell("exec $TOOL -o out in >&-").exits(1);
    assert_eq!(folder.get("out").iter().filter(|b| **b == b'\n').count(), 2);
    folder.shell("exec $TOOL --check -q in >&-").exits(1);
    folder.put("bad", lines(&[BAD]));
    folder.shell("exec $TOOL bad >&-").exits(1);
}

/// Runs with a standard output that nobody reads.
fn unread(mut command: Command) -> Done {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
    let output = child.output().unwrap();
    let text = format!("{command:?}");
    Done::new(text, output)
}

#[test]
fn a_closed_pipe_is_a_silent_death() {
    let folder = folder();
    for args in MODES.iter().chain(&TEXTS) {
        let args: Vec<_> = args.split(' ').chain(["-q"]).collect();
        if args.contains(&"text") || args[..2] == ["--check", "in"] {
            continue; // writes nothing
        }
        let done = unread(folder.validate(&args));
        done.dies_of(Signal::PIPE.as_raw());
        assert_eq!(done.err(), "", "{done}");
    }
    unread(folder.validate(&["--check", "in"])).dies_of(Signal::PIPE.as_raw());
}

#[test]
fn a_closed_pipe_is_told_where_the_signal_is_ignored() {
    let folder = folder();
    let mut command = Command::new("bash");
    command.current_dir(folder.path("")).args(["-c", "trap '' PIPE; exec \"$0\" in"]);
    command.arg(env!("CARGO_BIN_EXE_chatml-validate"));
    unread(command).exits(2).says("standard output: write error: Broken pipe\n");
}

#[test]
fn a_closed_pipe_leaves_no_file_behind() {
    let folder = folder();
    let done = unread(folder.validate(&["in", "--rejects", "rejects", "--report", "report"]));
    done.dies_of(Signal::PIPE.as_raw());
    assert_eq!(folder.names(), ["in"]);
}

#[test]
fn records_come_out_also_where_messages_cannot() {
    let folder = folder();
    let wanted = folder.run(&["in"], "").stdout;
    for script in ["exec $TOOL in 2> /dev/full", "exec $TOOL in 2>&-"] {
        folder.shell(script).exits(1).writes(&wanted);
    }
    for script in ["exec $TOOL --no-such 2> /dev/full", "exec $TOOL --no-such 2>&-"] {
        folder.shell(script).exits(2).writes("");
    }
}

#[test]
fn input_that_cannot_be_read_is_trouble() {
    let folder = folder();
    folder.shell("exec $TOOL <&-").exits(2).says("<stdin>: read error: Bad file descriptor\n");
    folder.shell("exec $TOOL in <&-").exits(1);
    folder.shell("exec $TOOL < .").exits(2).says("<stdin>: cannot open: Is a directory\n");
    folder.run(&["."], "").exits(2).says("chatml-validate: .: cannot open: Is a directory\n");
    folder.run(&["in/x"], "").exits(2).says("in/x: cannot open: Not a directory\n");
    folder.run(&[""], "").exits(2);
    let done = folder.run(&["/proc/self/mem"], "");
    done.exits(2).says("/proc/self/mem: read error at byte 0: Input/output error\n");
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.put("secret", "");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if File::open(&path).is_err() {
        folder.run(&["secret"], "").exits(2).says("secret: cannot open: Permission denied\n");
    }
}

#[test]
fn an_output_that_cannot_be_made_is_told_before_anything_is_read() {
    let folder = folder();
    for option in ["-o", "--rejects", "--report"] {
        let done = folder.run(&["in", option, "no/such"], "");
        done.exits(2).writes("").says("no/such: cannot create: No such file or directory\n");
        let done = folder.run(&["in", option, "."], "");
        done.exits(2).writes("").says(".: cannot create: Is a directory\n");
    }
    assert_eq!(folder.names(), ["in"]);
}

#[test]
fn an_older_output_survives_trouble() {
    let folder = folder();
    folder.put("out", "old");
    folder.put("cut.gz", &gzip(&folder.get("in"))[..40]);
    let args = ["in", "cut.gz", "-o", "out", "--rejects", "new", "--report", "report"];
    folder.run(&args, "").exits(2).says("cut.gz: damaged gzip data at compressed byte 40: ");
    assert_eq!(folder.get("out"), b"old");
    assert_eq!(folder.names(), ["cut.gz", "in", "out"]);
}

#[test]
fn what_was_found_before_trouble_is_told() {
    let folder = folder();
    folder.put("cut.gz", &gzip(&folder.get("in"))[..40]);
    let done = folder.run(&["in", "cut.gz"], "");
    done.exits(2).writes(folder.run(&["in"], "").stdout).says("in:2:13: error[S003]");
    let done = folder.run(&["--check", "in", "cut.gz"], "");
    assert!(done.exits(2).out().starts_with("in:2:13: error[S003]"), "{done}");
    let done = folder.run(&["--check", "--format", "sarif", "in", "cut.gz"], "");
    let document: serde_json::Value = serde_json::from_slice(&done.exits(2).stdout).unwrap();
    let run = &document["runs"][0];
    assert_eq!(run["results"][0]["ruleId"], "S003");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn depth_is_limited_at_one_place() {
    for (open, close, at_most) in [("[", "]", "B006"), ("{\"a\":", "}", "S001")] {
        for depth in [127usize, 128, 129, 1024, 1025, 100_000, 1_000_000] {
            let inner = if open == "[" { "" } else { "1" };
            let deep = format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
            let text = lines(&[&good("1"), &deep, &open.repeat(depth), &good("2")]);
            let done = validate(&[], text);
            done.exits(1).writes(lines(&[good("1"), good("2")]));
            let (code, cut) = if depth > 128 { ("B016", "B016") } else { (at_most, "B004") };
            done.says(&format!(
                ":2:{}: error[{code}]",
                match code {
                    "B016" => 128 * open.len() + 1,
                    _ => 1,
                }
            ));
            done.says(":3:").says(&format!("error[{cut}]"));
        }
    }
}

#[test]
fn odd_characters_are_told_and_the_next_line_is_judged() {
    let with = |text: &str| good("x").replace("\"x\"", text);
    for (line, code) in [
        (with(r#""\ud800""#), "B009"),
        (with(r#""\udc00""#), "B009"),
        (with(r#""\udc00\ud800""#), "B009"),
        (with(r#""\u0000""#), "B014"),
        (with("\"\0\""), "B004"),
        (good("1") + "\0", "B004"),
        ("\0".repeat(1 << 20), "B004"),
        (with(r#""\x""#), "B004"),
    ] {
        let done = validate(&["--error", "B014"], lines(&[&good("1"), &line, &good("2")]));
        done.exits(1).writes(lines(&[good("1"), good("2")])).says(&format!("error[{code}]"));
    }
}

#[test]
fn numbers_pass_as_they_are() {
    let huge = "9".repeat(1_000_000);
    let mut numbers = vec![
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "12345678901234567890",
        "1e400",
        "1e-400",
        "-0",
        "1.10",
        "1E+2",
        &huge,
    ];
    let tails: Vec<String> =
        [1, 8, 13, 40].map(|digits| format!("0.{}", "7".repeat(digits))).into();
    numbers.extend(tails.iter().map(String::as_str));
    let mut text = String::new();
    for number in numbers {
        for shift in if number.len() < 50 { 0..16 } else { 0..1 } {
            let pad = "p".repeat(shift);
            text += &format!("{{\"{pad}\":{number},{}\n", &good("x")[1..]);
        }
    }
    validate(&["-q"], &text).exits(0).writes(&text);
}

#[test]
fn lines_of_every_size_pass() {
    let line = |bytes: usize| good(&"a".repeat(bytes - good("").len()));
    let sizes = [100, 65_535, 65_536, 65_537, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20];
    let text: String = sizes.iter().map(|size| line(*size) + "\n").collect();
    let folder = Folder::new();
    for last in [0, 5_000_000] {
        let text = if last == 0 { text.clone() } else { text.clone() + &line(last) };
        folder.put("in", &text);
        let wanted = text.trim_end().to_owned() + "\n";
        for args in [&["-j1", "in"][..], &["-j4", "in"], &["-j1"], &["-j4"]] {
            let done = folder.run(&[&["--ignore", "B015"], args].concat(), &text);
            assert!(done.exits(0).stdout == wanted.as_bytes());
            // The newline that the last line lacks is told, also when the line is longer than a block.
            assert_eq!(done.err().contains("B011"), last > 0, "{}", done.err());
        }
    }
}

#[test]
fn many_keys_and_many_messages_are_judged() {
    let keys: String = (0..20_000).map(|key| format!("\"k{key}\":1,")).collect();
    let equal = "\"k\":1,".repeat(20_000);
    let turns =
        r#"{"role":"user","content":"a"},{"role":"assistant","content":"b"},"#.repeat(20_000);
    let text = lines(&[
        good("1").replacen('{', &format!("{{{keys}"), 1),
        good("1").replacen('{', &format!("{{{equal}"), 1),
        good("1").replacen('[', &format!("[{turns}"), 1),
    ]);
    let done = validate(&[], &text);
    done.exits(1).says(":2:").says("error[B007]");
    assert_eq!(done.stdout.iter().filter(|b| **b == b'\n').count(), 2);
}

#[test]
fn a_writer_of_single_bytes_is_understood() {
    let folder = Folder::new();
    let text = lines(&[&good("é1"), BAD, "", &good("2")]) + &good("3");
    let mut child = folder.validate(&["-q"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    for byte in text.as_bytes() {
        pipe.write_all(&[*byte]).unwrap();
    }
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let done = Done::new("bytes".to_owned(), output);
    done.exits(1).writes(lines(&[good("é1"), good("2"), good("3")]));
}

#[test]
fn a_line_comes_out_before_the_next_one_is_sent() {
    for (nonblocking, packed) in [(false, false), (true, false), (false, true)] {
        let folder = Folder::new();
        let (reader, mut writer) = std::io::pipe().unwrap();
        if nonblocking {
            rustix::fs::fcntl_setfl(&reader, rustix::fs::OFlags::NONBLOCK).unwrap();
        }
        let mut command = folder.validate(&["-q", "--rejects", "/dev/null"]);
        let mut child = command.stdin(reader).stdout(Stdio::piped()).spawn().unwrap();
        drop(command);
        let mut out = child.stdout.take().unwrap();
        let id = child.id();
        let watch = std::thread::spawn(move || watchdog(id));
        for number in 0..4 {
            let line = lines(&[good(&number.to_string())]);
            let bytes = if packed { gzip(line.as_bytes()) } else { line.clone().into_bytes() };
            writer.write_all(&bytes).unwrap();
            if !packed {
                writer.write_all(b"{\"messages").unwrap(); // the beginning of another line
            }
            let mut got = vec![0; line.len()];
            out.read_exact(&mut got).unwrap();
            assert_eq!(got, line.as_bytes());
            if !packed {
                writer.write_all(b"\":[]}\n").unwrap();
            }
        }
        drop(writer);
        assert_eq!(child.wait().unwrap().code(), Some(i32::from(!packed)));
        watch.thread().unpark();
        watch.join().unwrap();
    }
}

/// Kills a process that hangs; to be unparked when it has ended.
fn watchdog(id: u32) {
    let start = std::time::Instant::now();
    std::thread::park_timeout(std::time::Duration::from_secs(20));
    if start.elapsed().as_secs() >= 20 {
        kill(id, Signal::KILL);
    }
}

#[test]
fn a_long_run_of_short_lines_takes_no_memory() {
    let folder = Folder::new();
    // 64 MiB of records and of faults, of which only some are shown.
    let chunk = gzip(lines(&vec![good("1"); 1000]).repeat(10).as_bytes());
    let bad = gzip(lines(&vec![BAD; 10_000]).as_bytes());
    folder.put("in.gz", [chunk.repeat(20), bad.repeat(3)].concat());
    let done = folder.shell("ulimit -v 1000000; exec $TOOL -j2 -q in.gz | wc -l");
    done.exits(0).writes("200000\n");
}

#[test]
fn a_line_without_memory_for_it_is_trouble_and_no_crash() {
    let folder = Folder::new();
    std::fs::File::create(folder.path("in")).unwrap().set_len(200 << 20).unwrap();
    for input in ["in", "< in", "- < in"] {
        let script = format!("ulimit -v 180000; exec $TOOL -j2 -c {input}");
        folder.shell(&script).exits(2).says("no memory for a line of");
    }
    // It can be held, but not taken apart.
    let numbers = format!("{{\"x\":[{}0]}}\n{}\n", "0,".repeat(5 << 20), good("1"));
    folder.put("numbers", numbers);
    let done = folder.shell("ulimit -v 400000; exec $TOOL -j2 -c numbers >&2");
    done.exits(1).says("numbers:1:1: error[B016]").says("MiB of memory").says("2 records: 1 valid");
}
